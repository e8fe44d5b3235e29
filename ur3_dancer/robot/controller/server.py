"""The process's main loop: a fixed control rate by absolute deadlines, sockets in between."""

import logging
import os
from pathlib import Path

from ur3_dancer.clock import Clock
from ur3_dancer.errors import ConfigError
from ur3_dancer.robot.controller import dashboard, rtde, script_port
from ur3_dancer.robot.controller.controller import Controller
from ur3_dancer.robot.controller.faults import FAULTY_PORTS, Faults
from ur3_dancer.robot.controller.link import Link
from ur3_dancer.robot.controller.model import Model
from ur3_dancer.robot.controller.network import Ports
from ur3_dancer.robot.controller.referee import Referee, RefereeLimits, write_report

_LOG = logging.getLogger(__name__)

_GIVE_UP_S = 0.2
"""Cycles that are later than this are left out; fewer are caught up, as fast as they go."""

_REPORT_EVERY_S = 1.0
_PARENT_EVERY_S = 0.1


class Server:
    """The embedded controller with its ports."""

    def __init__(
        self,
        host: str,
        model: Model,
        limits: RefereeLimits,
        report_path: Path | None,
        clock: Clock,
        parent: int | None = None,
    ):
        """Listen on all ports.

        Args:
            host: loopback address.
            model: which robot.
            limits: what the referee judges by.
            report_path: where it writes, or None.
            clock: monotonic time.
            parent: process without which this one ends, or None.

        Raises:
            RobotError: a port cannot be had.
            ConfigError: the report cannot be written.
        """
        self._clock = clock
        self._model = model
        self._report_path = report_path
        self._parent = parent
        self._stopping = False
        self._missed = 0
        self._referee = Referee(limits)
        self._controller = Controller(model, self._referee, clock)
        self._check_report_path()
        link = Link(clock)
        self._rtde = rtde.RtdeServer(
            self._controller.robot,
            self._controller.servo_packet,
            self._controller.watchdogs.touched,
        )
        self._scripts = script_port.ScriptPort(self._controller)
        faults = Faults(self._controller, self._rtde, link)
        board = dashboard.Dashboard(self._controller, faults.inject)
        handlers = {
            dashboard.PORT: board.join,
            script_port.PRIMARY_PORT: self._scripts.join,
            script_port.SECONDARY_PORT: self._scripts.join,
            script_port.REALTIME_PORT: self._scripts.join,
            rtde.PORT: self._rtde.join,
        }
        self._ports = Ports(host, handlers, link, FAULTY_PORTS)
        faults.drop = self._ports.drop

    def stop(self) -> None:
        """Let `run` return soon; may be called from a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Serve until `stop`, or until the parent is gone."""
        period_s = self._model.period_s
        now_s = self._clock.now_s()
        due_s, report_s, parent_s = now_s, now_s, now_s
        try:
            while not self._stopping:
                self._ports.wait(due_s - now_s)
                now_s = self._clock.now_s()
                self._referee.now_s = now_s
                if now_s < due_s:
                    continue
                self._cycle()
                due_s += period_s
                if now_s - due_s > _GIVE_UP_S:
                    skipped = int((now_s - due_s) / period_s)
                    self._missed += skipped
                    due_s += skipped * period_s
                    _LOG.warning("the machine stalled: %d cycles left out", skipped)
                if now_s >= report_s:
                    report_s = now_s + _REPORT_EVERY_S
                    self._write_report()
                if now_s >= parent_s:
                    parent_s = now_s + _PARENT_EVERY_S
                    self._watch_parent()
        finally:
            self._controller.close()
            self._ports.close()
            self._write_report()

    def _cycle(self) -> None:
        self._ports.read_streaming()
        self._controller.cycle()
        self._rtde.publish()
        self._scripts.publish()
        self._ports.pump()

    def _watch_parent(self) -> None:
        # Asked ten times a second: PR_SET_PDEATHSIG would fire when the parent's *thread* that
        # started us ends, and the end of a pipe can be held open by the parent's other children.
        if self._parent is not None and os.getppid() != self._parent:
            _LOG.warning("process %d is gone: the controller ends", self._parent)
            self._stopping = True

    def _check_report_path(self) -> None:
        try:
            self._put_report()
        except OSError as error:
            raise ConfigError(
                f"report {self._report_path} cannot be written ({error.strerror}): choose another "
                "place for it"
            ) from error

    def _write_report(self) -> None:
        try:
            self._put_report()
        except OSError as error:
            _LOG.error("report %s cannot be written: %s", self._report_path, error)

    def _put_report(self) -> None:
        if self._report_path is None:
            return
        robot = self._controller.robot
        report = {
            "model": self._model.key,
            "rate_hz": self._model.rate_hz,
            "cycles": robot.cycle,
            "cycles_left_out": self._missed,
            **self._referee.report(),
        }
        write_report(self._report_path, report)
