"""The embedded UR3 controller: a process that RTDE clients take for a real one."""
