"""A microphone without hardware: PulseAudio's null sink, whose monitor hears what is played."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TOOLS = ("pulseaudio", "paplay", "pactl")
_SINK = "robot_mic"
_START_S = 10.0


def pulse_missing() -> str:
    """Return why there can be no null sink on this machine; empty if there can."""
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} not installed (packages pulseaudio, pulseaudio-utils)"
    plugins = list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so"))
    if not plugins:
        return "ALSA's pulse plugin not installed (package libasound2-plugins)"
    return ""


class NullSink:
    """A private PulseAudio server; programs started with `env` hear it as the device `pulse`."""

    def __init__(self, env: dict[str, str], server: subprocess.Popen):
        self.env = env
        self._server = server

    def play(self, path: Path | str, name: str = _SINK) -> subprocess.Popen:
        """Start playing a sound file into the microphone."""
        return subprocess.Popen(["paplay", f"--device={name}", str(path)], env=self.env)

    def unplug(self) -> None:
        """Take the microphone away, as if its cable were pulled."""
        self._control("unload-module", "module-null-sink")

    def plug_in(self, name: str = _SINK) -> None:
        """Give the microphone back, or plug in another, which is then the default."""
        self._control("load-module", "module-null-sink", f"sink_name={name}", "rate=48000")
        self._control("set-default-source", f"{name}.monitor")

    def end(self) -> None:
        """End the sound server."""
        self._server.send_signal(signal.SIGTERM)
        try:
            self._server.wait(5.0)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    def _control(self, *words: str) -> None:
        subprocess.run(["pactl", *words], env=self.env, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def null_sink() -> Iterator[NullSink]:
    """Run a private PulseAudio with its own socket and HOME for the length of the block."""
    home = Path(tempfile.mkdtemp(prefix="pulse-"))
    socket = home / "socket"
    (home / "server.pa").write_text(
        f"load-module module-native-protocol-unix socket={socket} auth-anonymous=1\n"
        f"load-module module-null-sink sink_name={_SINK} rate=48000\n"
        f"set-default-source {_SINK}.monitor\n"
    )
    (home / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
    (home / "run").mkdir(mode=0o700)
    env = os.environ | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "PULSE_SERVER": f"unix:{socket}",
    }
    command = ["pulseaudio", "-n", "-F", str(home / "server.pa"), "--daemonize=no"]
    command += ["--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=no"]
    command += ["--high-priority=no", "--realtime=no"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    sink = NullSink(env, server)
    try:
        _wait_until_it_answers(env, server, home / "log")
        yield sink
    finally:
        sink.end()
        shutil.rmtree(home, ignore_errors=True)


def _wait_until_it_answers(env: dict[str, str], server: subprocess.Popen, log: Path) -> None:
    deadline_s = time.monotonic() + _START_S
    while time.monotonic() < deadline_s and server.poll() is None:
        answer = subprocess.run(["pactl", "list", "short", "sources"], env=env, capture_output=True)
        if f"{_SINK}.monitor" in answer.stdout.decode():
            return
        time.sleep(0.05)
    raise RuntimeError(f"pulseaudio did not start: {log.read_text()[-2000:]}")
