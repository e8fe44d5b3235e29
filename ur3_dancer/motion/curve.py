"""A chunk as a smooth curve that is defined for all time.

Between its points the curve is a uniform cubic B-spline. It was chosen over cubic Hermite pieces
because its acceleration is continuous (Hermite's jumps at every point, which an arm feels as jerk)
and because its peaks are known without search: velocity never exceeds the largest first
difference of the points over the step, acceleration never the largest second difference over the
step squared. Its price is a small loss at high frequency, smoothing included: 3 %
at 2 Hz from 60 Hz points.

Before its first point the curve comes from rest; after its last it goes to rest, both without a
jump in acceleration: whoever plays it past its end comes to a gentle hold.
"""

import numpy as np

_MIN_BRAKE_S = 0.15
_SMOOTH_BELOW_S = 0.02


class Curve:
    """Cubic B-spline through the neighbourhood of a chunk's points, with run-in and run-out.

    Attributes:
        start_s, end_s: times of the first and the last point.
        rest_s: time from which the curve stands still.
    """

    def __init__(
        self, control_rad: np.ndarray, start_s: float, step_s: float, brake_rad_s2: np.ndarray
    ):
        """Build the curve.

        Args:
            control_rad: (H + 2, 6) what `control_points` returns.
            start_s: time of point 0.
            step_s: seconds between points.
            brake_rad_s2: (6,) greatest deceleration of the run-out.
        """
        count = len(control_rad) - 2
        self.start_s = start_s
        self.step_s = step_s
        self._last = count - 1
        self.end_s = start_s + self._last * step_s
        self._control = control_rad
        self._weights = np.zeros((3, 4))
        first, final = np.empty((3, 6)), np.empty((3, 6))
        self._spline(0, 0.0, first)
        self._spline(self._last - 1, 1.0, final)
        self._first, self._final = first, final
        # The run-out's steepest deceleration is 1.5 times its mean.
        brake_s = 1.5 * np.max(np.abs([first[1], final[1]]) / brake_rad_s2, axis=1)
        self._run_in_s, self._run_out_s = np.maximum(brake_s, _MIN_BRAKE_S).tolist()
        self.rest_s = self.end_s + self._run_out_s

    def state(self, time_s: float, out: np.ndarray) -> np.ndarray:
        """Write angle, velocity and acceleration at `time_s` into `out` (3, 6) and return it."""
        place = (time_s - self.start_s) / self.step_s
        if place < 0.0:
            _to_rest(self._first, self.start_s - time_s, self._run_in_s, out, -1.0)
        elif place >= self._last:
            _to_rest(self._final, time_s - self.end_s, self._run_out_s, out, 1.0)
        else:
            index = int(place)
            self._spline(index, place - index, out)
        return out

    def _spline(self, index: int, f: float, out: np.ndarray) -> None:
        h, g, w = self.step_s, 1.0 - f, self._weights
        f2, g2 = f * f, g * g
        w[0] = g2 * g / 6, (3 * f2 * f - 6 * f2 + 4) / 6, (3 * g2 * g - 6 * g2 + 4) / 6, f2 * f / 6
        w[1] = -g2 / 2 / h, (1.5 * f2 - 2 * f) / h, (2 * g - 1.5 * g2) / h, f2 / 2 / h
        w[2] = g / h**2, (3 * f - 2) / h**2, (1 - 3 * f) / h**2, f / h**2
        np.matmul(w, self._control[index : index + 4], out=out)


def control_points(points_rad: np.ndarray, step_s: float) -> np.ndarray:
    """Return the spline's control points (H + 2, 6) for points (H, 6), H >= 1.

    A single point is doubled (H counts as 2). Linear in the points: scaling the one scales the
    other.
    """
    count = len(points_rad)
    control = np.empty((max(count, 2) + 2, points_rad.shape[1]))
    if count == 1:
        control[:] = points_rad[0]
        return control
    inner = control[1:-1]
    inner[:] = points_rad
    if step_s < _SMOOTH_BELOW_S and count > 2:
        # Networks answer every pose for itself: what changes from one point to the next at 60 Hz
        # is noise, and would count as acceleration. Twice (1, 2, 1) / 4 takes 2 % at 2 Hz.
        for _ in range(2):
            inner[1:-1] = (inner[:-2] + 2 * inner[1:-1] + inner[2:]) / 4
    # The ends go straight on: the curve meets its first and last point without acceleration.
    control[0] = 2 * control[1] - control[2]
    control[-1] = 2 * control[-2] - control[-3]
    return control


def peaks(control_rad: np.ndarray, step_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds (6,) of speed and acceleration of the curve with these control points."""
    differences = control_rad[1:] - control_rad[:-1]
    speed = np.abs(differences).max(axis=0) / step_s
    acceleration = np.abs(differences[1:] - differences[:-1]).max(axis=0) / step_s**2
    return speed, acceleration


def _to_rest(
    end: np.ndarray, after_s: float, duration_s: float, out: np.ndarray, sense: float
) -> None:
    """Write the way from the moving state `end` to rest, or (sense -1) the way from rest to it.

    The velocity falls as 1 - 3 x**2 + 2 x**3: no acceleration at either end.
    """
    x = min(after_s / duration_s, 1.0)
    x2 = x * x
    np.multiply(end[1], sense * duration_s * (x - x2 * x + x2 * x2 / 2), out=out[0])
    out[0] += end[0]
    np.multiply(end[1], 1 - 3 * x2 + 2 * x2 * x, out=out[1])
    np.multiply(end[1], sense * 6 * (x2 - x) / duration_s, out=out[2])
