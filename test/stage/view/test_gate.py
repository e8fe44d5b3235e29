"""Who may connect to the view, and that bytes pass unchanged."""

import socket
import socketserver
import threading

import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.stage.view.gate import COOKIE, Gate, judge

OWN = {"127.0.0.1:8080", "localhost:8080"}
TOKEN = "s3cret-token"


def head(target="/", method="GET", version="HTTP/1.1", **headers):
    given = {"Host": "127.0.0.1:8080", **{k.replace("_", "-"): v for k, v in headers.items()}}
    lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (head(), 0),
        (head(Host="localhost:8080"), 0),
        (head(Origin="http://127.0.0.1:8080", Upgrade="websocket"), 0),
        (head(Origin="http://evil.example", Upgrade="websocket"), 403),
        (head(Origin="null"), 403),
        (head(Host="evil.example:8080"), 403),
        (head(Host="evil.example", Origin="http://evil.example"), 403),
        (head(Host=""), 403),
        (head(method="POST"), 405),
        (head(version="HTTP/2"), 405),
        (b"\x16\x03\x01 nonsense", 400),
        (b"", 400),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1:8080", 400),
    ],
)
def test_when_this_machine_alone_may_connect_expect_others_refused(request_head, status):
    assert judge(request_head, OWN, None).status == status


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (head(Host="stage.local:8080"), 403),
        (head("/?token=wrong", Host="stage.local:8080"), 403),
        (head("/?token=", Host="stage.local:8080"), 403),
        (head(f"/?token={TOKEN}x"), 403),
        (head(Cookie=f"{COOKIE}=wrong"), 403),
        (head(Cookie="=;;;\x01"), 403),
        (head(f"/?token={TOKEN}", Host="stage.local:8080"), 303),
        (head(Cookie=f"theme=dark; {COOKIE}={TOKEN}", Host="stage.local:8080"), 0),
        (head(Cookie=f"{COOKIE}={TOKEN}", Origin="http://evil.example"), 403),
    ],
)
def test_when_a_token_is_asked_expect_only_those_who_bring_it(request_head, status):
    verdict = judge(request_head, OWN, TOKEN)
    assert verdict.status == status
    if status == 303:
        headers = dict(verdict.headers)
        assert headers["Location"] == "/"
        assert "HttpOnly" in headers["Set-Cookie"] and "SameSite=Strict" in headers["Set-Cookie"]
    else:
        assert TOKEN not in verdict.text


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65_536):
            self.request.sendall(data)


@pytest.fixture
def inner():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def gate(inner):
    gate = Gate("127.0.0.1", 0, inner, None)
    gate.start()
    yield gate
    gate.close()


def connect(gate):
    connection = socket.create_connection(("127.0.0.1", gate.port), timeout=30)
    own_host = f"127.0.0.1:{gate.port}"
    return connection, head(Host=own_host) + b"\r\n\r\n"


def received(connection, count):
    data = b""
    while len(data) < count and (more := connection.recv(65_536)):
        data += more
    return data


def test_when_a_visitor_may_enter_expect_every_byte_both_ways(gate):
    connection, request = connect(gate)
    blob = bytes(range(256)) * 2000
    threading.Thread(target=connection.sendall, args=(request + blob,), daemon=True).start()
    assert received(connection, len(request) + len(blob)) == request + blob
    connection.close()


def test_when_a_visitor_is_refused_expect_an_answer_and_nothing_passed_on(gate):
    connection, _ = connect(gate)
    connection.sendall(head(Host="evil.example") + b"\r\n\r\n")
    answer = received(connection, 10_000)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"evil.example" not in answer, "the echo behind the gate heard nothing"
    connection.close()


def test_when_a_visitor_sends_an_endless_head_expect_it_cut_off(gate):
    connection, _ = connect(gate)
    connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000)
    with pytest.raises(ConnectionError):
        while connection.recv(10_000) != b"":
            pass
        raise ConnectionResetError("closed without a word")
    connection.close()


def test_when_visitors_leave_at_once_expect_others_served(gate):
    for _ in range(40):
        connect(gate)[0].close()
    connection, request = connect(gate)
    connection.sendall(request)
    assert received(connection, len(request)) == request
    connection.close()


def test_when_the_port_is_taken_expect_it_named(gate, inner):
    second = Gate("127.0.0.1", gate.port, inner, None)
    with pytest.raises(ConfigError, match=f"port {gate.port}.*choose another port"):
        second.start()
    second.close()


def test_when_the_address_is_not_this_machines_expect_it_named(inner):
    with pytest.raises(ConfigError, match=r"203\.0\.113\.7"):
        Gate("203.0.113.7", 0, inner, TOKEN).start()
