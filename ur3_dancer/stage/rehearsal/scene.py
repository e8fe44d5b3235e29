"""The arm on a small stage, as a picture: drawn with circles and lines, some milliseconds each."""

from math import cos, radians, sin

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.workspace import (
    COLUMN_RADIUS_M,
    FOREARM_RADIUS_M,
    UPPER_ARM_RADIUS_M,
    WRIST_RADIUS_M,
    WorkspaceGuard,
)
from ur3_dancer.stage.rehearsal import colours

SIZE = (960, 540)
_FINER = 2  # drawn larger and reduced: the drawing library has no smooth edges of its own
_AZIMUTH_RAD, _ELEVATION_RAD = radians(-122.0), radians(13.0)
_DISTANCE_M, _PIXELS_PER_M = 2.6, 1680.0
_CENTRE_M = np.array([-0.06, -0.05, 0.33])
_GRID_M = np.arange(-0.6, 0.61, 0.15)
_STRIP = (24, 452, 936, 516)
_JOINT_AT = (1, 2, 4, 5, 6, 7)  # the link that each joint turns, below
_LIGHT = np.array([236, 240, 246], float)
_DARK = np.array([88, 104, 128], float)


class Camera:
    """A pinhole that looks at the arm from the front and a little above."""

    def __init__(self):
        ahead = np.array(
            [
                cos(_ELEVATION_RAD) * cos(_AZIMUTH_RAD),
                cos(_ELEVATION_RAD) * sin(_AZIMUTH_RAD),
                sin(_ELEVATION_RAD),
            ]
        )
        right = np.array([-sin(_AZIMUTH_RAD), cos(_AZIMUTH_RAD), 0.0])
        self._axes = np.stack([right, np.cross(ahead, right), ahead])

    def see(self, points_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return pixels (..., 2) and pixels a metre (...) of points (..., 3) in `base`."""
        across, up, near = np.moveaxis((points_m - _CENTRE_M) @ self._axes.T, -1, 0)
        scale = _FINER * _PIXELS_PER_M / (_DISTANCE_M - near)
        middle = np.array([SIZE[0] / 2, 0.42 * SIZE[1]]) * _FINER
        return np.stack([middle[0] + across * scale, middle[1] - up * scale], -1), scale


class Scene:
    """Draws one frame after the other.

    Args:
        arm: its links and tool.
        title: what is danced by whom.
        levels: (n,) 0 to 1, the song's loudness along the strip at the bottom.
        marks: spans of the song, (start, end) as shares, that deserve a look.
    """

    def __init__(
        self, arm: ArmConfig, title: str, levels: np.ndarray, marks: list[tuple[float, float]]
    ):
        self._guard = WorkspaceGuard(arm.model, arm.workspace)
        self._tool_radius_m = arm.workspace.tool_radius_m
        self._floor_m = arm.workspace.table_z_m
        self._camera = Camera()
        self._font = ImageFont.load_default(18 * _FINER)
        self._small = ImageFont.load_default(13 * _FINER)
        self._ground = self._draw_ground(title, levels, marks)

    def frame(
        self, q: list[float], trail_m: np.ndarray, beat: float, song_share: float, text: str
    ) -> Image.Image:
        """Return one picture.

        Args:
            q: six joint angles, rad.
            trail_m: (n, 3) where the tool has been, oldest first.
            beat: 1 on the beat, falling to 0 after it.
            song_share: how much of the song is over.
            text: time and tempo.
        """
        picture = self._ground.copy()
        draw = ImageDraw.Draw(picture)
        self._beat(draw, beat)
        self._arm(draw, q)
        self._trail(draw, trail_m)
        left, top, right, bottom = (_FINER * edge for edge in _STRIP)
        now = left + (right - left) * min(song_share, 1.0)
        draw.line([(now, top - 8), (now, bottom + 8)], fill=colours.BEAT, width=2 * _FINER)
        draw.text((right, 26 * _FINER), text, fill=colours.TEXT, font=self._font, anchor="rm")
        return picture.reduce(_FINER)

    def tool_m(self, q: list[float]) -> tuple[float, float, float]:
        """Return where the tool is."""
        return self._guard.tool_point(q)

    def _draw_ground(self, title: str, levels: np.ndarray, marks) -> Image.Image:
        picture = Image.new("RGB", (SIZE[0] * _FINER, SIZE[1] * _FINER), colours.BACKGROUND)
        draw = ImageDraw.Draw(picture)
        ends = _GRID_M[[0, -1]]
        for at in _GRID_M:
            for line in ([(at, ends[0]), (at, ends[1])], [(ends[0], at), (ends[1], at)]):
                points, _ = self._camera.see(np.array([(x, y, self._floor_m) for x, y in line]))
                draw.line([tuple(point) for point in points], fill=colours.LINES, width=_FINER)
        left, top, right, bottom = (_FINER * edge for edge in _STRIP)
        draw.rounded_rectangle(
            (left - 12, top - 12, right + 12, bottom + 12), 16, fill=colours.PANEL
        )
        for start, end in marks:
            box = (left + (right - left) * start, bottom, left + (right - left) * end, bottom + 10)
            draw.rectangle((box[0], box[1], max(box[2], box[0] + 2), box[3]), fill=colours.ALARM)
        middle, half = (top + bottom) / 2, (bottom - top) / 2
        for i, level in enumerate(levels):
            x = left + (right - left) * (i + 0.5) / len(levels)
            height = max(level * half, 1.0)
            draw.line([(x, middle - height), (x, middle + height)], fill=colours.MUSIC, width=1)
        draw.text((left, 26 * _FINER), title, fill=colours.TEXT, font=self._font, anchor="lm")
        if marks:
            draw.text(
                (left, top - 30),
                "red: asks for more than the limits allow",
                fill=colours.FAINT,
                font=self._small,
                anchor="lm",
            )
        return picture

    def _beat(self, draw: ImageDraw.ImageDraw, beat: float) -> None:
        """Let a ring on the floor flash on the beat."""
        turn = np.linspace(0.0, 2 * np.pi, 60)
        ring = np.stack(
            [0.17 * np.cos(turn), 0.17 * np.sin(turn), np.full_like(turn, self._floor_m)], axis=1
        )
        points, _ = self._camera.see(ring)
        colour = _mix(_rgb(colours.LINES), _rgb(colours.BEAT), beat)
        draw.line(
            [tuple(point) for point in points], fill=colour, width=_FINER * (2 + round(3 * beat))
        )

    def _trail(self, draw: ImageDraw.ImageDraw, trail_m: np.ndarray) -> None:
        if len(trail_m) < 2:
            return
        points, _ = self._camera.see(trail_m)
        for i in range(1, len(points)):
            age = i / len(points)
            colour = _mix(_rgb(colours.BACKGROUND), _rgb(colours.BEAT), 0.85 * age)
            draw.line(
                [tuple(points[i - 1]), tuple(points[i])],
                fill=colour,
                width=_FINER * (1 + round(2 * age)),
            )

    def _arm(self, draw: ImageDraw.ImageDraw, q: list[float]) -> None:
        """Draw shadow and links, the far ones first."""
        body = self._guard.body(q)
        base, top = (0.0, 0.0, 0.0), (0.0, 0.0, body.shoulder[2])
        links = [
            (base, top, COLUMN_RADIUS_M),
            (top, body.shoulder, UPPER_ARM_RADIUS_M),
            (body.shoulder, body.elbow_upper, UPPER_ARM_RADIUS_M),
            (body.elbow_upper, body.elbow_lower, UPPER_ARM_RADIUS_M),
            (body.elbow_lower, body.wrist, FOREARM_RADIUS_M),
            (body.wrist, body.wrist_1, WRIST_RADIUS_M),
            (body.wrist_1, body.wrist_2, WRIST_RADIUS_M),
            (body.wrist_2, body.tool, 0.8 * self._tool_radius_m),
        ]
        ends_m = np.array([(start, end) for start, end, _ in links])
        shadow_m = ends_m.copy()
        shadow_m[..., 2] = self._floor_m
        shadows, scales = self._camera.see(shadow_m)
        for (start, end), scale, (_, _, radius_m) in zip(shadows, scales, links, strict=True):
            _capsule(draw, start, end, radius_m * scale * 0.9, "#0a0d12", flat=0.45)
        points, scales = self._camera.see(ends_m)
        order = np.argsort(scales.mean(axis=1))
        nearest, farthest = scales.max(), scales.min()
        for i in order:
            near = (scales[i].mean() - farthest) / max(nearest - farthest, 1e-9)
            colour = _mix(_DARK, _LIGHT, 0.35 + 0.55 * near)
            radii = links[i][2] * scales[i] * 0.82
            edge = _mix(np.zeros(3), np.array(colour, float), 0.55)
            _capsule(draw, *points[i], radii + 1.5 * _FINER, edge)
            _capsule(draw, *points[i], radii, colour)
            if i in _JOINT_AT:
                joint = _JOINT_AT.index(i)
                _dot(draw, points[i, 0], 0.018 * scales[i, 0], colours.JOINTS[joint])


def _capsule(draw, start, end, radii: np.ndarray, colour, flat: float = 1.0) -> None:
    """Draw a link as two round ends and what lies between; `flat` squeezes it onto the floor."""
    along = end - start
    length = np.hypot(*along)
    if length > 1e-6:
        side = np.array([-along[1], along[0]]) / length * [1.0, flat]
        corners = [
            start + side * radii[0],
            end + side * radii[1],
            end - side * radii[1],
            start - side * radii[0],
        ]
        draw.polygon([tuple(corner) for corner in corners], fill=colour)
    for point, radius in ((start, radii[0]), (end, radii[1])):
        _dot(draw, point, radius, colour, flat)


def _dot(draw, point, radius: float, colour, flat: float = 1.0) -> None:
    x, y = point
    draw.ellipse((x - radius, y - flat * radius, x + radius, y + flat * radius), fill=colour)


def _rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], float)


def _mix(low: np.ndarray, high: np.ndarray, share: float) -> tuple[int, int, int]:
    red, green, blue = low + (high - low) * min(max(share, 0.0), 1.0)
    return int(red), int(green), int(blue)
