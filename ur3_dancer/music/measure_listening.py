"""How a source is heard: latency from capture to window, losses, cost, and memory over hours."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ur3_dancer.clock import Clock, SystemClock
from ur3_dancer.errors import AudioError
from ur3_dancer.music.block import Block
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.source import Source
from ur3_dancer.music.spec import FeatureSpec
from ur3_dancer.music.track import built_in_track

_READ_TIMEOUT_S = 0.1
_LONGEST_WAIT_S = 10.0
_BLOCK = 4800


def measure_listening(
    source: Source, spec: FeatureSpec, seconds_s: float, clock: Clock | None = None
) -> dict:
    """Listen to a source and return how that went.

    Keys: `capture_to_window_ms` and `cost_ms` with p50, p99 and max (`cost_ms` is what all blocks
    of a frame took together), `device_latency_ms` (what PortAudio says that a sample waits in the
    device, which is part of the former), `windows`, `heard_s`, `overruns`, `gaps`, `drift_ppm`,
    `missing_ms` (sound that never came, as far as it was noticed), `level_db`, and
    `unaccounted_ms`: how much longer the sound lasted, by the times of its blocks, than its samples
    and what is missing; what exceeds the drift was lost unseen.

    Raises:
        AudioError: the source cannot be opened or breaks off.
    """
    clock = clock or SystemClock()
    listener = Listener(spec, 1, source.rate_hz)
    listener.warm_up()
    source.open()
    try:
        latency_s, cost_s, blocks = _listen(source, listener, seconds_s, clock)
    finally:
        state = {
            "overruns": source.overruns,
            "drift_ppm": round(source.drift_ppm, 1),
            "device_latency_ms": round(1e3 * source.device_latency_s, 1),
        }
        source.close()
    first_s, last_s, samples = blocks
    missing_s = listener.missing / source.rate_hz
    counted_s = samples / source.rate_hz + missing_s
    return {
        "source": source.name,
        "rate_hz": source.rate_hz,
        "spec": spec.name,
        "heard_s": round(last_s - first_s, 3),
        "windows": len(latency_s),
        "capture_to_window_ms": _percentiles(np.array(latency_s) + source.device_latency_s),
        "cost_ms": _percentiles(np.array(cost_s)),
        **state,
        "gaps": listener.gaps,
        "missing_ms": round(1e3 * missing_s, 1),
        "unaccounted_ms": round(1e3 * (last_s - first_s - counted_s), 1),
        "level_db": round(listener.meter.level_db, 1),
    }


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep that many processes busy for the length of the block, as a loaded machine would be."""
    command = [sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(command) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def measure_memory(spec: FeatureSpec, minutes: float = 60.0) -> dict:
    """Hear the built-in track over and over, as fast as can be, and watch the memory.

    Keys: `minutes`, `memory_mb` (after a tenth of the time, and at the end), `growth_mb` (the
    largest after that tenth, less what it was then), `times_real_time`.
    """
    clock, song = SystemClock(), built_in_track()
    listener = Listener(spec, 20, song.rate_hz)
    listener.warm_up()
    count = int(minutes * 60 * song.rate_hz / _BLOCK)
    memory_mb, began_s = [], clock.now_s()
    for index in range(count):
        start = index * _BLOCK % (len(song.samples) - _BLOCK)
        samples = song.samples[start : start + _BLOCK]
        listener.process(Block(samples, index * _BLOCK / song.rate_hz))
        if index % 100 == 0:
            memory_mb.append(resident_mb())
    spent_s = clock.now_s() - began_s
    settled = memory_mb[len(memory_mb) // 10 :]
    return {
        "spec": spec.name,
        "minutes": minutes,
        "memory_mb": [round(settled[0], 1), round(settled[-1], 1)],
        "growth_mb": round(max(settled) - settled[0], 2),
        "times_real_time": round(60.0 * minutes / spent_s, 1),
    }


def resident_mb() -> float:
    """Return the memory that this process occupies now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _listen(source: Source, listener: Listener, seconds_s: float, clock: Clock):
    """Return latencies, costs, and when the first block began, the last ended, and the samples."""
    latency_s, cost_s, spent_s = [], [], 0.0
    first_s = last_s = float("nan")
    samples, waited_since_s = 0, clock.now_s()
    while not source.ended and not last_s - first_s >= seconds_s:
        block = source.read(_READ_TIMEOUT_S)
        if block is None:
            if clock.now_s() - waited_since_s > _LONGEST_WAIT_S and not source.ended:
                raise AudioError(
                    f"{source.name} gave no sound for {_LONGEST_WAIT_S:.0f} s: check that it is "
                    "not muted or suspended"
                )
            continue
        waited_since_s = before_s = clock.now_s()
        windows = listener.process(block)
        after_s = clock.now_s()
        spent_s += after_s - before_s
        if windows:
            cost_s.append(spent_s / len(windows))
            spent_s = 0.0
        latency_s += [after_s - window.time_s for window in windows]
        first_s = block.start_s if np.isnan(first_s) else first_s
        last_s = block.start_s + len(block.samples) / source.rate_hz
        samples += len(block.samples)
    return latency_s, cost_s, (first_s, last_s, samples)


def _percentiles(values_s: np.ndarray) -> dict[str, float]:
    names = ("p50", "p99", "max")
    values_ms = 1e3 * np.percentile(values_s, [50, 99, 100]) if len(values_s) else [np.nan] * 3
    return {name: round(float(value), 3) for name, value in zip(names, values_ms, strict=True)}
