"""Minimum-jerk eases: how a pose travels from key to key, at rest exactly on the beat.

The quintic that leaves a state (position, velocity, acceleration) and reaches a rest pose after a
given time minimises the integral of squared jerk (Flash & Hogan, J. Neurosci. 5(7), 1985). Started
again from any state on its own way towards the same goal it stays the same curve, so a planner may
replan at every window and moves only when the beat does.
"""

from dataclasses import dataclass

import numpy as np

PEAK_VELOCITY = 1.875
"""Peak speed of a rest-to-rest ease of travel 1 in time 1 (15/8, half-way)."""
PEAK_ACCELERATION = 10.0 / np.sqrt(3.0)
"""Peak acceleration of the same ease (5.7735, at 0.211 and 0.789 of the way)."""


def minimum_jerk(phase: np.ndarray) -> np.ndarray:
    """Return the rest-to-rest ease 10 s³ - 15 s⁴ + 6 s⁵ for phases clipped to 0..1."""
    s = np.clip(phase, 0.0, 1.0)
    return s**3 * (10.0 + s * (-15.0 + 6.0 * s))


def travel_limit_rad(
    duration_s: float, velocity_rad_s: np.ndarray, acceleration_rad_s2: np.ndarray
) -> np.ndarray:
    """Return how far a rest-to-rest ease of `duration_s` may go within the limits, per joint."""
    return np.minimum(
        velocity_rad_s * duration_s / PEAK_VELOCITY,
        acceleration_rad_s2 * duration_s**2 / PEAK_ACCELERATION,
    )


@dataclass(frozen=True)
class State:
    """Where joints are and how they move: (6,) arrays in rad, rad/s and rad/s²."""

    q: np.ndarray
    dq: np.ndarray
    ddq: np.ndarray

    @classmethod
    def at_rest(cls, q: np.ndarray) -> "State":
        """Return the state that stands still at `q`."""
        return cls(np.array(q, float), np.zeros(len(q)), np.zeros(len(q)))


class Ease:
    """One quintic from a state at `start_s` to rest at `goal_rad` at `end_s`."""

    def __init__(self, start_s: float, end_s: float, state: State, goal_rad: np.ndarray):
        self.start_s, self.end_s = start_s, end_s
        self.goal_rad = np.array(goal_rad, float)
        self._duration_s = T = end_s - start_s
        # In units of the duration: c0 + c1 s + … + c5 s⁵, at rest at the goal where s = 1.
        c0, c1, c2 = state.q, state.dq * T, state.ddq * T**2 / 2.0
        gap = self.goal_rad - c0
        self._coefficients = np.stack(
            [
                c0,
                c1,
                c2,
                10.0 * gap - 6.0 * c1 - 3.0 * c2,
                -15.0 * gap + 8.0 * c1 + 3.0 * c2,
                6.0 * gap - 3.0 * c1 - c2,
            ]
        )

    def poses(self, times_s: np.ndarray) -> np.ndarray:
        """Return (N, 6) positions; before the start and after the end the ends are held."""
        return self._powers(times_s, 0) @ self._coefficients

    def state(self, time_s: float) -> State:
        """Return position, velocity and acceleration at one time, at rest beyond the end."""
        if time_s >= self.end_s:
            return State.at_rest(self.goal_rad)
        T, at = self._duration_s, np.array([time_s])
        return State(
            (self._powers(at, 0) @ self._coefficients)[0],
            (self._powers(at, 1) @ self._coefficients)[0] / T,
            (self._powers(at, 2) @ self._coefficients)[0] / T**2,
        )

    def peaks(self, samples: int = 16) -> tuple[np.ndarray, np.ndarray]:
        """Return the largest |velocity| and |acceleration| of each joint, at `samples` instants."""
        at = np.linspace(self.start_s, self.end_s, samples)
        velocity = self._powers(at, 1) @ self._coefficients / self._duration_s
        acceleration = self._powers(at, 2) @ self._coefficients / self._duration_s**2
        return np.abs(velocity).max(axis=0), np.abs(acceleration).max(axis=0)

    def _powers(self, times_s: np.ndarray, derivative: int) -> np.ndarray:
        s = np.clip((np.asarray(times_s, float) - self.start_s) / self._duration_s, 0.0, 1.0)
        columns = []
        for power in range(6):
            factor = float(np.prod(np.arange(power - derivative + 1, power + 1)))
            columns.append(factor * s ** max(power - derivative, 0))
        return np.stack(columns, axis=-1)
