"""A picture of a dance: the arm at successive moments, and its joints over time."""

from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS
from ur3_dancer.motion.kinematics import link_frames

_POSES = 9
_SECONDS = 8.0


def draw(trajectory: Path, picture: Path, model: str, title: str) -> None:
    """Draw the last eight seconds of a recorded dance.

    Args:
        trajectory: the driver's recording: NPZ with `time_s` (T,) and `measured_rad` (T, 6).
        picture: PNG, SVG or PDF to write.
        model: `ur3` or `ur3e`, for its link lengths.
        title: line above the picture.

    Raises:
        ConfigError: the recording cannot be read or is too short, or the picture cannot be written.
    """
    time_s, q_rad = _recording(trajectory)
    # Matplotlib without a display, and only here: it takes half a second to load.
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(11, 5), layout="constrained")
    figure.suptitle(title)
    _draw_arm(figure.add_subplot(1, 2, 1, projection="3d"), q_rad, model)
    _draw_joints(figure.add_subplot(1, 2, 2), time_s - time_s[0], q_rad)
    try:
        figure.savefig(picture, dpi=110)
    except (OSError, ValueError) as error:
        raise ConfigError(f"picture {picture} cannot be written: {error}") from error
    finally:
        pyplot.close(figure)


def _recording(trajectory: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with np.load(trajectory) as arrays:
            time_s, q_rad = arrays["time_s"], arrays["measured_rad"]
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(
            f"recording {trajectory} cannot be read ({error}): give the file that "
            "`ur3-dancer live --trajectory` wrote"
        ) from error
    last = time_s >= time_s[-1] - _SECONDS if len(time_s) else []
    if np.count_nonzero(last) < _POSES:
        raise ConfigError(f"recording {trajectory} has {len(time_s)} poses: record a longer dance")
    return time_s[last], q_rad[last]


def _draw_arm(axes, q_rad: np.ndarray, model: str) -> None:
    """Draw poses that lie evenly along the way that the joints went, the last one boldest."""
    joints_m = link_frames(model, q_rad)[..., :3, 3]
    way_rad = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(q_rad, axis=0), axis=1))])
    moments = np.searchsorted(way_rad, np.linspace(0, way_rad[-1], _POSES))
    for i, moment in enumerate(np.clip(moments, 0, len(q_rad) - 1)):
        newest = i == _POSES - 1
        axes.plot(
            *joints_m[moment].T,
            color="tab:blue" if newest else "tab:gray",
            alpha=1.0 if newest else 0.15 + 0.4 * i / _POSES,
            linewidth=6 if newest else 3,
            solid_capstyle="round",
            marker="o",
            markersize=7 if newest else 3,
        )
    axes.plot(*joints_m[:, -1].T, color="tab:orange", linewidth=1)
    axes.set(xlabel="x, m", ylabel="y, m", zlabel="z, m")
    axes.set(xlim=(-0.4, 0.3), ylim=(-0.35, 0.35), zlim=(0, 0.7))
    axes.set_box_aspect((1, 1, 1), zoom=1.1)
    axes.view_init(elev=18, azim=-145)


def _draw_joints(axes, time_s: np.ndarray, q_rad: np.ndarray) -> None:
    for name, joint in zip(JOINTS, q_rad.T, strict=True):
        axes.plot(time_s, joint - joint.mean(), label=name.removesuffix("_joint"))
    axes.set(xlabel="time, s", ylabel="joint angle about its mean, rad")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
