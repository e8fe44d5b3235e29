"""Starts the embedded UR3, sends it home, swings its wrist for three seconds, brings it to rest.

What moves is simulated. With a robot's address in Place and allow_motion=True it would be real.

Run: .venv/bin/python examples/3_swing_the_simulated_arm.py
"""

import numpy as np

from ur3_dancer.clock import SystemClock
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.robot.driver import Driver
from ur3_dancer.robot.driver_state import State
from ur3_dancer.robot.places import Place

STEP_S, POINTS = 1 / 60, 30
SECONDS = 3.0


def main() -> None:
    """Connect, start, submit chunks, stop."""
    clock, config = SystemClock(), load_arm_config("ur3")
    place = Place("embedded", config, clock, simulated_host="127.0.0.31")
    place.start()
    driver = Driver(place.arm(), config, clock)
    try:
        driver.connect()
        driver.home()
        driver.wait_for([State.READY], 20.0)
        driver.start()
        begin_s = clock.now_s()
        while clock.now_s() < begin_s + SECONDS:
            now_s = clock.now_s()
            times_s = now_s + STEP_S * np.arange(POINTS)
            poses = np.tile(config.home_rad, (POINTS, 1))
            poses[:, 4] += 0.3 * np.sin(2 * np.pi * (times_s - begin_s))
            driver.submit(Chunk(poses, now_s, STEP_S))  # said again and again: chunks merge by time
            clock.sleep_until_s(now_s + STEP_S)
        driver.stop("the example is over")
        driver.wait_for([State.STOPPED], 2.0)
        moved = driver.trajectory()
        wrist = moved["measured_rad"][moved["time_s"] > begin_s, 4]
        print(f"wrist_2 swung over {np.ptp(wrist):.2f} rad; the arm is {driver.status.state.value}")
    finally:
        driver.close()
        place.stop()


if __name__ == "__main__":
    main()
