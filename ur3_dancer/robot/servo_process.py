"""`python -m ur3_dancer.robot.servo_process FD FD FD`: the child of `DriverProcess`.

It runs one driver and says what the parent asks over inherited sockets: slow words, quick words,
logs. It ends, the arm at rest, when the parent hangs up.
"""

import logging
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection

from ur3_dancer.clock import SystemClock
from ur3_dancer.errors import DancerError, RobotError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.robot.driver import Driver
from ur3_dancer.robot.driver_process import DriverSetup, Glance
from ur3_dancer.robot.line import QUICK, SLOW

_log = logging.getLogger(__name__)

_NICENESS = -10
"""ur-rtde's own threads bring what the loop waits for, and they have no real-time priority."""


class Servant:
    """Answers the parent's words with one driver."""

    def __init__(self):
        self._driver: Driver | None = None

    def connect(self, setup: DriverSetup) -> tuple[str, float, list[str]]:
        """Build the driver and connect; return the arm's name, the stop time and refusals."""
        clock = SystemClock()
        arm = setup.place(clock).arm()
        driver = Driver(arm, load_arm_config(setup.arm), clock, setup.settings)
        driver.connect()
        self._driver = driver
        return arm.name, driver.stop_time_s, driver.refused

    def glance(self) -> Glance:
        """Return what the driver is doing."""
        driver = self._driver
        return Glance(driver.status, driver.streaming, driver.measured, driver.sent)

    def close(self) -> None:
        """Bring the arm to rest and let go of it."""
        if self._driver is not None:
            self._driver.close()

    def serve(self, line: Connection, words: tuple[str, ...]) -> None:
        """Answer each of `words` that comes over `line`, until the parent hangs up."""
        while True:
            try:
                word, arguments = line.recv()
            except (OSError, EOFError):
                return
            answer = self._answer(word, arguments) if word in words else (False, KeyError(word))
            try:
                line.send(answer)
            except OSError:
                return

    def _answer(self, word: str, arguments: tuple) -> tuple[bool, object]:
        try:
            act = getattr(self, word, None) or getattr(self._driver, word)
            return True, act(*arguments)
        except (DancerError, OSError) as error:
            return False, error
        except Exception as error:  # a defect of ours: the parent must know, and the arm goes on
            _log.exception("%s failed", word)
            return False, RobotError(f"internal error: {error!r}: report it with the log")


class _ToParent(logging.Handler):
    """Sends what the rooms log to the parent, who knows where people look."""

    def __init__(self, logs: Connection):
        super().__init__(logging.INFO)
        self._logs = logs

    def emit(self, record: logging.LogRecord) -> None:
        """Send one line; a parent that is gone needs none."""
        try:
            self._logs.send((record.name, record.levelno, self.format(record)))
        except OSError:
            logging.getLogger().removeHandler(self)


def main(arguments: list[str] | None = None) -> int:
    """Serve until the parent hangs up."""
    numbers = sys.argv[1:] if arguments is None else arguments
    slow, quick, logs = (Connection(int(number)) for number in numbers)
    logging.basicConfig(level=logging.INFO, handlers=[_ToParent(logs)])
    # The parent ends this process: whatever is sent to all of a terminal's processes does not.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        os.nice(_NICENESS)
    except PermissionError as error:
        _log.info("no higher priority (%s): other load may delay it", error)
    servant = Servant()
    patient = threading.Thread(target=servant.serve, args=(slow, SLOW), name="slow words")
    patient.start()
    try:
        servant.serve(quick, QUICK)
    finally:
        servant.close()
    patient.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
