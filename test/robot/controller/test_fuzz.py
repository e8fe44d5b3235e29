"""Any bytes on any port: the controller logs them and serves the next client."""

import os
import signal
import socket
import struct
import time

import numpy as np

from ur3_dancer.robot.embedded import EmbeddedController

PORTS = (29999, 30001, 30002, 30003, 30004)


def some_bytes(rng: np.random.Generator, port: int) -> bytes:
    if port == 30004 and rng.random() < 0.7:
        body = rng.bytes(rng.integers(0, 60))
        size = len(body) + 3 + rng.choice([0, 0, 0, -3, 1, 60_000])
        return struct.pack(">HB", max(0, size), b"VvOISPU"[rng.integers(7)]) + body
    if port != 30004 and rng.random() < 0.5:
        words = [
            "def",
            "x",
            "(",
            ")",
            ":",
            "end",
            "movej",
            "[1,2]",
            "if",
            "\n",
            '"',
            "unlock",
            "play",
        ]
        return " ".join(rng.choice(words, size=12)).encode() + b"\n"
    return rng.bytes(rng.integers(1, 300))


def test_when_any_bytes_arrive_on_any_port_expect_service_to_go_on(loopback, tmp_path):
    rng = np.random.default_rng(5)
    log = tmp_path / "log"
    with EmbeddedController("ur3e", loopback, log_path=log) as controller:
        for _ in range(150):
            port = int(rng.choice(PORTS))
            with socket.create_connection((loopback, port), timeout=5.0) as client:
                try:
                    for _ in range(rng.integers(1, 20)):
                        client.sendall(some_bytes(rng, port))
                except (BrokenPipeError, ConnectionResetError):
                    assert port in (29999, 30004)  # `quit`, or packets that cannot be told apart
        with socket.create_connection((loopback, 30004), timeout=5.0) as client:
            client.sendall(b"\x00\x05V\x00\x02")
            assert client.recv(16) == b"\x00\x04V\x01"
        with socket.create_connection((loopback, 29999), timeout=5.0) as client:
            lines = client.makefile("rw", newline="\n")
            lines.readline()
            lines.write("robotmode\n")
            lines.flush()
            assert lines.readline().startswith("Robotmode: ")
        assert controller.alive
    text = log.read_text()
    assert "program refused" in text
    assert "could not understand" in text
    assert "port 30004" in text
    assert "Traceback" not in text


def test_when_clients_come_and_go_expect_no_limit_but_the_one_stated(loopback):
    with EmbeddedController("ur3", loopback) as controller:
        for _ in range(300):
            socket.create_connection((loopback, 30003), timeout=5.0).close()
        crowd = [socket.create_connection((loopback, 30001), timeout=5.0) for _ in range(110)]
        for client in crowd:
            client.close()
        assert controller.fault("clear").endswith("done")


def test_when_more_clients_than_allowed_left_during_a_stall_expect_the_next_one_served(loopback):
    with EmbeddedController("ur3", loopback) as controller:
        os.kill(controller.pid, signal.SIGSTOP)
        try:
            for port in (30001, 30002):
                for _ in range(100):
                    socket.create_connection((loopback, port), timeout=5.0).close()
            with socket.create_connection((loopback, 30004), timeout=5.0) as client:
                client.sendall(b"\x00\x05V\x00\x02")
                os.kill(controller.pid, signal.SIGCONT)
                assert client.recv(16) == b"\x00\x04V\x01"
        finally:
            os.kill(controller.pid, signal.SIGCONT)


def test_when_clients_that_are_sent_to_vanish_expect_service_to_go_on(loopback, tmp_path):
    log = tmp_path / "log"
    with EmbeddedController("ur3e", loopback, log_path=log) as controller:
        for _ in range(40):
            client = socket.create_connection((loopback, 30001), timeout=5.0)
            # Closing sends a reset: the next message to this client fails.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.recv(1)
            client.close()
            time.sleep(0.01)
        assert controller.fault("clear").endswith("done")
    assert "Traceback" not in log.read_text()
