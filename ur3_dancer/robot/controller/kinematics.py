"""Forward and inverse kinematics of a UR arm in closed form, in plain floats.

The arm is a shoulder turn, three parallel axes in one plane, and two wrist turns. With q1 come the
plane's radial direction r = (cos q1, sin q1, 0) and its normal n = (sin q1, -cos q1, 0); up is z.
Everything below is written in (r, up, n). The Denavit-Hartenberg parameters are UR's own.
`test_kinematics.py` holds this against the product of the six link matrices.
"""

import math
from collections.abc import Sequence

import numpy as np

from ur3_dancer.motion.kinematics import DhTable
from ur3_dancer.robot.controller.pose import (
    Point,
    Rotation,
    multiply,
    rotate,
    rotation_of,
    transpose,
    vector_of,
)

_TWO_PI = 2.0 * math.pi


class Kinematics:
    """Kinematics of one model, with the tool's offset."""

    def __init__(self, table: DhTable):
        self.d1, _, _, self.d4, self.d5, self.d6 = table.d_m
        _, self.a2, self.a3, _, _, _ = table.a_m
        self.tcp: list[float] = [0.0] * 6

    def flange(self, q: Sequence[float]) -> tuple[Point, Rotation]:
        """Return position (m) and rotation of the flange in `base`."""
        _, _, _, _, o6, x6, y6, z6 = self._frames(q)
        return o6, (x6[0], y6[0], z6[0], x6[1], y6[1], z6[1], x6[2], y6[2], z6[2])

    def joints(self, q: Sequence[float]) -> tuple[Point, ...]:
        """Return shoulder, elbow, wrist 1, wrist 2, wrist 3 and flange points in `base`, m."""
        frames = self._frames(q)
        return ((0.0, 0.0, self.d1), *frames[:5])

    def _frames(self, q: Sequence[float]) -> tuple[Point, ...]:
        c1, s1 = math.cos(q[0]), math.sin(q[0])
        q23 = q[1] + q[2]
        q234 = q23 + q[3]
        c2, s2 = math.cos(q[1]), math.sin(q[1])
        c23, s23 = math.cos(q23), math.sin(q23)
        c, s = math.cos(q234), math.sin(q234)
        c5, s5 = math.cos(q[4]), math.sin(q[4])
        c6, s6 = math.cos(q[5]), math.sin(q[5])
        radius, height = self.a2 * c2, self.d1 + self.a2 * s2
        o2 = (c1 * radius, s1 * radius, height)
        radius, height = radius + self.a3 * c23, height + self.a3 * s23
        o3 = (c1 * radius, s1 * radius, height)
        o4 = (o3[0] + self.d4 * s1, o3[1] - self.d4 * c1, height)
        x4 = (c1 * c, s1 * c, s)
        z4 = (c1 * s, s1 * s, -c)
        o5 = (o4[0] + self.d5 * z4[0], o4[1] + self.d5 * z4[1], o4[2] + self.d5 * z4[2])
        x5 = (x4[0] * c5 + s1 * s5, x4[1] * c5 - c1 * s5, x4[2] * c5)
        z5 = (s1 * c5 - x4[0] * s5, -c1 * c5 - x4[1] * s5, -x4[2] * s5)
        o6 = (o5[0] + self.d6 * z5[0], o5[1] + self.d6 * z5[1], o5[2] + self.d6 * z5[2])
        x6 = (x5[0] * c6 - z4[0] * s6, x5[1] * c6 - z4[1] * s6, x5[2] * c6 - z4[2] * s6)
        y6 = (-x5[0] * s6 - z4[0] * c6, -x5[1] * s6 - z4[1] * c6, -x5[2] * s6 - z4[2] * c6)
        return o2, o3, o4, o5, o6, x6, y6, z5

    def forward(self, q: Sequence[float], tcp: Sequence[float] | None = None) -> list[float]:
        """Return the pose of the tool in `base` (m, rotation vector in rad)."""
        tcp = self.tcp if tcp is None else tcp
        point, turn = self.flange(q)
        if any(tcp):
            x, y, z = rotate(turn, tcp[:3])
            point = (point[0] + x, point[1] + y, point[2] + z)
            turn = multiply(turn, rotation_of(tcp[3:6]))
        return [*point, *vector_of(turn)]

    def jacobian(self, q: Sequence[float]) -> np.ndarray:
        """Return (6, 6): joint speeds to the tool's linear and angular velocity in `base`."""
        tool = np.array(self.forward(q)[:3])
        axes, origins = map(np.array, self._axes(q))
        return np.vstack((np.cross(axes, tool - origins).T, axes.T))

    def velocity(self, q: Sequence[float], dq: Sequence[float]) -> list[float]:
        """Return the tool's linear (m/s) and angular (rad/s) velocity in `base`."""
        if not any(dq):
            return [0.0] * 6
        x, y, z = self.forward(q)[:3]
        vx = vy = vz = wx = wy = wz = 0.0
        for (ax, ay, az), (ox, oy, oz), speed in zip(*self._axes(q), dq, strict=True):
            wx, wy, wz = wx + ax * speed, wy + ay * speed, wz + az * speed
            rx, ry, rz = x - ox, y - oy, z - oz
            vx += (ay * rz - az * ry) * speed
            vy += (az * rx - ax * rz) * speed
            vz += (ax * ry - ay * rx) * speed
        return [vx, vy, vz, wx, wy, wz]

    def _axes(self, q: Sequence[float]) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
        """Return the six joint axes and a point on each."""
        o2, o3, o4, o5, _, _, _, z5 = self._frames(q)
        normal = (math.sin(q[0]), -math.cos(q[0]), 0.0)
        z4 = tuple((b - a) / self.d5 for a, b in zip(o4, o5, strict=True))
        shoulder = (0.0, 0.0, self.d1)
        axes = ((0.0, 0.0, 1.0), normal, normal, normal, z4, z5)
        return axes, (shoulder, shoulder, o2, o3, o4, o5)

    def inverse(
        self, pose: Sequence[float], near: Sequence[float], tcp: Sequence[float] | None = None
    ) -> list[float] | None:
        """Return the joint angles nearest to `near` with the tool at `pose`; None if none do."""
        tcp = self.tcp if tcp is None else tcp
        turn = rotation_of(pose[3:6])
        point = tuple(pose[:3])
        if any(tcp):
            turn = multiply(turn, transpose(rotation_of(tcp[3:6])))
            x, y, z = rotate(turn, tcp[:3])
            point = (point[0] - x, point[1] - y, point[2] - z)
        best, least = None, math.inf
        for q in self._solutions(point, turn, near):
            wound = [_nearest(angle, wish) for angle, wish in zip(q, near, strict=True)]
            distance = sum((a - b) ** 2 for a, b in zip(wound, near, strict=True))
            if distance < least:
                best, least = wound, distance
        return best

    def _solutions(self, point: Point, turn: Rotation, near: Sequence[float]) -> list[list[float]]:
        x6, y6, z6 = turn[0::3], turn[1::3], turn[2::3]
        wrist = [p - self.d6 * z for p, z in zip(point, z6, strict=True)]
        reach = math.hypot(wrist[0], wrist[1])
        if reach < self.d4:
            return []
        bearing, lean = math.atan2(wrist[1], wrist[0]), math.asin(self.d4 / reach)
        found = []
        for q1 in (bearing + lean, bearing + math.pi - lean):
            c1, s1 = math.cos(q1), math.sin(q1)
            cosine = z6[0] * s1 - z6[1] * c1
            for q5 in (math.acos(_unit(cosine)), -math.acos(_unit(cosine))):
                s5 = math.sin(q5)
                if abs(s5) < 1e-6:
                    q6 = near[5]  # Wrist 1 and wrist 3 are parallel: any share of the turn will do.
                else:
                    x, y = x6[0] * s1 - x6[1] * c1, y6[0] * s1 - y6[1] * c1
                    q6 = math.atan2(-y / s5, x / s5)
                found += self._elbows(wrist, x6, y6, (q1, q5, q6))
        return found

    def _elbows(
        self, wrist: Sequence[float], x6: Point, y6: Point, outer: tuple[float, float, float]
    ) -> list[list[float]]:
        q1, q5, q6 = outer
        c1, s1 = math.cos(q1), math.sin(q1)
        c6, s6 = math.cos(q6), math.sin(q6)
        z4 = [-(x * s6 + y * c6) for x, y in zip(x6, y6, strict=True)]
        q234 = math.atan2(z4[0] * c1 + z4[1] * s1, -z4[2])
        u = (wrist[0] - self.d5 * z4[0]) * c1 + (wrist[1] - self.d5 * z4[1]) * s1
        w = wrist[2] - self.d5 * z4[2] - self.d1
        cosine = (u * u + w * w - self.a2**2 - self.a3**2) / (2.0 * self.a2 * self.a3)
        if abs(cosine) > 1.0 + 1e-9:
            return []
        found = []
        for q3 in (math.acos(_unit(cosine)), -math.acos(_unit(cosine))):
            q2 = math.atan2(w, u) - math.atan2(
                self.a3 * math.sin(q3), self.a2 + self.a3 * math.cos(q3)
            )
            found.append([q1, q2, q3, q234 - q2 - q3, q5, q6])
        return found


def _unit(value: float) -> float:
    return max(-1.0, min(1.0, value))


def _nearest(angle: float, wish: float) -> float:
    """Return `angle` plus the full turns that bring it nearest to `wish`, within +-2 pi."""
    angle += _TWO_PI * round((wish - angle) / _TWO_PI)
    if angle > _TWO_PI:
        return angle - _TWO_PI
    return angle + _TWO_PI if angle < -_TWO_PI else angle
