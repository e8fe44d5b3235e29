"""The stage in three dimensions: arm, ghost of what is planned, trail of the tool, table and walls.

Everything is in the controller's frame `base`, metres, z up. The parts of an arm are children of
its seven link frames, so that one move of the arm is fourteen small messages and no geometry.
"""

from collections import deque

import numpy as np
import viser
import viser.transforms as vtf

from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.kinematics import link_frames, tool_points
from ur3_dancer.motion.shapes import Cylinder, cylinders
from ur3_dancer.stage.view.performance import Plan, Seen

TRAIL_S = 2.5
_TRAIL_POINTS = 75
_PATH_POINTS = 16
_TABLE_M = 1.1
_WALL_M = 0.9  # how far a table or wall is drawn where nothing bounds it

_PAPER = (16, 18, 26)
_TUBE, _CASING = (205, 211, 220), (58, 120, 190)
_TUBE_LOST, _CASING_LOST = (84, 88, 96), (60, 62, 68)
_GHOST = (90, 220, 255)
_TRAIL = (255, 170, 60)
_WALL = (255, 90, 90)


class Scene:
    """Draws a performance into a viser server."""

    def __init__(self, server: viser.ViserServer, config: ArmConfig):
        """Set up table, walls, lights and two arms, both standing at home."""
        self._server = server
        self._config = config
        self._trail: deque[tuple[float, np.ndarray]] = deque()
        self._is_lost: bool | None = None
        self._pulse_shown = -1.0
        _light(server)
        _add_workspace(server, config)
        self._arm = _Arm(server, "/arm", config.model)
        self._ghost = _Arm(server, "/ghost", config.model, _GHOST)
        self._ghost.show(False)
        self._pulse = server.scene.add_cylinder(
            "/pulse", 0.17, 0.004, (40, 60, 90), position=(0, 0, config.workspace.table_z_m + 0.002)
        )
        self._trail_line = _line(server, "/trail", _TRAIL_POINTS, 0.006)
        self._path_line = _line(server, "/path", _PATH_POINTS, 0.004)
        self._arm.place(link_frames(config.model, config.home_rad))

    def draw(self, seen: Seen, now_s: float) -> None:
        """Show what is known at `now_s`; an arm that nobody speaks for is drawn grey."""
        is_live = seen.is_live(now_s)
        with self._server.atomic():
            if is_live == bool(self._is_lost) or self._is_lost is None:
                self._is_lost = not is_live
                self._arm.paint(_TUBE_LOST if self._is_lost else _TUBE, self._is_lost)
            if seen.q_rad is not None:
                self._arm.place(link_frames(self._config.model, seen.q_rad))
            if is_live:
                self._draw_trail(seen.q_rad, now_s)
            self._draw_plan(seen, now_s, is_live)
            self._draw_pulse(seen, now_s)

    def _draw_trail(self, q_rad: np.ndarray, now_s: float) -> None:
        self._trail.append((now_s, self._tool_m(q_rad)))
        while now_s - self._trail[0][0] > TRAIL_S or len(self._trail) > _TRAIL_POINTS:
            self._trail.popleft()
        points_m = np.array([point for _, point in self._trail])
        fresh = np.array([1.0 - (now_s - time_s) / TRAIL_S for time_s, _ in self._trail])
        _draw_line(self._trail_line, points_m, _TRAIL, fresh, _TRAIL_POINTS)

    def _draw_plan(self, seen: Seen, now_s: float, is_live: bool) -> None:
        """Show where the chunk leads, as large as it will be danced."""
        poses_rad = upcoming(seen.plan, now_s) if is_live else np.empty((0, 6))
        has_plan = len(poses_rad) > 1
        self._ghost.show(has_plan)
        self._path_line.visible = has_plan
        if not has_plan:
            return
        amplitude = seen.figure("driver", "amplitude")
        home_rad = self._config.home_rad
        poses_rad = home_rad + (1.0 if amplitude is None else amplitude) * (poses_rad - home_rad)
        self._ghost.place(link_frames(self._config.model, poses_rad[-1]))
        picked = np.linspace(0, len(poses_rad) - 1, _PATH_POINTS).round().astype(int)
        points_m = self._tool_m(poses_rad[picked])
        _draw_line(
            self._path_line, points_m, _GHOST, np.linspace(0.3, 1.0, len(points_m)), _PATH_POINTS
        )

    def _draw_pulse(self, seen: Seen, now_s: float) -> None:
        """Let a ring on the table flash on every beat, the brighter the surer the beat is."""
        beat = seen.beat
        flash = 0.0
        if beat is not None and now_s - beat.time_s < 1.0:
            flash = beat.confidence * (1.0 - beat.phase_at(now_s)) ** 2
        flash = round(flash, 2)
        if flash != self._pulse_shown:
            self._pulse_shown = flash
            self._pulse.color = _mixed((34, 44, 66), _GHOST, flash)

    def _tool_m(self, q_rad: np.ndarray) -> np.ndarray:
        return tool_points(self._config.model, q_rad, self._config.workspace.tool_length_m)


def upcoming(plan: Plan | None, now_s: float) -> np.ndarray:
    """Return the poses (n, 6) of a plan that are still to come; none when it is over."""
    if plan is None:
        return np.empty((0, 6))
    times_s = plan.start_s + plan.step_s * np.arange(len(plan.q_rad))
    return plan.q_rad[times_s >= now_s]


class _Arm:
    """Seven link frames and their cylinders; a ghost has one see-through colour."""

    def __init__(self, server, name: str, model: str, ghost: tuple | None = None):
        self._frames = [
            server.scene.add_frame(f"{name}/link_{i}", show_axes=False) for i in range(7)
        ]
        self._parts = [
            (part, _add_cylinder(server, f"{name}/link_{part.frame}/{part.name}", part, ghost))
            for part in cylinders(model)
        ]
        self._root = self._frames[0]
        self._shown = True

    def place(self, frames: np.ndarray) -> None:
        """Move to the link frames (7, 4, 4)."""
        for node, frame in zip(self._frames, frames, strict=True):
            node.wxyz = vtf.SO3.from_matrix(frame[:3, :3]).wxyz
            node.position = frame[:3, 3]

    def paint(self, tube: tuple, is_lost: bool) -> None:
        """Colour tubes and casings."""
        for part, node in self._parts:
            node.color = (_CASING_LOST if is_lost else _CASING) if part.is_casing else tube

    def show(self, is_shown: bool) -> None:
        """Show or hide."""
        if is_shown != self._shown:
            self._shown = is_shown
            for node in self._frames:
                node.visible = is_shown


def _add_cylinder(server, name: str, part: Cylinder, ghost: tuple | None):
    start_m, end_m = np.array(part.start_m, float), np.array(part.end_m, float)
    way_m = end_m - start_m
    x, y, z = way_m / np.linalg.norm(way_m)
    turn = vtf.SO3.from_rpy_radians(0.0, np.arctan2(np.hypot(x, y), z), np.arctan2(y, x))
    return server.scene.add_cylinder(
        name,
        part.radius_m if ghost is None else 0.9 * part.radius_m,
        float(np.linalg.norm(way_m)),
        ghost or (_CASING if part.is_casing else _TUBE),
        radial_segments=24,
        opacity=None if ghost is None else 0.22,
        cast_shadow=ghost is None,
        receive_shadow=False,
        wxyz=turn.wxyz,
        position=(start_m + end_m) / 2,
    )


def _add_workspace(server, config: ArmConfig) -> None:
    """Add the table, and the walls where there are any."""
    workspace = config.workspace
    table_m = workspace.table_z_m
    lower = np.maximum(workspace.lower_m, (-_WALL_M, -_WALL_M, table_m))
    upper = np.minimum(workspace.upper_m, (_WALL_M, _WALL_M, table_m + _WALL_M))
    server.scene.add_box(
        "/table", (36, 40, 54), (_TABLE_M, _TABLE_M, 0.02), position=(0, 0, table_m - 0.011)
    )
    server.scene.add_grid(
        "/grid",
        width=_TABLE_M,
        height=_TABLE_M,
        cell_size=0.1,
        section_size=0.5,
        cell_color=(58, 66, 88),
        section_color=(82, 94, 124),
        position=(0, 0, table_m + 0.001),
    )
    for axis in range(3):
        for side, bound in (("lower", workspace.lower_m[axis]), ("upper", workspace.upper_m[axis])):
            if np.isfinite(bound):
                size, centre = upper - lower, (upper + lower) / 2
                size[axis], centre[axis] = 0.002, bound
                server.scene.add_box(
                    f"/walls/{side}_{'xyz'[axis]}",
                    _WALL,
                    size,
                    opacity=0.12,
                    side="double",
                    cast_shadow=False,
                    position=centre,
                )


def _light(server) -> None:
    scene = server.scene
    scene.set_up_direction("+z")
    scene.configure_environment_map(None)
    scene.configure_default_lights(enabled=False)
    scene.add_light_hemisphere(
        "/lights/sky", sky_color=(235, 240, 255), ground_color=(70, 70, 90), intensity=1.7
    )
    scene.add_light_directional(
        "/lights/key", color=(255, 244, 230), intensity=2.2, position=(-1.0, -1.5, 2.5)
    )
    scene.add_light_directional(
        "/lights/rim", color=(120, 160, 255), intensity=1.6, position=(1.5, 1.0, 1.0)
    )
    scene.set_background_image(np.full((2, 2, 3), _PAPER, np.uint8))
    server.initial_camera.position = (-0.84, -0.72, 0.58)
    server.initial_camera.look_at = (0.0, 0.0, 0.27)


def _line(server, name: str, points: int, thickness_m: float):
    return server.scene.add_line_segments(
        name,
        np.zeros((points - 1, 2, 3), np.float32),
        np.zeros((points - 1, 2, 3), np.uint8),
        thickness=thickness_m,
    )


def _draw_line(
    line, points_m: np.ndarray, colour: tuple, strength: np.ndarray, points: int
) -> None:
    """Draw a way (n, 3); its `strength` (n,) fades into the background. Its length stays fixed."""
    missing = points - len(points_m)
    points_m = np.concatenate([np.repeat(points_m[:1], missing, axis=0), points_m])
    strength = np.concatenate([np.zeros(missing), np.clip(strength, 0.0, 1.0)])
    colours = np.array(_PAPER) + strength[:, None] * (np.array(colour) - np.array(_PAPER))
    line.points = np.stack([points_m[:-1], points_m[1:]], axis=1).astype(np.float32)
    line.colors = np.stack([colours[:-1], colours[1:]], axis=1).astype(np.uint8)


def _mixed(one: tuple, other: tuple, share: float) -> tuple[int, ...]:
    return tuple(round(a + share * (b - a)) for a, b in zip(one, other, strict=True))
