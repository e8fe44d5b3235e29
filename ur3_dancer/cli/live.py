"""Dance now: the three nodes of live.launch.py, started without ROS's launch."""

import argparse
import secrets
import shutil
import signal
import tempfile
import time
from pathlib import Path

from ur3_dancer.cli.view import HOST_HELP
from ur3_dancer.errors import ConfigError

HELP = "make the arm dance to the microphone, the built-in track or a file"

_START_TIMEOUT_S = 60.0
_TICK_S = 0.1
_STATUS_PERIOD_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "--audio",
        help="mic, demo (the built-in track) or a sound file; without it the microphone, or the "
        "built-in track where there is no input device",
    )
    parser.add_argument("--model", help="model by name or folder, groove or mean-pose")
    parser.add_argument("--lyrics", help="LRC file of the song, for the model lm2d")
    parser.add_argument(
        "--robot-ip", help="embedded (a simulated UR3, the default), ursim, or a robot's address"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NODE.PARAM=VALUE",
        help="set a parameter of config/live.yaml, for instance driver.amplitude=0.5",
    )
    parser.add_argument(
        "--calibration",
        type=Path,
        metavar="FILE",
        help="delays of this stage, as `calibrate latency --show FILE` keeps them",
    )
    parser.add_argument("--config", type=Path, help="parameters instead of config/live.yaml")
    parser.add_argument("--namespace", default="/", help="ROS namespace of the nodes")
    parser.add_argument(
        "--duration", type=float, metavar="S", help="end after S seconds of dancing"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what happened as JSON")
    parser.add_argument(
        "--trajectory",
        type=Path,
        metavar="FILE",
        help="keep the measured and commanded joints (NPZ)",
    )
    parser.add_argument(
        "--view",
        metavar="PORT|off",
        help="port of the view in the browser; 0, the default, takes a free one; off, the default "
        "with --duration, shows nothing",
    )
    parser.add_argument("--view-host", default="", help=HOST_HELP)


def run(args: argparse.Namespace) -> int:
    """Start, watch, and end at rest; 0 when the performance ended as asked."""
    from ur3_dancer.nodes.settings import compose
    from ur3_dancer.nodes.supervisor import Supervisor
    from ur3_dancer.stage import report

    if args.duration is not None and not args.duration > 0:
        raise ConfigError(f"--duration is {args.duration:g}: give a number of seconds above 0")
    for path in filter(None, (args.report, args.trajectory)):
        report.check_writable(path)
    config_file, settings = compose(args.config, _given(args), _show)
    log_dir = Path(tempfile.mkdtemp(prefix="ur3_dancer-live-"))
    parts = report.PartFiles(log_dir)
    for node, part in (("microphone", parts.microphone), ("inference", parts.inference)):
        settings[node]["report_file"] = str(part)
    settings["driver"].update(
        report_file=str(parts.driver),
        referee_file=str(parts.referee),
        trajectory_file=str(parts.trajectory),
    )
    supervisor = Supervisor(config_file, settings, log_dir, args.namespace, _show)
    view = _view(args, config_file, settings, log_dir)
    show = _Show(supervisor, args.namespace, args.duration, view)
    show.perform()
    result = report.build(parts, show.duration_s, show.state, show.errors)
    if args.report:
        report.write(result, args.report)
        _show(f"report: {args.report}")
    if args.trajectory and parts.trajectory.is_file():
        shutil.copyfile(parts.trajectory, args.trajectory)
        _show(f"trajectory: {args.trajectory}")
    if result["errors"]:
        _show(f"logs: {log_dir}")
        return 2
    shutil.rmtree(log_dir)
    return 0


class _Show:
    """One performance from start to rest."""

    def __init__(self, supervisor, namespace: str, wanted_s: float | None, view):
        self._supervisor = supervisor
        self._namespace = namespace
        self._wanted_s = wanted_s
        self._view = view
        self._interrupted = False
        self.errors: list[str] = []
        self.state = "not started"
        self.duration_s = 0.0

    def perform(self) -> None:
        """Run until the time is up, the music is over, Ctrl-C, or a node ends."""
        from ur3_dancer.nodes.monitor import Monitor

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        monitor = Monitor(self._namespace)
        try:
            self._supervisor.start()
            _show("starting microphone, inference and driver (Ctrl-C ends at rest)")
            if self._wait_until_active(monitor):
                if self._view is not None:
                    self._view.start()
                self._watch(monitor)
        finally:
            self.state = monitor.figures("driver").get("state") or self.state
            ended_before = self._supervisor.ended()
            statuses = self._supervisor.stop()
            monitor.close()
            if self._view is not None:
                self._view.stop()
        for name, status in statuses.items():
            if status and name not in ended_before:
                self.errors.append(f"{name} ended with status {status}")
        _show(f"at rest after {self.duration_s:.1f} s")

    def _interrupt(self, number, frame) -> None:
        self._interrupted = True

    def _wait_until_active(self, monitor) -> bool:
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline_s:
            if self._interrupted or self._someone_ended():
                return False
            names = self._supervisor.processes
            if all(monitor.figures(name).get("working") == "True" for name in names):
                return True
            time.sleep(_TICK_S)
        self.errors.append(f"the nodes were not active within {_START_TIMEOUT_S:g} s")
        return False

    def _watch(self, monitor) -> None:
        began_s = time.monotonic()
        next_status_s = began_s
        while not self._interrupted and not self._someone_ended():
            now_s = time.monotonic()
            self.duration_s = now_s - began_s
            if self._wanted_s is not None and self.duration_s >= self._wanted_s:
                return
            if now_s >= next_status_s:
                next_status_s += _STATUS_PERIOD_S
                _show(status_line(self.duration_s, monitor.figures))
            if self._view is not None:
                self._view.watch()
            time.sleep(_TICK_S)

    def _someone_ended(self) -> bool:
        """Note a node's unasked end; the microphone may end by itself when its music is over."""
        ended = self._supervisor.ended()
        for name, status in ended.items():
            if status or name != "microphone":
                log = self._supervisor.log_path(name)
                how = f"signal {-status}" if status < 0 else f"status {status}"
                self.errors.append(f"{name} ended by itself with {how}: see {log}")
        return bool(ended)


def status_line(duration_s: float, figures) -> str:
    """Return what a performer wants to know at a glance.

    Args:
        duration_s: seconds since all nodes were active.
        figures: function from a node's name to its latest diagnostics.
    """
    microphone, inference, driver = map(figures, ("microphone", "inference", "driver"))
    state = driver.get("state", "?").partition(":")[0]
    sent, used = microphone.get("windows_sent", "0"), inference.get("windows_used", "0")
    return (
        f"{duration_s:5.0f} s  {state:<12}"
        f"  {microphone.get('tempo_bpm', '?'):>5} BPM ({microphone.get('beat_confidence', '?')})"
        f"  ear to arm {driver.get('ear_to_arm_ms') or '-'} ms"
        f"  servo {driver.get('rate_hz') or '-'} Hz, {driver.get('missed') or '0'} missed"
        f"  windows {sent} sent, {used} used  {inference.get('model', '')}"
    )


def _given(args: argparse.Namespace) -> list[str]:
    """Return the arguments as settings; --set comes last and so has the last word."""
    named = {
        "microphone.audio": args.audio,
        "inference.model": args.model,
        "inference.lyrics": args.lyrics,
        "driver.robot_ip": args.robot_ip,
    }
    given = [f"{name}={text}" for name, text in named.items() if text is not None]
    if args.calibration:
        from ur3_dancer.stage import calibration

        given += calibration.read(args.calibration).settings()
    return given + args.set


def _view(args: argparse.Namespace, config_file: Path, settings: dict, log_dir: Path):
    """Return the view that was asked for, or None; a run of stated length is watched by nobody."""
    from ur3_dancer.clock import SystemClock
    from ur3_dancer.nodes.parameter_text import read_config
    from ur3_dancer.stage.view.process import OFF, ViewProcess, parse_port

    unasked = "0" if args.view_host or args.duration is None else OFF
    port = parse_port(args.view or unasked)
    if port is None:
        return None
    arm = settings["driver"].get("arm", read_config(config_file)["driver"]["arm"])
    arguments = ["--namespace", args.namespace, "--arm", str(arm)]
    token = ""
    if args.view_host:
        arguments += ["--host", args.view_host]
        token = secrets.token_urlsafe(16)
    return ViewProcess(arguments, port, log_dir / "view.log", SystemClock(), _show, token)


def _show(line: str) -> None:
    print(line, flush=True)
