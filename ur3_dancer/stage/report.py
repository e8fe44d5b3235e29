"""The report of a performance: the nodes' own parts and the referee's, put under stated keys."""

import json
from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.stage import beat_lag

REFEREE_KEYS = ("position", "velocity", "acceleration", "jerk", "stream_gaps", "protective_stops")


class PartFiles:
    """Where each part of a report is written while a performance runs."""

    def __init__(self, folder: Path):
        self.microphone = folder / "microphone.json"
        self.inference = folder / "inference.json"
        self.driver = folder / "driver.json"
        self.referee = folder / "referee.json"
        self.trajectory = folder / "trajectory.npz"


def build(parts: PartFiles, duration_s: float, state: str, errors: list[str]) -> dict:
    """Return the report; a part that was never written leaves its keys null.

    Args:
        parts: files that the nodes and the referee wrote.
        duration_s: seconds from the first to the last moment that all nodes were active.
        state: the driver's last state as far as it was seen; its own part knows better.
        errors: what the supervisor saw go wrong; the nodes' own errors are added.
    """
    microphone, inference, driver = map(_read, (parts.microphone, parts.inference, parts.driver))
    referee = _read(parts.referee)
    windows, used = microphone.get("windows", {}), inference.get("windows", {})
    sent, answered = windows.get("sent"), used.get("used")
    lost = None if sent is None or answered is None else max(0, sent - answered)
    said = [error for part in (microphone, inference, driver) for error in part.get("errors", [])]
    return {
        "duration_s": round(duration_s, 3),
        "audio": microphone.get("audio"),
        "model": {key: inference.get(key) for key in ("model", "fell_back")},
        "windows": {"sent": sent, "used": answered, "lost": lost},
        "latency_ms": {
            "features": microphone.get("latency_ms", {}).get("features"),
            "inference": inference.get("latency_ms", {}).get("inference"),
            "ear_to_arm": driver.get("latency_ms", {}).get("ear_to_arm"),
        },
        "servo": driver.get("servo"),
        "chunks": driver.get("chunks"),
        "motion": {
            "energy_rad_s": driver.get("motion", {}).get("energy_rad_s"),
            "beat_lag_ms": _beat_lag(
                parts.trajectory, microphone.get("beats_s"), driver.get("dancing_since_s")
            ),
        },
        "referee": {key: referee.get(key) for key in REFEREE_KEYS} if referee else None,
        "state": driver.get("state", state),
        "errors": list(dict.fromkeys([*errors, *said])),
    }


def write(report: dict, path: Path) -> None:
    """Write the report as JSON, whole or not at all.

    Raises:
        ConfigError: the file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(json.dumps(report, indent=2) + "\n")
        part.replace(path)
    except OSError as error:
        raise ConfigError(
            f"report {path} could not be written ({error}): choose another file"
        ) from error


def check_writable(path: Path) -> None:
    """Refuse an output path before anything starts, not after the show.

    Raises:
        ConfigError: its folder does not exist, or it is itself a folder.
    """
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise ConfigError(f"{path} cannot be written: give a file in a folder that exists")


def _read(path: Path) -> dict:
    return json.loads(path.read_text()) if path.is_file() else {}


def _beat_lag(trajectory: Path, beats_s: list[float] | None, since_s: float | None) -> dict | None:
    """Measure from the first danced pose on: going home has no beat."""
    if beats_s is None or since_s is None or not trajectory.is_file():
        return None
    with np.load(trajectory) as arrays:
        danced = arrays["time_s"] >= since_s
        times_s, q_rad = arrays["time_s"][danced], arrays["measured_rad"][danced]
    return beat_lag.summary(times_s, q_rad, np.array(beats_s))
