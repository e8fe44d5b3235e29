"""The view of a running performance: a web page on this machine.

viewer = Viewer(feed_command, load_arm_config("ur3"), SystemClock(), port=8080)
print(viewer.open())
while ...:
    viewer.turn()
viewer.close()
"""

import contextlib
import ipaddress
import secrets
import socket
import sys
from collections.abc import Sequence

from ur3_dancer.clock import Clock
from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.stage.view.feed import Feed
from ur3_dancer.stage.view.gate import Gate
from ur3_dancer.stage.view.performance import Performance

RATE_HZ = 30.0
LOOPBACK = "127.0.0.1"


class Viewer:
    """One web page, fed by one process.

    Attributes:
        performance: what has been heard.
        feed: the process that hears.
    """

    def __init__(
        self,
        feed_command: Sequence[str],
        config: ArmConfig,
        clock: Clock,
        *,
        port: int = 0,
        host: str = "",
        token: str = "",
    ):
        """Prepare.

        Args:
            feed_command: what prints the lines of `performance`.
            config: home, limits and workspace of the arm that is shown.
            clock: monotonic.
            port: 0 for any that is free.
            host: address that others on the network reach; empty for this machine alone.
            token: what others must bring; empty for a random one.
        """
        self._config = config
        self._clock = clock
        self._port, self._host = port, host
        self._token = (token or secrets.token_urlsafe(16)) if host else None
        self.performance = Performance(clock)
        self.feed = Feed(feed_command, self.performance, clock)
        self._due_s = 0.0
        self._server = self._gate = None

    def open(self) -> str:
        """Serve the page; return its URL.

        Raises:
            ConfigError: viser is not installed, or the port is taken.
        """
        try:
            import viser
        except ImportError as error:
            raise ConfigError(
                f"the view needs viser ({error}): pip install viser, or leave it out with "
                "--view off"
            ) from error
        from ur3_dancer.stage.view.panel import Panel
        from ur3_dancer.stage.view.scene import Scene

        # viser prints its own address, which nobody is to use: the gate stands in front of it.
        with contextlib.redirect_stdout(sys.stderr):
            self._server = viser.ViserServer(LOOPBACK, 0, verbose=False)
        self._gate = Gate(self._host or LOOPBACK, self._port, self._server.get_port(), self._token)
        self._gate.start()
        self._scene = Scene(self._server, self._config)
        self._panel = Panel(self._server, self._config, self.feed.say, self.feed.set)
        return self.url

    @property
    def port(self) -> int:
        """Return where it listens."""
        return self._gate.port

    @property
    def url(self) -> str:
        """Return where the page is, the token included."""
        if self._token is None:
            return f"http://{LOOPBACK}:{self._gate.port}/"
        return f"http://{_reachable(self._host)}:{self._gate.port}/?token={self._token}"

    def turn(self) -> None:
        """Wait for the next thirtieth of a second, then draw what has been heard."""
        now_s = self._clock.now_s()
        self._due_s = max(self._due_s + 1.0 / RATE_HZ, now_s)
        self._clock.sleep_until_s(self._due_s)
        now_s = self._clock.now_s()
        self.feed.watch()
        seen = self.performance.seen()
        self._panel.hear(self.performance, seen, now_s)
        # A page that nobody looks at costs the dance nothing.
        if self._server.get_clients():
            self._scene.draw(seen, now_s)
            self._panel.draw(seen)

    def close(self) -> None:
        """Let go of the feed and close the page's connections."""
        self.feed.close()
        if self._gate is not None:
            self._gate.close()
        if self._server is not None:
            with contextlib.redirect_stdout(sys.stderr):
                self._server.stop()


def _reachable(host: str) -> str:
    """Return what to write into a URL for the address that is listened on."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return socket.gethostname()
    return f"[{host}]" if address.version == 6 else host
