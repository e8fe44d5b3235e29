"""A rehearsed trajectory as files: CSV for people and spreadsheets, NPZ as `live --trajectory`."""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS


@dataclass(frozen=True)
class Trajectory:
    """Poses that an arm is to take.

    Attributes:
        times_s: (T,) increasing, when the joints are to be there; of a song: from its start.
        q: (T, 6) rad.
    """

    times_s: np.ndarray
    q: np.ndarray


def write_csv(path: Path, trajectory: Trajectory) -> None:
    """Write `time_s` and six angles in rad, a line each set-point."""
    rows = np.column_stack([trajectory.times_s, trajectory.q])
    np.savetxt(
        path, rows, fmt=["%.4f", *["%.6f"] * 6], delimiter=",",
        header=",".join(["time_s", *(f"{joint}_rad" for joint in JOINTS)]), comments="",
    )  # fmt: skip


def write_npz(path: Path, trajectory: Trajectory) -> None:
    """Write the keys of the driver's recording, as an arm that follows perfectly would give them.

    So whatever reads a performance reads a rehearsal: `measured_rad` at `time_s`, and `sent_rad`.
    """
    with path.open("wb") as file:
        np.savez_compressed(
            file, time_s=trajectory.times_s, measured_rad=trajectory.q, sent_rad=trajectory.q
        )


def read_npz(path: Path) -> Trajectory:
    """Read what `write_npz` or `live --trajectory` wrote.

    Raises:
        ConfigError: the file cannot be read, or holds no trajectory.
    """
    try:
        with np.load(path) as arrays:
            times_s, q = arrays["time_s"], arrays["measured_rad"]
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ConfigError(
            f"trajectory {path} cannot be read ({error}): give the NPZ file of rehearse or of "
            "live --trajectory"
        ) from error
    if q.shape != (len(times_s), 6) or len(times_s) < 2 or not np.isfinite(q).all():
        raise ConfigError(f"trajectory {path} has poses of shape {q.shape}: record it again")
    return Trajectory(times_s, q)
