"""When the driver's process is killed, the controller's watchdog brings the arm to rest."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from ur3_dancer.robot.embedded import EmbeddedController
from ur3_dancer.robot.rtde_arm import RtdeArm

REPOSITORY = Path(__file__).resolve().parents[2]
HOST = "127.0.0.81"
DANCER = """
import sys, time
sys.path[:0] = ["test", "."]
from support.rig import chunk_of, swing
from ur3_dancer.clock import SystemClock
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.robot.driver import Driver, DriverSettings
from ur3_dancer.robot.rtde_arm import RtdeArm
config, clock = load_arm_config("ur3"), SystemClock()
driver = Driver(RtdeArm(sys.argv[1]), config, clock, DriverSettings(homing_speed_share=0.6))
driver.connect()
driver.start()
while True:
    driver.submit(chunk_of(swing(config), clock.now_s() - 0.03))
    time.sleep(1 / 60)
"""


def motion_rad(arm, seconds):
    poses = []
    for _ in range(round(seconds / 0.01)):
        poses.append(arm.read().q)
        time.sleep(0.01)
    return float(np.ptp(np.array(poses), axis=0).max())


def test_when_the_drivers_process_is_killed_expect_the_arm_at_rest_and_the_next_driver_welcome():
    with EmbeddedController("ur3", host=HOST):
        watcher = RtdeArm(HOST, dry_run=True)  # only reads
        watcher.connect()
        dancer = subprocess.Popen([sys.executable, "-c", DANCER, HOST], cwd=REPOSITORY)
        try:
            deadline_s = time.monotonic() + 20.0
            home = watcher.read().q
            while watcher.read().q[2] < 1.1 or motion_rad(watcher, 0.6) < 0.1:
                assert time.monotonic() < deadline_s, f"never danced: {home}"
            dancer.send_signal(signal.SIGKILL)
            dancer.wait()
            time.sleep(0.5)
            assert motion_rad(watcher, 0.5) < 1e-3
        finally:
            dancer.kill()
            dancer.wait()
        watcher.disconnect()
        second = RtdeArm(HOST)
        second.connect()
        second.prepare()
        second.disconnect()
