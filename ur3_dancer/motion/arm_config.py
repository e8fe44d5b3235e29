"""What one arm may do on stage: home pose, limits, workspace, servo settings, retargeting.

Read from `config/arm/<model>.yaml`. Every key is required or has its default here; unknown keys are
refused, so that a misspelt limit cannot be silently ignored.
"""

from dataclasses import dataclass, field, fields
from math import hypot
from pathlib import Path

import numpy as np

from ur3_dancer.dance.pose_space import PoseSpace
from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS
from ur3_dancer.motion.body_to_arm import arm_angles_of
from ur3_dancer.motion.kinematics import CONTROL_RATE_HZ, dh_table
from ur3_dancer.motion.limits import JointLimits
from ur3_dancer.motion.retarget import Retargeting
from ur3_dancer.motion.workspace import Workspace, WorkspaceGuard
from ur3_dancer.resources import find

MAX_PAYLOAD_KG = 3.0
_TOOL_TOLERANCE_M = 0.001


@dataclass(frozen=True)
class ServoSettings:
    """How the controller follows the stream of set-points.

    Attributes:
        lookahead_s: servoJ's look-ahead time: longer is smoother and later. UR: 0.03 to 0.2.
        gain: servoJ's proportional gain. UR: 100 to 2000.
        arm_delay_s: from sending a set-point to the joints being there; the playout is sampled
            this much ahead, so that the arm is on the beat and not after it.
    """

    lookahead_s: float = 0.03
    gain: float = 1200.0
    arm_delay_s: float = 0.046

    def __post_init__(self):
        for name, low, high in (
            ("lookahead_s", 0.03, 0.2),
            ("gain", 100.0, 2000.0),
            ("arm_delay_s", 0.0, 0.5),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigError(f"servo {name} is {value:g}: must be from {low:g} to {high:g}")


@dataclass(frozen=True)
class Tool:
    """What is mounted on the flange, as a person set it at the pendant.

    Attributes:
        payload_kg: mass.
        center_of_gravity_m: (3,) of that mass, from the flange.
        tcp_offset_m: (3,) the tool's point, from the flange.
    """

    payload_kg: float
    center_of_gravity_m: tuple[float, float, float]
    tcp_offset_m: tuple[float, float, float]

    def __post_init__(self):
        if not 0.0 <= self.payload_kg <= MAX_PAYLOAD_KG:
            raise ConfigError(
                f"tool: payload_kg is {self.payload_kg:g}: a UR3 carries 0 to {MAX_PAYLOAD_KG:g}"
            )


@dataclass(frozen=True)
class ArmConfig:
    """Everything that is particular to one arm on one stage.

    Attributes:
        model: `ur3` or `ur3e`.
        home_rad: (6,) the pose that a dance starts from and shrinks towards.
        limits: per joint.
        workspace: table, walls, tool.
        servo: settings of the servo stream.
        tool: what is mounted; None when nobody has said, and then only simulated arms are driven.
        retargeting: four human arm angles to six joints.
    """

    model: str
    home_rad: np.ndarray
    limits: JointLimits
    workspace: Workspace = field(default_factory=Workspace)
    servo: ServoSettings = field(default_factory=ServoSettings)
    retargeting: Retargeting = field(default_factory=Retargeting)
    tool: Tool | None = None

    def __post_init__(self):
        dh_table(self.model)
        home = np.asarray(self.home_rad, float)
        object.__setattr__(self, "home_rad", home)
        limits = self.limits
        for name, value, low, high in zip(
            JOINTS, home, limits.lower_rad, limits.upper_rad, strict=True
        ):
            if not low <= value <= high:
                raise ConfigError(
                    f"home pose: {name} is {value:g} rad, outside its limits "
                    f"{low:g} to {high:g} rad"
                )
        self._check_tool()
        wrong = WorkspaceGuard(self.model, self.workspace).violation(home.tolist())
        if wrong:
            raise ConfigError(f"home pose cannot be used: {wrong}; change home or the workspace")

    def _check_tool(self) -> None:
        """Refuse a tool that the workspace check would not see."""
        if self.tool is None:
            return
        *aside_m, ahead_m = self.tool.tcp_offset_m
        workspace = self.workspace
        if ahead_m > workspace.tool_length_m + _TOOL_TOLERANCE_M:
            raise ConfigError(
                f"tool: tcp_offset_m reaches {ahead_m:g} m from the flange and workspace: "
                f"tool_length_m is {workspace.tool_length_m:g}: make that as long as the tool"
            )
        if hypot(*aside_m) > workspace.tool_radius_m + _TOOL_TOLERANCE_M:
            raise ConfigError(
                f"tool: tcp_offset_m lies {hypot(*aside_m):g} m beside the flange's axis and "
                f"workspace: tool_radius_m is {workspace.tool_radius_m:g}: make that as wide as "
                "the tool"
            )

    @property
    def nominal_rate_hz(self) -> float:
        """Control rate of this model's controller, Hz."""
        return CONTROL_RATE_HZ[self.model]

    def pose_space(self) -> PoseSpace:
        """Return the space that live policies speak: six joints with the stage's limits."""
        return PoseSpace("UR3", JOINTS, self.limits.lower_rad, self.limits.upper_rad)

    def joints_from_body(self, poses: np.ndarray, side: str = "right") -> np.ndarray:
        """Return (T, 6) joints within the limits for (T, 147) body poses, see `body_to_arm`."""
        return self.joints_from_arm_angles(arm_angles_of(poses, side))

    def joints_from_arm_angles(self, angles_rad: np.ndarray) -> np.ndarray:
        """Return (..., 6) joints within the limits for (..., 4) arm angles, see `retarget`."""
        return self.retargeting.joints(angles_rad, self.home_rad, self.pose_space())


def load_arm_config(path_or_model: str | Path) -> ArmConfig:
    """Read an arm's configuration.

    Args:
        path_or_model: a model (`ur3`, `ur3e`) for the packaged file, or the path of a YAML file.

    Raises:
        ConfigError: no such file, unreadable YAML, unknown keys or joints, values out of range.
    """
    path = Path(path_or_model)
    if str(path_or_model) in CONTROL_RATE_HZ:
        path = find(f"config/arm/{path_or_model}.yaml")
    # Imported late: the YAML parser is not needed by those who only want the types.
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"arm configuration {path} cannot be read ({error.strerror}): give a model "
            f"({', '.join(CONTROL_RATE_HZ)}) or the path of a YAML file"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"arm configuration {path} is not valid YAML: {error}") from error
    try:
        return arm_config_from_dict(content)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def arm_config_from_dict(content: dict) -> ArmConfig:
    """Build an `ArmConfig` from the content of its YAML file.

    Raises:
        ConfigError: something is missing, unknown or out of range; the text names it.
    """
    known = ("model", "home_rad", "joints", "workspace", "servo", "retargeting", "tool")
    content = _mapping(content, "arm configuration")
    _refuse_unknown(content, known, "arm configuration")
    for key in ("model", "home_rad", "joints"):
        if key not in content:
            raise ConfigError(f"arm configuration has no {key}: add it")
    joints = _per_joint(content["joints"], "joints")
    return ArmConfig(
        model=str(content["model"]),
        home_rad=_joint_values(content["home_rad"], "home_rad"),
        limits=JointLimits(**_limit_columns(joints)),
        workspace=_workspace(content.get("workspace", {})),
        servo=_section(ServoSettings, content.get("servo", {}), "servo"),
        retargeting=Retargeting.from_dict(content.get("retargeting", {})),
        tool=_tool(content["tool"]) if content.get("tool") is not None else None,
    )


def _limit_columns(joints: dict) -> dict[str, np.ndarray]:
    keys = tuple(f.name for f in fields(JointLimits))
    columns = {key: np.empty(len(JOINTS)) for key in keys}
    for i, name in enumerate(JOINTS):
        row = _mapping(joints[name], f"joints: {name}")
        _refuse_unknown(row, keys, f"joints: {name}")
        for key in keys:
            if key not in row:
                raise ConfigError(f"joints: {name} has no {key}: add it")
            columns[key][i] = _number(row[key], f"joints: {name}: {key}")
    return columns


def _workspace(content: dict) -> Workspace:
    content = dict(_mapping(content, "workspace"))
    _refuse_unknown(content, [f.name for f in fields(Workspace)], "workspace")
    for key, value in content.items():
        if key in ("lower_m", "upper_m"):
            content[key] = _point(value, f"workspace: {key}", finite=False)
        else:
            content[key] = _number(value, f"workspace: {key}")
    return Workspace(**content)


def _tool(content: dict) -> Tool:
    content = _mapping(content, "tool")
    keys = [f.name for f in fields(Tool)]
    _refuse_unknown(content, keys, "tool")
    for key in keys:
        if key not in content:
            raise ConfigError(f"tool has no {key}: add it (zeros for a bare flange)")
    return Tool(
        payload_kg=_number(content["payload_kg"], "tool: payload_kg"),
        center_of_gravity_m=_point(content["center_of_gravity_m"], "tool: center_of_gravity_m"),
        tcp_offset_m=_point(content["tcp_offset_m"], "tool: tcp_offset_m"),
    )


def _point(value, what: str, finite: bool = True) -> tuple[float, float, float]:
    if not isinstance(value, list) or len(value) != 3:
        raise ConfigError(f"{what} is {value!r}: give three numbers x, y, z")
    x, y, z = (_number(each, what, finite) for each in value)
    return x, y, z


def _section(kind: type, content: dict, what: str):
    content = _mapping(content, what)
    _refuse_unknown(content, [f.name for f in fields(kind)], what)
    return kind(**{key: _number(value, f"{what}: {key}") for key, value in content.items()})


def _joint_values(content: dict, what: str) -> np.ndarray:
    content = _per_joint(content, what)
    return np.array([_number(content[name], f"{what}: {name}") for name in JOINTS])


def _per_joint(content: dict, what: str) -> dict:
    content = _mapping(content, what)
    for name in content:
        if name not in JOINTS:
            raise ConfigError(f"{what}: unknown joint {name!r}: the joints are {', '.join(JOINTS)}")
    for name in JOINTS:
        if name not in content:
            raise ConfigError(f"{what}: joint {name} is missing: give all six")
    return content


def _mapping(content, what: str) -> dict:
    if not isinstance(content, dict):
        raise ConfigError(f"{what} is {content!r}: it must be a mapping of names to values")
    return content


def _refuse_unknown(content: dict, known, what: str) -> None:
    for key in content:
        if key not in known:
            raise ConfigError(f"{what}: unknown key {key!r}: known are {', '.join(known)}")


def _number(value, what: str, finite: bool = True) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConfigError(f"{what} is {value!r}: must be a number")
    if value != value or (finite and abs(value) == float("inf")):
        raise ConfigError(f"{what} is {value}: must be a finite number")
    return float(value)
