"""ur3-dancer show: a whole evening from one file."""

import argparse
import select
import signal
import sys
import tempfile
import time
from pathlib import Path

HELP = "run a show file: song after song, each with its cue"

_UP_S, _HOME_S = 60.0, 30.0
_TICK_S = 0.05
_STANDING = ("READY", "DANCING", "HOLDING")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("file", type=Path, help="show file (YAML), see docs/show.md")
    parser.add_argument("--from", type=int, dest="first", metavar="N", help="begin with song N")
    parser.add_argument("--check", action="store_true", help="only say what is wrong with the file")
    parser.add_argument("--namespace", default="/", help="ROS namespace of the nodes")
    parser.add_argument("--controller-host", default="127.0.0.1", help="address of a simulated arm")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what was played as JSON")


def run(args: argparse.Namespace) -> int:
    """Check everything, then perform; the same command goes on after a restart."""
    import json

    from ur3_dancer.clock import SystemClock
    from ur3_dancer.dance.catalog import policy_spec
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.stage import report
    from ur3_dancer.stage.show import Place, Show
    from ur3_dancer.stage.show_file import read_show

    show = read_show(args.file, policy_spec)
    if args.first is not None and not 1 <= args.first <= len(show.songs):
        raise ConfigError(f"--from is {args.first}: the show has songs 1 to {len(show.songs)}")
    if args.check:
        print(f"{args.file}: {len(show.songs)} songs, nothing wrong")
        return 0
    if args.report:
        report.check_writable(args.report)
    place = Place(args.file.with_name(f".{args.file.name}.place"), show)
    first = args.first - 1 if args.first is not None else place.read()
    if first and args.first is None:
        _say(f"going on with song {first + 1}, where it broke off (--from 1 starts anew)")
    stage = _Stage(show, args.namespace, args.controller_host)
    evening = Show(show, stage, place, SystemClock())
    try:
        evening.perform(first)
    finally:
        stage.close()
        if args.report:
            args.report.write_text(json.dumps({"played": evening.played}, indent=2) + "\n")
    return 0


class _Stage:
    """Does with real nodes what the show asks for."""

    def __init__(self, show, namespace: str, controller_host: str):
        from ur3_dancer.nodes.monitor import Monitor

        self._show, self._namespace, self._host = show, namespace, controller_host
        self._supervisor = None
        self._words_wait = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        self._monitor = Monitor(namespace)

    def set_up(self, song) -> None:
        """Start the nodes; the music waits, the arm stands."""
        self._words_wait = bool(song.lyrics)
        from ur3_dancer.nodes.settings import compose
        from ur3_dancer.nodes.supervisor import Supervisor

        config, settings = compose(None, self._given(song), _say)
        log_dir = Path(tempfile.mkdtemp(prefix="ur3_dancer-show-"))
        self._monitor.forget()
        self._supervisor = Supervisor(config, settings, log_dir, self._namespace, _say)
        self._supervisor.start()
        names = self._supervisor.processes
        self._wait(
            lambda: all(self._monitor.figures(name).get("working") == "True" for name in names),
            _UP_S,
            "the nodes are not active",
        )

    def start_arm(self) -> None:
        """Say start, and wait until the arm stands at home or dances."""
        self._tell("driver", "start")
        self._wait(lambda: self._driver_is(*_STANDING), _HOME_S, "the arm is not at home")

    def give_cue(self) -> None:
        """Say cue."""
        self._tell("microphone", "cue")
        self._begin_words()

    def cued(self) -> bool:
        """Return whether the microphone no longer waits; the words begin with the music."""
        cued = self._monitor.figures("microphone").get("waiting_for_cue") == "False"
        if cued:
            self._begin_words()
        return cued

    def _begin_words(self) -> None:
        if self._words_wait:
            self._words_wait = False
            self._tell("inference", "song")

    def over(self) -> bool:
        """Return whether the music ended; an arm that stopped or a node that died ends the show."""
        from ur3_dancer.errors import RobotError

        for name, status in self._supervisor.ended().items():
            if name != "microphone" or status:
                log = self._supervisor.log_path(name)
                raise RobotError(f"{name} ended by itself with status {status}: see {log}")
        if self._driver_is("STOPPED", "FAULT"):
            state = self._monitor.figures("driver")["state"]
            raise RobotError(f"the arm is {state}; look at it, then run the show again")
        return "microphone" in self._supervisor.ended()

    def go_home(self) -> None:
        """Say home, and wait until the arm is there."""
        self._tell("driver", "home")
        self._wait(lambda: self._driver_is("READY"), _HOME_S, "the arm is not at home")

    def strike(self) -> None:
        """End all nodes, the arm at rest."""
        if self._supervisor is not None:
            self._supervisor.stop()
            self._supervisor = None

    def word(self) -> str | None:
        """Return a line from the terminal, if there is one."""
        if sys.stdin is None or sys.stdin.closed or not select.select([sys.stdin], [], [], 0)[0]:
            return None
        line = sys.stdin.readline()
        return line.strip().lower() if line else None

    def say(self, line: str) -> None:
        """Print it."""
        _say(line)

    def close(self) -> None:
        """Take everything down."""
        self.strike()
        self._monitor.close()

    def _given(self, song) -> list[str]:
        """Return a song's settings; the calibration of the stage with them."""
        return [
            f"microphone.audio={song.audio}",
            f"microphone.cue={'level' if song.cue == 'level' else 'service'}",
            f"inference.model={song.model}",
            f"inference.seed={song.seed}",
            f"inference.lyrics={song.lyrics}",
            f"inference.idle={self._show.idle}",
            f"inference.arm={self._show.arm}",
            f"driver.arm={self._show.arm}",
            f"driver.amplitude={song.amplitude:g}",
            f"driver.robot_ip={self._show.robot_ip}",
            f"driver.allow_motion={str(self._show.allow_motion).lower()}",
            f"driver.controller_host={self._host}",
            "driver.start=service",
            *self._show.calibration.settings(),
        ]

    def _tell(self, node: str, word: str) -> None:
        from ur3_dancer.nodes.trigger import say

        say(node, word, self._namespace)

    def _driver_is(self, *states: str) -> bool:
        return self._monitor.figures("driver").get("state", "").partition(":")[0] in states

    def _wait(self, condition, timeout_s: float, trouble: str) -> None:
        from ur3_dancer.errors import RobotError

        deadline_s = time.monotonic() + timeout_s
        while not condition():
            self.over()
            if time.monotonic() >= deadline_s:
                raise RobotError(f"{trouble} after {timeout_s:g} s: see `ur3-dancer doctor`")
            time.sleep(_TICK_S)

    def _interrupt(self, number, frame) -> None:
        # A second Ctrl-C must not cut the way to rest short.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, flush=True)
