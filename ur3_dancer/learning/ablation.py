"""An ablation: trainings that differ in one thing at a time, evaluated alike, with deviations.

Each cell is a folder with a checkpoint and, at last, `result.json`, which says by a digest what it
was made of. So an interrupted ablation goes on: finished cells are read, the one under way goes on
training where it was, and a result of other settings is an error and never mixed in.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ur3_dancer.dance.catalog import load_policy
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.ablation_config import AblationConfig, Cell
from ur3_dancer.learning.evaluation import evaluate
from ur3_dancer.learning.evaluation_report import GENERATED, Report
from ur3_dancer.learning.generated import LABEL, load_songs, song_seeds
from ur3_dancer.learning.own_space import load_in_own_space
from ur3_dancer.learning.set_evaluation import Row
from ur3_dancer.learning.set_report import GROOVE_WINDOW, describe, run_on_set
from ur3_dancer.learning.tables import Table, write_whole
from ur3_dancer.learning.train import train
from ur3_dancer.motion.arm_config import ArmConfig, load_arm_config

_RESULT = "result.json"
_FORMAT = 1
_CONTROLS = "controls"
_COLUMNS = (
    ("AJE rad", "aje_rad", 3),
    ("FID rad²", "fid_rad2", 4),
    ("velocity FID", "velocity_fid_rad2_s2", 3),
    ("F own", "f", 2),
    ("F shifted", "f_shifted", 2),
    ("BAS music", "bas_music", 2),
    ("BAS motion", "bas_motion", 2),
    ("energy ×", "energy_ratio", 2),
    ("jerk ×", "jerk_ratio", 2),
)
Progress = Callable[..., Iterable]


@dataclass(frozen=True)
class Places:
    """Where an ablation lies, and with what it works.

    Attributes:
        folder: gets a folder a cell.
        data: keeps generated songs.
        workers: processes that generate songs.
        threads: of torch while training.
    """

    folder: Path
    data: Path
    workers: int = 2
    threads: int = 1


def run_ablation(
    config: AblationConfig,
    places: Places,
    say: Callable[[str], None] = lambda _: None,
    progress: Progress = lambda songs, **_: songs,
    quiet: bool = False,
) -> Report:
    """Train and evaluate every cell that is not done yet, and return the table.

    Args:
        config: what is compared.
        places: folders and processes.
        say: told which cell is under way.
        progress: wraps songs, as `tqdm` does.
        quiet: no progress bars of trainings.

    Raises:
        ConfigError: a cell there has other settings, or the data does not fit.
    """
    judge = _judge(config, places, progress)
    results = {}
    for i, cell in enumerate(config.cells):
        folder, made_of = places.folder / cell.name, judge.made_of(cell)
        found = _read(folder / _RESULT, made_of)
        if found is None:
            say(f"cell {i + 1} of {len(config.cells)}: {cell.name}")
            trained = train(
                cell.config, folder, places.data, places.workers, places.threads, quiet=quiet
            )
            record = trained.checkpoint.training
            found = {
                "parameters": record["parameters"],
                "training_s": record["training_s"],
                "figures": judge.figures(folder),
            }
            _write(folder / _RESULT, made_of, found)
        results[cell.name] = found
    file, made_of = places.folder / f"{_CONTROLS}.json", judge.made_of(None)
    controls = _read(file, made_of)
    if controls is None:
        say("controls")
        controls = judge.controls()
        _write(file, made_of, controls)
    return _report(config, results, controls, judge)


class _SongJudge:
    """Evaluates on held-out generated songs, as the live arm would dance."""

    def __init__(self, config: AblationConfig, places: Places, progress: Progress):
        self._config, self._places, self._progress = config, places, progress
        self._arm = load_arm_config(config.shared.arm)
        self.what, self.label = "held-out generated songs", LABEL
        self.songs = min(config.test_songs, config.shared.data.held_out_songs)

    def made_of(self, cell: Cell | None) -> str:
        """Return a digest of what decides a result."""
        return _digest(self._config, cell, LABEL)

    def figures(self, folder: Path) -> dict:
        """Return what one dancer reaches."""
        data, features = self._config.shared.data, self._config.shared.features
        _, seeds = song_seeds(data)
        songs = load_songs(
            seeds[: self.songs], data, features, self._places.data, self._places.workers,
            self._progress,
        )  # fmt: skip
        policy = load_policy(folder, self._arm)
        return _flat(evaluate(policy, self._arm, songs, progress=self._progress).to_dict())

    def controls(self) -> dict:
        """Return what the dancers without weights reach."""
        return {name: self.figures(name) for name in ("groove", "mean-pose")}


class _SetJudge:
    """Evaluates on the test part of a prepared set, in the paper's space."""

    def __init__(self, config: AblationConfig, prepared, progress: Progress):
        self._config, self._prepared, self._progress = config, prepared, progress
        self._arm: ArmConfig = load_arm_config(config.shared.arm)
        self._protocol = config.shared.data.protocol
        manifest = prepared.manifest
        self.label = manifest["label"]
        self.what = describe(manifest, self._protocol)
        self.songs = min(config.test_songs, len(prepared.split(self._protocol, "test")))

    def made_of(self, cell: Cell | None) -> str:
        """Return a digest of what decides a result."""
        return _digest(self._config, cell, self._prepared.manifest["hash"])

    def figures(self, folder: Path) -> dict:
        """Return what one dancer reaches."""
        policy = load_in_own_space(folder, self._arm)
        rows = self._rows({"dancer": policy}, with_groove=False)
        return _flat_row(next(row for row in rows if row.name == "dancer"))

    def controls(self) -> dict:
        """Return what the controls reach."""
        return {row.name: _flat_row(row) for row in self._rows({}, with_groove=True)}

    def _rows(self, policies: dict, with_groove: bool) -> list[Row]:
        return run_on_set(
            policies,
            self._prepared,
            self._protocol,
            self._arm,
            with_groove=with_groove,
            most_songs=self._config.test_songs,
            # The same frames count in all cells, whatever their windows.
            first=max(GROOVE_WINDOW, *self._config.windows),
            progress=self._progress,
        ).rows


def _judge(config: AblationConfig, places: Places, progress: Progress):
    folder = config.shared.data.prepared
    if not folder:
        return _SongJudge(config, places, progress)
    from ur3_dancer.learning.data.prepared import PreparedSet

    return _SetJudge(config, PreparedSet.open(Path(folder)), progress)


def _digest(config: AblationConfig, cell: Cell | None, data: str) -> str:
    content = [_FORMAT, data, config.test_songs, max(config.windows)]
    content.append(asdict((cell or config.cells[0]).config) if cell else asdict(config.shared.data))
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _flat_row(row: Row) -> dict:
    content = row.to_dict()
    return {**_flat(content["all"]), **content["paper"]}


def _flat(figures: dict) -> dict:
    """Return the columns of the table from the figures of a score or a summary."""
    kept = {key: figures[key] for _, key, _ in _COLUMNS if key in figures}
    bas = figures["beat_alignment"]
    return {
        **kept,
        "f": figures["on_beat"]["f"],
        "f_shifted": figures["shifted"]["f"],
        "bas_music": bas["over_music_beats"],
        "bas_motion": bas["over_motion_beats"],
    }


def _read(path: Path, made_of: str) -> dict | None:
    """Return a result that is there, None if there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["made_of"] == made_of:
            return content["result"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): remove it to make it again") from error
    raise ConfigError(
        f"{path} was made with other settings or other data: give another --out, or remove "
        f"{path.parent}"
    )


def _write(path: Path, made_of: str, result: dict) -> None:
    text = json.dumps({"made_of": made_of, "result": result}, indent=2, allow_nan=False) + "\n"
    write_whole(path, partial(_write_text, text=text))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _report(config: AblationConfig, results: dict, controls: dict, judge) -> Report:
    first = next(iter(results.values()))["figures"]
    columns = [column for column in _COLUMNS if column[1] in first]
    lines, cells = [], []
    for network in config.networks:
        for window in config.windows:
            seeds = [results[f"{network}-k{window}-s{seed}"] for seed in config.seeds]
            mean = {key: _mean_and_deviation(seeds, key) for _, key, _ in columns}
            parameters = seeds[0]["parameters"]
            cells.append(
                {
                    "network": network,
                    "window_frames": window,
                    "parameters": parameters,
                    "mean_and_deviation": mean,
                    "seeds": dict(zip(map(str, config.seeds), seeds, strict=True)),
                }
            )
            shown = (_shown(*mean[key], digits) for _, key, digits in columns)
            lines.append((network, str(window), f"{parameters:,}", *shown))
    for name, figures in controls.items():
        shown = (_shown(figures[key], None, digits) for _, key, digits in columns)
        lines.append((name, "–", "–", *shown))
    header = ("network", "K", "parameters", *(title for title, _, _ in columns))
    note = f"Mean ± deviation over {len(config.seeds)} seeds."
    return Report(
        title=f"Ablation {config.name}",
        facts=(
            f"{judge.what}, {judge.songs} song(s); {config.shared.optimizer.steps} steps of "
            f"{config.shared.optimizer.batch} streams in each cell.",
            *([GENERATED] if judge.label == LABEL else []),
        ),
        tables=[Table(f"Ablation {config.name}", header, tuple(lines), note)],
        content={"name": config.name, "data": judge.what, "cells": cells, "controls": controls},
    )


def _mean_and_deviation(seeds: list[dict], key: str) -> tuple[float | None, float | None]:
    """Return the mean and the sample deviation; the latter is None for one seed alone."""
    values = [seed["figures"][key] for seed in seeds]
    if any(value is None for value in values):
        return None, None
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return float(np.mean(values)), deviation


def _shown(mean: float | None, deviation: float | None, digits: int) -> str:
    if mean is None:
        return "–"
    return f"{mean:.{digits}f}" + ("" if deviation is None else f" ± {deviation:.{digits}f}")
