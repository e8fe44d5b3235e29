"""The door in front of the view: who may connect.

viser asks nobody who they are, and its page can start an arm. So viser listens on loopback, on a
port that nobody is told, and this small proxy listens where people connect. It reads the head of
each connection's first request and then passes bytes on, or refuses:

- On this machine alone, the request must name this machine (`Host`) and come from no other web
  page (`Origin`): a page on the internet that a performer has open must not reach the arm.
- Over the network, it must bring the token, in the URL at first; a cookie carries it from then on.
"""

import asyncio
import hmac
import threading
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from ur3_dancer.errors import ConfigError

COOKIE = "ur3_dancer_view"
_HEAD_BYTES = 16_384
_HEAD_S = 5.0
_CONNECTIONS = 64
_CHUNK_BYTES = 65_536
_START_S = 10.0
# A visitor who leaves, dawdles or talks too much is no news, nor is one whom closing the gate cuts
# off. Python 3.10 has a time-out of its own.
_GONE = (
    OSError,
    asyncio.CancelledError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
    asyncio.exceptions.TimeoutError,
)


@dataclass(frozen=True)
class Verdict:
    """What becomes of a connection: `status` 0 passes it on, else it is answered and closed."""

    status: int = 0
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def judge(head: bytes, own_names: set[str], token: str | None) -> Verdict:
    """Return what to do with a connection whose first request has this head.

    Args:
        head: request line and headers, up to the empty line.
        own_names: what `Host` may be where no token is asked, `name:port` in lower case.
        token: what the request must bring; None where only this machine may connect.
    """
    try:
        request, *lines = head.decode("latin-1").split("\r\n")
        method, target, version = request.split(" ")
        fields = [line.split(":", 1) for line in lines if line]
        headers = {name.strip().lower(): value.strip() for name, value in fields}
        url = urlsplit(target)
    except ValueError:
        return Verdict(400, "this is no HTTP request")
    if method != "GET" or not version.startswith("HTTP/1."):
        return Verdict(405, "only GET is served")
    if len(fields) != len(headers):
        return Verdict(400, "a header is given twice")
    host = headers.get("host", "").lower()
    if headers.get("origin", f"http://{host}").lower() != f"http://{host}":
        return Verdict(403, "another web page may not use the view")
    if token is None:
        if host in own_names:
            return Verdict()
        return Verdict(403, "the view is open to this machine only: see --view-host")
    if _same(_cookie(headers.get("cookie", "")), token):
        return Verdict()
    if _same(parse_qs(url.query).get("token", [""])[0], token):
        cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
        return Verdict(303, "", (("Location", "/"), ("Set-Cookie", cookie)))
    return Verdict(403, "the view asks for its token: open the whole URL that it printed")


class Gate:
    """Listens on one address and passes who may enter on to a port of this machine.

    Attributes:
        port: where it listens, once started.
    """

    def __init__(self, host: str, port: int, inner_port: int, token: str | None):
        """Prepare.

        Args:
            host: address or name to listen on.
            port: 0 for any that is free.
            inner_port: where viser listens on 127.0.0.1.
            token: what a visitor must bring, or None where only this machine may connect.
        """
        self.port = port
        self._host, self._inner_port, self._token = host, inner_port, token
        self._loop = asyncio.new_event_loop()
        self._open = 0
        self._thread = threading.Thread(target=self._run, name="gate", daemon=True)

    def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: the address or the port cannot be had.
        """
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        try:
            listening.result(_START_S)
        except OSError as error:
            self.close()
            reason = error.strerror or error
            raise ConfigError(
                f"the view cannot listen on {self._host}, port {self.port} ({reason}): choose "
                "another port, or 0 for any that is free"
            ) from error

    def close(self) -> None:
        """Close every connection and stop listening. Safe to call twice."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._serve, self._host, self.port, limit=_HEAD_BYTES)
        self.port = server.sockets[0].getsockname()[1]
        self._own_names = {
            f"{name}:{self.port}" for name in ("127.0.0.1", "localhost", "[::1]", self._host)
        }

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open > _CONNECTIONS:
                await _refuse(writer, Verdict(503, "too many connections"))
                return
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_S)
            verdict = judge(head[:-4], self._own_names, self._token)
            if verdict.status:
                await _refuse(writer, verdict)
            else:
                await self._pass_on(head, reader, writer)
        except _GONE:
            return
        finally:
            self._open -= 1
            writer.close()

    async def _pass_on(self, head: bytes, reader, writer) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inner_port)
        inner_writer.write(head)
        ways = (
            asyncio.ensure_future(_pour(reader, inner_writer)),
            asyncio.ensure_future(_pour(inner_reader, writer)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            inner_writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on, no faster than they are taken."""
    while data := await reader.read(_CHUNK_BYTES):
        writer.write(data)
        await writer.drain()


async def _refuse(writer: asyncio.StreamWriter, verdict: Verdict) -> None:
    body = verdict.text.encode()
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **dict(verdict.headers),
    }
    lines = [
        f"HTTP/1.1 {verdict.status} -",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()


def _cookie(text: str) -> str:
    try:
        jar = SimpleCookie(text)
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())
