"""A real driver on a real embedded controller, with a feeder of chunks, for tests."""

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np

from ur3_dancer.clock import SystemClock
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.robot.driver import Driver
from ur3_dancer.robot.driver_settings import DriverSettings
from ur3_dancer.robot.driver_state import State
from ur3_dancer.robot.embedded import EmbeddedController
from ur3_dancer.robot.rtde_arm import RtdeArm

POINTS, STEP_S = 30, 1 / 60
INJECT = """
import socket, sys
with socket.create_connection((sys.argv[1], 29999), 5.0) as dashboard:
    lines = dashboard.makefile("rw", newline="\\n")
    lines.readline()
    lines.write(sys.argv[2])
    lines.flush()
    print(lines.readline())
"""


def swing(config, amplitude_rad=0.12, beat_hz=1.0):
    """Return a dance: time (n,) to poses (n, 6), every joint on the beat with its own phase."""

    def poses(times_s):
        turns = 2 * np.pi * beat_hz * np.asarray(times_s, float)[:, None] + np.arange(6)
        return config.home_rad + amplitude_rad * np.sin(turns)

    return poses


def chunk_of(poses, start_s, points=POINTS, step_s=STEP_S):
    return Chunk(poses(start_s + step_s * np.arange(points)), start_s, step_s)


class Rig:
    """What a test gets: the driver, its controller, and a switch for the feeder."""

    def __init__(self, config, controller, driver, clock):
        self.config = config
        self.controller = controller
        self.driver = driver
        self.clock = clock
        self.poses = swing(config)
        self.feeding = threading.Event()
        self.fed_until_s = 0.0  # time of the last pose of the last chunk
        self._ended = threading.Event()
        self._feeder = threading.Thread(target=self._feed, daemon=True)

    def dance(self):
        self.feeding.set()
        self.driver.start()
        status = self.driver.wait_for([State.DANCING, State.FAULT], 15.0)
        assert status.state is State.DANCING, status

    def inject(self, fault):
        """Inject a fault from another process: the driver cuts its own process's connections."""
        text = f"fault {fault}\n"
        done = subprocess.run(
            [sys.executable, "-c", INJECT, self.controller.host, text],
            capture_output=True,
            text=True,
            timeout=10,
        )
        assert done.stdout.strip().endswith("done"), done.stdout + done.stderr

    def watch_s(self, seconds):
        time.sleep(seconds)

    def referee(self):
        """Return the controller's counts; it writes them once a second and at its end."""
        self.controller.stop()
        return json.loads(self.controller.report_path.read_text())

    def motion_rad(self, seconds=0.3):
        """Return how far the measured joints move at most within the next `seconds`."""
        poses = []
        deadline_s = self.clock.now_s() + seconds
        while self.clock.now_s() < deadline_s:
            poses.append(list(self.driver.measured.q))
            time.sleep(0.01)
        return float(np.ptp(np.array(poses), axis=0).max())

    def _feed(self):
        next_s = self.clock.now_s()
        while not self._ended.is_set():
            if self.feeding.is_set():
                chunk = chunk_of(self.poses, self.clock.now_s() - 0.03)
                self.driver.submit(chunk)
                self.fed_until_s = chunk.start_s + (POINTS - 1) * STEP_S
            next_s = max(next_s + STEP_S, self.clock.now_s())
            self.clock.sleep_until_s(next_s)


@contextmanager
def open_rig(tmp_path, host, model="ur3", connect=True, **settings):
    """Start controller and driver (connected unless told otherwise), and end both."""
    config = load_arm_config(model)
    limits = config.limits
    clock = SystemClock()
    controller = EmbeddedController(
        model,
        host=host,
        report_path=tmp_path / "referee.json",
        limits={
            "velocity": limits.velocity_rad_s,
            "acceleration": limits.acceleration_rad_s2,
            "jerk": limits.jerk_rad_s3,
        },
    )
    settings = {"homing_speed_share": 0.6, "record_minutes": 2.0, **settings}
    with controller:
        driver = Driver(
            RtdeArm(host, config.servo, clock=clock), config, clock, DriverSettings(**settings)
        )
        rig = Rig(config, controller, driver, clock)
        rig._feeder.start()
        try:
            if connect:
                driver.connect()
            yield rig
        finally:
            rig._ended.set()
            rig._feeder.join()
            driver.close()


def assert_clean(report):
    kinds = ("position", "velocity", "acceleration", "jerk")
    assert {kind: report[kind] for kind in kinds} == dict.fromkeys(kinds, 0), report["maxima"]
