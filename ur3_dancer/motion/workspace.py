"""Where the arm may be: above the table, inside the walls, clear of itself, not too fast.

The arm is a chain of capsules (line segments with a radius) along the real, laterally offset axes
of upper arm and forearm. Plain Python numbers: one pose takes some ten microseconds, less than
NumPy's call overhead for so few of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import cos, hypot, inf, sin, sqrt

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.kinematics import dh_table

Point = tuple[float, float, float]

COLUMN_RADIUS_M = 0.065
UPPER_ARM_RADIUS_M = 0.052
FOREARM_RADIUS_M = 0.042
WRIST_RADIUS_M = 0.040
"""Radii around the axes: choices, a little more than UR's published outlines (128 mm foot)."""


@dataclass(frozen=True)
class Workspace:
    """What the stage allows, in the controller's frame `base`.

    Attributes:
        table_z_m: height of the table; every part from the elbow on stays above it by its radius
            and `margin_m`.
        lower_m, upper_m: walls: elbow, wrist and tool stay between them; (3,) each, may be
            infinite.
        tcp_speed_m_s: greatest speed of the tool point.
        tool_length_m: from the flange to the tool's end, along the flange's axis.
        tool_radius_m: of the tool.
        margin_m: kept free between the parts, and above the table.
    """

    table_z_m: float = 0.0
    lower_m: Point = (-inf, -inf, -inf)
    upper_m: Point = (inf, inf, inf)
    tcp_speed_m_s: float = 1.4
    tool_length_m: float = 0.0
    tool_radius_m: float = 0.04
    margin_m: float = 0.01

    def __post_init__(self):
        for axis, low, high in zip("xyz", self.lower_m, self.upper_m, strict=True):
            if not low < high:
                raise ConfigError(
                    f"workspace: lower wall {low:g} m is not below upper wall {high:g} m in {axis}"
                )
        for name in ("tcp_speed_m_s", "tool_radius_m"):
            if not getattr(self, name) > 0.0:
                raise ConfigError(f"workspace: {name} is {getattr(self, name):g}: must be above 0")
        for name in ("tool_length_m", "margin_m"):
            if not getattr(self, name) >= 0.0:
                raise ConfigError(
                    f"workspace: {name} is {getattr(self, name):g}: must be 0 or more"
                )


@dataclass(frozen=True)
class Body:
    """The points of one pose that the checks need, metres in `base`."""

    shoulder: Point
    elbow_upper: Point
    elbow_lower: Point
    wrist: Point
    wrist_1: Point
    wrist_2: Point
    tool: Point


@dataclass
class WorkspaceGuard:
    """Says whether a pose is allowed, and why not.

    Attributes:
        model: `ur3` or `ur3e`.
        workspace: what is allowed.
        tolerance_m: how far into a forbidden region a pose may be: above 0 only while an arm that
            was found there (parked on the table) is on its way out.
        reach_m: no joint's axis is further from the tool's end than this.
    """

    model: str
    workspace: Workspace = field(default_factory=Workspace)
    tolerance_m: float = 0.0

    def __post_init__(self):
        table = dh_table(self.model)
        self._d1, _, _, self._d4, self._d5, self._d6 = table.d_m
        self._a2, self._a3 = table.a_m[1], table.a_m[2]
        self._upper_offset, self._fore_offset = table.upper_arm_offset_m, table.forearm_offset_m
        hand_m = self._d4 + self._d5 + self._d6 + self.workspace.tool_length_m
        self.reach_m = abs(self._a2) + abs(self._a3) + hand_m
        # Everything from wrist 1 on lies within this radius of wrist 2.
        self._hand_m = max(
            hypot(self._d5, self._d4 - self._fore_offset),
            self._d6 + self.workspace.tool_length_m,
        ) + max(WRIST_RADIUS_M, self.workspace.tool_radius_m)

    def body(self, q: list[float]) -> Body:
        """Return the pose's points; `q` has six joint angles in rad.

        The closed form of the DH chain: joints 2 to 4 turn about parallel axes, so the arm up to
        wrist 1 lies in planes parallel to one vertical plane.
        """
        c1, s1 = cos(q[0]), sin(q[0])
        c2, s2 = cos(q[1]), sin(q[1])
        lift_elbow = q[1] + q[2]
        c23, s23 = cos(lift_elbow), sin(lift_elbow)
        pitch = lift_elbow + q[3]
        c234, s234 = cos(pitch), sin(pitch)
        c5, s5 = cos(q[4]), sin(q[4])
        # Out along the arm, up, and beside it (z of joints 2 to 4 is (s1, -c1, 0)).
        out_elbow, up_elbow = self._a2 * c2, self._d1 + self._a2 * s2
        out_wrist, up_wrist = out_elbow + self._a3 * c23, up_elbow + self._a3 * s23

        def point(out: float, up: float, beside: float) -> Point:
            return (c1 * out + s1 * beside, s1 * out - c1 * beside, up)

        out_2, up_2 = out_wrist + self._d5 * s234, up_wrist - self._d5 * c234
        # The flange's axis: -s5 along the pitched arm, c5 beside it.
        reach = self._d6 + self.workspace.tool_length_m
        return Body(
            shoulder=point(0.0, self._d1, self._upper_offset),
            elbow_upper=point(out_elbow, up_elbow, self._upper_offset),
            elbow_lower=point(out_elbow, up_elbow, self._fore_offset),
            wrist=point(out_wrist, up_wrist, self._fore_offset),
            wrist_1=point(out_wrist, up_wrist, self._d4),
            wrist_2=point(out_2, up_2, self._d4),
            tool=point(out_2 - reach * s5 * c234, up_2 - reach * s5 * s234, self._d4 + reach * c5),
        )

    def violation(self, q: list[float]) -> str | None:
        """Return what is wrong with pose `q`, in words, or None when it is allowed."""
        return self.body_violation(self.body(q))

    def body_violation(self, body: Body) -> str | None:
        """As `violation`, of the pose's points."""
        for gap_m, what in self._gaps(body):
            if gap_m < -self.tolerance_m:
                return f"{what} by {-gap_m * 1000.0:.0f} mm"
        return None

    def tool_speed(self, before: Body, after: Body, period_s: float) -> float:
        """Return how fast the tool moves from one pose to the next, m/s."""
        (x0, y0, z0), (x1, y1, z1) = before.tool, after.tool
        return sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2 + (z1 - z0) ** 2) / period_s

    def speed_violation(self, speed_m_s: float) -> str | None:
        """Return what is wrong with the tool's speed, in words, or None."""
        limit = self.workspace.tcp_speed_m_s
        if speed_m_s <= limit:
            return None
        return f"the tool would move at {speed_m_s:.2f} m/s, above {limit:g} m/s"

    def depth_m(self, q: list[float]) -> float:
        """Return how far pose `q` is inside a forbidden region, 0 where it is allowed."""
        return max(0.0, -min(gap_m for gap_m, _ in self._gaps(self.body(q))))

    def tool_point(self, q: list[float]) -> Point:
        """Return the tool's end, metres in `base`."""
        return self.body(q).tool

    def _gaps(self, body: Body) -> Iterator[tuple[float, str]]:
        """Yield the free distance, negative when there is none, and what is wrong then."""
        yield from self._wall_gaps(body)
        yield from self._body_gaps(body)

    def _wall_gaps(self, body: Body) -> Iterator[tuple[float, str]]:
        space = self.workspace
        floor_m = space.table_z_m + space.margin_m
        (x0, y0, z0), (x1, y1, z1) = space.lower_m, space.upper_m
        for name, (x, y, z), radius_m in (
            ("elbow", body.elbow_lower, UPPER_ARM_RADIUS_M),
            ("wrist 1", body.wrist_1, WRIST_RADIUS_M),
            ("wrist 2", body.wrist_2, WRIST_RADIUS_M),
            ("tool", body.tool, space.tool_radius_m),
        ):
            yield z - radius_m - floor_m, f"{name} would be too near the table"
            inside_m = min(x - x0, x1 - x, y - y0, y1 - y, z - z0, z1 - z)
            yield inside_m, f"{name} would be outside the walls"

    def _body_gaps(self, body: Body) -> Iterator[tuple[float, str]]:
        top, space = (0.0, 0.0, self._d1), self.workspace
        obstacles = (
            ("base", (0.0, 0.0, 0.0), top, COLUMN_RADIUS_M + space.margin_m),
            ("shoulder", top, body.shoulder, UPPER_ARM_RADIUS_M + space.margin_m),
            ("upper arm", body.shoulder, body.elbow_upper, UPPER_ARM_RADIUS_M + space.margin_m),
        )
        hand = (
            ("wrist", body.wrist, body.wrist_1, WRIST_RADIUS_M),
            ("wrist", body.wrist_1, body.wrist_2, WRIST_RADIUS_M),
            ("tool", body.wrist_2, body.tool, space.tool_radius_m),
        )
        for name, start, end, radius_m in obstacles:
            if name != "upper arm":  # its neighbour
                gap_m = segment_distance(start, end, body.elbow_lower, body.wrist)
                yield gap_m - radius_m - FOREARM_RADIUS_M, f"forearm would touch the {name}"
            # One cheap distance clears the whole hand in most poses.
            if segment_distance(start, end, body.wrist_2, body.wrist_2) > radius_m + self._hand_m:
                continue
            for part, near, far, part_radius_m in hand:
                gap_m = segment_distance(start, end, near, far)
                yield gap_m - radius_m - part_radius_m, f"{part} would touch the {name}"
        # The tool can fold back onto the forearm; near the wrist they belong together, so the
        # forearm counts without its last part.
        (ex, ey, ez), (wx, wy, wz) = body.elbow_lower, body.wrist
        end = (wx + 0.35 * (ex - wx), wy + 0.35 * (ey - wy), wz + 0.35 * (ez - wz))
        gap_m = segment_distance(body.elbow_lower, end, body.wrist_2, body.tool)
        gap_m -= FOREARM_RADIUS_M + space.tool_radius_m + space.margin_m
        yield gap_m, "tool would touch the forearm"


def segment_distance(p1: Point, q1: Point, p2: Point, q2: Point) -> float:
    """Return the least distance between segments p1-q1 and p2-q2, metres; points are allowed.

    Source: C. Ericson, Real-Time Collision Detection (2005), section 5.1.9.
    """
    ux, uy, uz = q1[0] - p1[0], q1[1] - p1[1], q1[2] - p1[2]
    vx, vy, vz = q2[0] - p2[0], q2[1] - p2[1], q2[2] - p2[2]
    wx, wy, wz = p1[0] - p2[0], p1[1] - p2[1], p1[2] - p2[2]
    a = ux * ux + uy * uy + uz * uz
    e = vx * vx + vy * vy + vz * vz
    b = ux * vx + uy * vy + uz * vz
    c = ux * wx + uy * wy + uz * wz
    f = vx * wx + vy * wy + vz * wz
    tiny = 1e-12
    s = t = 0.0
    if a <= tiny:
        t = _unit(f / e) if e > tiny else 0.0
    elif e <= tiny:
        s = _unit(-c / a)
    else:
        denominator = a * e - b * b
        s = _unit((b * f - c * e) / denominator) if denominator > tiny else 0.0
        t = (b * s + f) / e
        if t < 0.0:
            t, s = 0.0, _unit(-c / a)
        elif t > 1.0:
            t, s = 1.0, _unit((b - c) / a)
    dx, dy, dz = wx + s * ux - t * vx, wy + s * uy - t * vy, wz + s * uz - t * vz
    return sqrt(dx * dx + dy * dy + dz * dz)


def _unit(value: float) -> float:
    return 0.0 if value < 0.0 else 1.0 if value > 1.0 else value
