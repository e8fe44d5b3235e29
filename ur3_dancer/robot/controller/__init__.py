"""The embedded UR3 controller: a process that RTDE clients take for a real one.

| file | idea |
|---|---|
| `server` | the loop: sockets in between, one control cycle at each deadline |
| `controller` | programs, safety and the control cycle, without sockets |
| `urscript/` | the interpreter: whatever program a client uploads is what runs |
| `words*`, `watchdogs` | the words of URScript |
| `arm`, `movers`, `servo`, `safety` | how the simulated arm moves, and when it breaks off |
| `rtde*`, `dashboard`, `script_port`, `primary` | what the ports speak |
| `referee` | counts what a driver asked for beyond the limits |
| `faults`, `link` | faults on request |

Not compared with a real arm: the servoj law, accelerations, and what trips a protective stop are
choices, each stated where it is made.
"""
