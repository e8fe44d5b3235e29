"""What an answer costs: policies hear windows as live, on one core, at the pace of life."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from ur3_dancer.clock import Clock, SystemClock
from ur3_dancer.dance.catalog import Arm, load_policy
from ur3_dancer.dance.checkpoint import Checkpoint
from ur3_dancer.dance.lstm import Lstm, LstmConfig
from ur3_dancer.dance.mdlt_m import MdltM, MdltMConfig
from ur3_dancer.dance.mdlt_m_policy import MdltMPolicy
from ur3_dancer.dance.mdlt_policy import MdltPolicy, WindowNetwork
from ur3_dancer.dance.mdlt_t import MdltT, MdltTConfig
from ur3_dancer.dance.policy import Policy, PolicySpec
from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.dance.spent_time import percentiles_ms, spent_ms
from ur3_dancer.music.measure_listening import resident_mb
from ur3_dancer.music.normalizer import Normalizer
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.music.window import Window

MODELS = ("mdlt_t", "mdlt_t_paper", "mdlt_t_paper_eager", "mdlt_m", "lstm")
_FEATURES = "mdlt60"
_LONG_K, _PAPER_K, _PAPER_JOINTS = 1200, 120, 4
_SONG_FRAMES = 3000
_WATCHED_EVERY = 500


def measure_inference(
    models: tuple[str, ...],
    arm: Arm,
    frames: int = 600,
    soak_frames: int = 0,
    paced: bool = True,
    clock: Clock | None = None,
) -> dict:
    """Return what a frame costs each model, in ms, on one core.

    Args:
        models: of `MODELS`, or other names and folders that `load_policy` knows.
        arm: dances with the models that have weights.
        frames: windows to answer.
        soak_frames: windows to answer afterwards, back to back, while memory is watched.
        paced: one window each frame time, as live; back to back the caches stay warm, and the cost
            is understated.
        clock: tells time and waits.

    Returns:
        `{p50_ms, p99_ms, first_ms}` for each model, where `first_ms` is the first window's after a
        reset; `mdlt_m` has these for `k120` and `k1200`; with a soak also `growth_mb`.

    Raises:
        ConfigError: a model is unknown.
        CheckpointError: a model's checkpoint cannot be used.
    """
    clock, result = clock or SystemClock(), {}
    with one_core() as core:
        for name in models:
            of_model = {
                part: _measure(make(), frames, soak_frames, paced, clock)
                for part, make in _policies(name, arm).items()
            }
            result[str(name)] = of_model.get("", of_model)
    return {"core": core, "frames": frames, "paced": paced, **result}


def _policies(name: str, arm: Arm) -> dict[str, Callable[[], Policy]]:
    """Return how each part of a model is made; the part is empty where there is one."""
    if name == "mdlt_t":
        return {"": lambda: load_policy("mdlt-t", arm)}
    if name == "mdlt_t_paper":
        return {"": lambda: _paper_mdlt_t(None)}
    if name == "mdlt_t_paper_eager":
        return {"": lambda: _paper_mdlt_t(_AllPositions)}
    if name == "mdlt_m":
        return {f"k{K}": lambda K=K: _paper_mdlt_m(K) for K in (_PAPER_K, _LONG_K)}
    if name == "lstm":
        config = LstmConfig(joints=_PAPER_JOINTS)
        return {"": lambda: MdltPolicy(_checkpoint(name, config), Lstm(config))}
    return {"": lambda: load_policy(name, arm)}


class _AllPositions:
    """The network as the public code runs it: every position is worked out, for one to be used."""

    def __init__(self, model: MdltT):
        self._model = model.eval()

    @torch.inference_mode()
    def answer(self, music: np.ndarray, past: np.ndarray) -> np.ndarray:
        """See `mdlt_policy.WindowNetwork`."""
        music, past = torch.from_numpy(music)[None], torch.from_numpy(past)[None]
        return self._model(music, past)[0, -1].numpy()


def _paper_mdlt_t(live: Callable[[MdltT], WindowNetwork] | None) -> MdltPolicy:
    """Return MDLT-T in the paper's sizes, with random weights: what they are costs nothing."""
    config = MdltTConfig(joints=_PAPER_JOINTS, horizon=1)
    model = MdltT(config)
    return MdltPolicy(_checkpoint("mdlt-t", config), model, live(model) if live else None)


def _paper_mdlt_m(window_frames: int) -> MdltMPolicy:
    """Return MDLT-M in the paper's sizes, and with what live dancing adds: horizon and poses."""
    config = MdltMConfig(
        joints=_PAPER_JOINTS, window_frames=window_frames, horizon=30, pose_feedback=True
    )
    return MdltMPolicy(_checkpoint("mdlt-m", config), MdltM(config))


def _checkpoint(kind: str, config: MdltTConfig | MdltMConfig | LstmConfig) -> Checkpoint:
    music = feature_spec(_FEATURES)
    spec = PolicySpec(
        name=kind,
        features=music.name,
        window_frames=config.window_frames,
        feature_count=music.count,
        rate_hz=music.rate_hz,
        horizon=config.horizon,
        pose_space=MDLT_ARM,
    )
    normalizer = Normalizer(np.zeros(music.count), np.ones(music.count))
    return Checkpoint(kind, spec, {}, normalizer, np.zeros(_PAPER_JOINTS), training={})


def _measure(policy: Policy, frames: int, soak_frames: int, paced: bool, clock: Clock) -> dict:
    policy.warm_up()
    windows, rate_hz = _windows(policy.spec), policy.spec.rate_hz if paced else None
    timed = islice(windows, frames + 1)
    first_ms, *later_ms = spent_ms(policy.predict, timed, clock, rate_hz)
    result = {**percentiles_ms(later_ms), "first_ms": round(first_ms, 3)}
    if soak_frames:
        result["growth_mb"] = round(_growth_mb(policy, windows, soak_frames), 3)
    return result


def _windows(spec: PolicySpec) -> Iterator[Window]:
    """Give the windows of a stream that never ends; each is new memory, as from a message."""
    random, K = np.random.default_rng(0), spec.window_frames
    song = random.random((_SONG_FRAMES, spec.feature_count)).astype(np.float32)
    index = 0
    while True:
        rows = np.arange(index, index + K) % len(song)
        yield Window(song[rows], index / spec.rate_hz, spec.rate_hz)
        index += 1


def _growth_mb(policy: Policy, windows: Iterator[Window], frames: int) -> float:
    """Return the largest memory after a tenth of the frames, less what it was then."""
    memory_mb = []
    for index in range(frames):
        policy.predict(next(windows))
        if index % _WATCHED_EVERY == 0:
            memory_mb.append(resident_mb())
    settled = memory_mb[len(memory_mb) // 10 :]
    return max(settled) - settled[0]


@contextmanager
def one_core() -> Iterator[int | None]:
    """Keep this thread, and the threads that it starts, on one core; None where that cannot be."""
    if not hasattr(os, "sched_setaffinity"):
        yield None
        return
    before = os.sched_getaffinity(0)
    core = max(before)
    os.sched_setaffinity(0, {core})
    try:
        yield core
    finally:
        os.sched_setaffinity(0, before)


def load() -> list[float] | None:
    """Return how many threads wanted to run over the last 1, 5 and 15 minutes (Linux)."""
    try:
        return [float(part) for part in Path("/proc/loadavg").read_text().split()[:3]]
    except OSError:
        return None
