"""The doctor names faults and what mends them."""

import socket

from ur3_dancer.cli import doctor, main


def find(subject: str, host: str = "127.0.4.1") -> doctor.Finding:
    return next(finding for finding in doctor.examine(host) if finding.subject == subject)


def test_when_a_port_is_taken_expect_its_use_and_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.4.2", 30004))
        taken.listen()
        finding = find("port 30004", "127.0.4.2")
    assert "RTDE on 127.0.4.2" in finding.fact
    assert "sport = :30004" in finding.mend
    assert "controller_host" in finding.mend
    assert not find("port 30004", "127.0.4.3").mend


def test_when_python_is_too_new_for_the_arms_library_expect_it_fatal(monkeypatch):
    monkeypatch.setattr("sys.version_info", (3, 13, 0, "final", 0))
    finding = find("python")
    assert finding.fatal
    assert "PYTHON=python3.12" in finding.mend


def test_when_a_library_is_missing_expect_the_command_that_brings_it(monkeypatch):
    monkeypatch.setattr(doctor, "_LIBRARIES", ("no-such-library",))
    finding = find("no-such-library")
    assert (finding.fact, finding.mend, finding.fatal) == ("missing", "make setup", True)


def test_when_all_that_is_needed_is_there_expect_status_0_and_no_failure(capsys):
    assert main.main(["doctor", "--host", "127.0.4.4"]) == 0
    printed = capsys.readouterr().out
    assert "FAIL" not in printed
    assert "ROS 2" in printed
