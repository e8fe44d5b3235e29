"""From a data set to a prepared set: one song a process, whole or not at all.

Each dance becomes a part file; when all are there, they are laid end to end into the arrays, and
the manifest is written last. Killed at any moment, the same command goes on where it stopped.
"""

import errno
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path

from ur3_dancer import motion, music
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data import sources
from ur3_dancer.learning.data.assemble import assemble
from ur3_dancer.learning.data.item import Entry
from ur3_dancer.learning.data.parts import (
    Job,
    Outcome,
    PartSettings,
    first_sample,
    make_parts,
    read_facts,
)
from ur3_dancer.learning.data.prepared import MANIFEST_FILE, read_manifest
from ur3_dancer.learning.worker import worker_pool
from ur3_dancer.motion.arm_angles import METHODS, SIDES
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.resources import find

PARTS_FOLDER = "parts"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MOTION_SOURCES = ("arm_angles", "body", "body_pose", "rotations")


@dataclass(frozen=True)
class Prepared:
    """What came of it.

    Attributes:
        manifest: of the set.
        skipped: a line for each dance that was left out.
        notes: a line for each that was prepared without something.
        was_there: the set had been whole before.
    """

    manifest: dict
    skipped: tuple[str, ...]
    notes: tuple[str, ...] = ()
    was_there: bool = False


def prepare(
    folder: Path,
    out: Path,
    settings: PartSettings,
    workers: int = 1,
    progress: Callable[..., Iterable] = lambda work, **_: work,
) -> Prepared:
    """Prepare a data set for training.

    Args:
        folder: of the data set.
        out: gets the prepared set.
        settings: how.
        workers: processes; 1 works in this one.
        progress: wraps finished work with its `total`, as `tqdm` does.

    Raises:
        ConfigError: a setting or folder cannot be used, no dance is left, or the disk is full.
    """
    _check(settings, workers)
    catalogue = sources.catalogue(settings.source, folder)
    if not catalogue.entries:
        raise _nothing(folder, catalogue.skipped)
    paths = _part_paths(catalogue.entries, settings, out)
    key = hashlib.sha256("".join(path.name for path in paths.values()).encode()).hexdigest()
    there = _claim(out, key)
    if there:
        return Prepared(there, tuple(there["skipped"]), was_there=True)
    jobs = _jobs(catalogue.entries, settings, paths)
    try:
        (out / PARTS_FOLDER).mkdir(parents=True, exist_ok=True)
        outcome = _run(jobs, workers, progress)
        skipped = (*catalogue.skipped, *sorted(outcome.skipped))
        facts = {name: read_facts(path) for name, path in paths.items()}
        made = [(path, facts[name]) for name, path in paths.items() if facts[name]]
        if not made:
            raise _nothing(folder, (*sorted(outcome.skipped), *catalogue.skipped))
        about = {
            "label": catalogue.label,
            **asdict(settings),
            "key": key,
            "crossmodal": {part: list(names) for part, names in catalogue.crossmodal.items()},
            "skipped": list(skipped),
        }
        manifest = assemble(out, made, feature_spec(settings.features), about)
        shutil.rmtree(out / PARTS_FOLDER)
    except OSError as error:
        raise _not_written(out, error) from error
    return Prepared(manifest, skipped, tuple(outcome.notes))


def _check(settings: PartSettings, workers: int) -> None:
    feature_spec(settings.features)
    for what, value, known in (
        ("side", settings.side, SIDES),
        ("angles", settings.angles, METHODS),
    ):
        if value not in known:
            raise ConfigError(f"{what} is {value!r}: choose one of {', '.join(known)}")
    if workers < 1:
        raise ConfigError(f"--workers is {workers}: give 1 or more")


def _nothing(folder: Path, skipped: Iterable[str]) -> ConfigError:
    """Return what to say when no dance is left: why, at the example of the first."""
    reasons = list(skipped)
    why = f"all {len(reasons)} were skipped, the first one as {reasons[0]}" if reasons else "empty"
    return ConfigError(f"{folder} has no dance that can be prepared: {why}")


def _claim(out: Path, key: str) -> dict | None:
    """Return the manifest if the folder holds this very set already; refuse foreign folders."""
    if not out.exists():
        return None
    if not out.is_dir():
        raise ConfigError(f"{out} is a file: give a folder")
    if (out / MANIFEST_FILE).exists():
        manifest = read_manifest(out)
        if manifest.get("key") == key:
            return manifest
        raise ConfigError(
            f"{out} holds another prepared set ({manifest['source']}, {manifest['features']}, "
            f"{manifest['side']} arm, {manifest['angles']} angles), or its data or this program "
            "changed: give another --out, or remove that folder"
        )
    if any(out.iterdir()) and not (out / PARTS_FOLDER).is_dir():
        raise ConfigError(f"{out} holds something else: give a new or empty folder")
    return None


def _part_paths(entries: Iterable[Entry], settings: PartSettings, out: Path) -> dict[str, Path]:
    """Return where each dance's part is: by all that decides what is in it."""
    code, paths = _code_digest(), {}
    for entry in entries:
        files = [
            (str(path), (found := path.stat()).st_size, found.st_mtime_ns)
            for path in (entry.music_path, entry.motion_path, entry.lyrics_path)
            if path is not None
        ]
        what = json.dumps([code, asdict(settings), asdict(entry), files], default=str)
        digest = hashlib.sha256(what.encode()).hexdigest()[:32]
        paths[entry.name] = out / PARTS_FOLDER / f"{digest}.npz"
    return paths


def _code_digest() -> str:
    """Return a digest of all code and weights that decide what is heard and danced."""
    digest, here = hashlib.sha256(), Path(__file__).parent
    body = Path(motion.__file__).parent
    files = [*Path(music.__file__).parent.glob("*.py"), *here.glob("*.py")]
    files += [body / f"{name}.py" for name in _MOTION_SOURCES]
    files.append(find("resource/checkpoints/beat/model.safetensors"))
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _jobs(entries: Iterable[Entry], settings: PartSettings, paths: dict[str, Path]) -> list[Job]:
    """Put together the dances that hear the same music on the same grid of frames."""
    spec, groups = feature_spec(settings.features), {}
    for entry in entries:
        phase = first_sample(entry, spec) % spec.hop_samples
        groups.setdefault((entry.music_path, phase), []).append(entry)
    return [
        Job(settings, tuple(group), tuple(paths[entry.name] for entry in group))
        for group in groups.values()
    ]


def _run(jobs: list[Job], workers: int, progress: Callable[..., Iterable]) -> Outcome:
    whole = Outcome([], [])
    for outcome in progress(_outcomes(jobs, workers), total=len(jobs), desc="music", unit="song"):
        whole.skipped.extend(outcome.skipped)
        whole.notes.extend(outcome.notes)
    return whole


def _outcomes(jobs: list[Job], workers: int) -> Iterable[Outcome]:
    """Yield what each job has to tell, as they end."""
    if workers == 1:
        yield from map(make_parts, jobs)
        return
    with worker_pool(min(workers, len(jobs))) as pool:
        running = [pool.submit(make_parts, job) for job in jobs]
        try:
            for done in as_completed(running):
                yield done.result()
        except BrokenProcessPool as error:
            raise ConfigError(
                "a process that prepared songs was ended from outside (too little memory?): run "
                "the same command again, it goes on from what is there; give fewer --workers"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _not_written(out: Path, error: OSError) -> ConfigError:
    if error.errno in _NO_ROOM:
        return ConfigError(
            f"{out}: the disk is full ({error.strerror}): make room and run the same command "
            "again, it goes on from what is there"
        )
    return ConfigError(f"{out} cannot be written ({error.strerror or error}): give another --out")
