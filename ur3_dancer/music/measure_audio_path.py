"""How late sound is heard: clicks out through a loudspeaker, in through the microphone.

A block's time says when the device handed it over, less what the sound before it lasted. What the
sound waited in drivers, in the device and in the air is not in it. A click that leaves the machine
at a known time and is found again in what was heard tells it all at once.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import correlate

from ur3_dancer.clock import Clock, SystemClock
from ur3_dancer.errors import AudioError
from ur3_dancer.music.loudspeaker import Loudspeaker
from ur3_dancer.music.source import Source

CLICKS = 12
_CLICK_S = 0.012
_CHIRP_HZ = (1500.0, 6000.0)
_GAPS_S = (0.25, 0.45)
_LEAD_S = 0.3
_LONGEST_DELAY_S = 1.0
_EARLIEST_S = 0.15
"""Sound is never heard before it is played, but devices may say that it left later than it did."""
_NEAR_S = 0.02
"""How far the delay of one click may lie from that of all together."""
_CLEAR = 5.0
"""A click counts where it stands out this many times above the sound around it."""
_HEARD_SHARE = 0.6
_START_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class AudioPath:
    """What was measured.

    Attributes:
        delay_s: median time from leaving the machine to the time that the microphone states.
        spread_s: interquartile range over the clicks.
        heard, played: clicks found again, and clicks played.
    """

    delay_s: float
    spread_s: float
    heard: int
    played: int


def click_track(rate_hz: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return samples (n,) float32 with clicks at uneven distances, and when they start, in s.

    Uneven, so that the track fits to itself in one place only. A click is a chirp: louder in a
    correlation than in a room.
    """
    random = np.random.default_rng(seed)
    starts_s = _LEAD_S + np.cumsum(random.uniform(*_GAPS_S, CLICKS))
    samples = np.zeros(int((starts_s[-1] + _LEAD_S) * rate_hz), np.float32)
    click = _click(rate_hz)
    for start_s in starts_s:
        start = round(start_s * rate_hz)
        samples[start : start + len(click)] += click
    return samples, np.round(starts_s * rate_hz) / rate_hz


def find_delay(
    heard: np.ndarray, heard_from_s: float, rate_hz: int, clicks_s: np.ndarray
) -> AudioPath:
    """Find the clicks in what was heard.

    Args:
        heard: (n,) float32 samples without gaps.
        heard_from_s: time of the first, as the microphone states it.
        rate_hz: samples a second.
        clicks_s: (C,) times at which the clicks left the machine.

    Raises:
        AudioError: too few clicks were heard.
    """
    envelope = np.abs(correlate(heard, _click(rate_hz), mode="valid", method="fft"))
    lags = np.arange(int(-_EARLIEST_S * rate_hz), int(_LONGEST_DELAY_S * rate_hz))
    places = np.round((clicks_s - heard_from_s) * rate_hz).astype(int)
    inside = places[(places + lags[0] >= 0) & (places + lags[-1] < len(envelope))]
    if not len(inside):
        raise AudioError("the microphone did not hear the whole measurement: measure again")
    together = np.sum([envelope[place + lags] for place in inside], axis=0)
    lag = int(lags[together.argmax()])
    near = int(_NEAR_S * rate_hz)
    floor = np.median(envelope[max(inside[0] - near, 0) : inside[-1] + lags[-1]]) + 1e-9
    found = []
    for place in inside:
        around = envelope[place + lag - near : place + lag + near + 1]
        if len(around) and around.max() > _CLEAR * floor:
            found.append((lag - near + int(around.argmax())) / rate_hz)
    if len(found) < _HEARD_SHARE * len(clicks_s):
        raise AudioError(
            f"only {len(found)} of {len(clicks_s)} clicks were heard: turn the loudspeaker up, "
            "bring the microphone nearer, or choose other devices (`ur3-dancer devices`)"
        )
    lower, middle, upper = np.percentile(found, (25, 50, 75))
    return AudioPath(float(middle), float(upper - lower), len(found), len(clicks_s))


def measure_audio_path(
    microphone: Source, loudspeaker: Loudspeaker, clock: Clock | None = None
) -> AudioPath:
    """Play the clicks and listen to them: about six seconds.

    Raises:
        AudioError: a device cannot be opened, fell silent, or too few clicks were heard.
    """
    clock = clock or SystemClock()
    samples, starts_s = click_track(loudspeaker.rate_hz)
    microphone.open()
    try:
        blocks = _await_sound(microphone, clock)
        loudspeaker.play(samples)
        end_s = clock.now_s() + len(samples) / loudspeaker.rate_hz + 2 * _LONGEST_DELAY_S
        while clock.now_s() < end_s:
            block = microphone.read(0.1)
            blocks += [block] if block is not None else []
    finally:
        loudspeaker.stop()
        microphone.close()
    if loudspeaker.start_s is None or loudspeaker.underruns or microphone.overruns:
        raise AudioError(
            f"the sound broke off (loudspeaker {loudspeaker.name}: {loudspeaker.underruns} "
            f"underruns; microphone {microphone.name}: {microphone.overruns} overruns): end other "
            "programs and measure again"
        )
    heard = np.concatenate([block.samples for block in blocks])
    # The sample clock finds its line in the first second: the last block's time is the truest.
    last = blocks[-1]
    before_s = (len(heard) - len(last.samples)) / microphone.rate_hz
    clicks_s = loudspeaker.start_s + starts_s
    return find_delay(heard, last.start_s - before_s, microphone.rate_hz, clicks_s)


def _await_sound(microphone: Source, clock: Clock) -> list:
    deadline_s = clock.now_s() + _START_TIMEOUT_S
    while clock.now_s() < deadline_s:
        block = microphone.read(0.1)
        if block is not None:
            return [block]
    raise AudioError(
        f"microphone {microphone.name} gave no sound within {_START_TIMEOUT_S:g} s: check its "
        "cable and `ur3-dancer devices`"
    )


def _click(rate_hz: int) -> np.ndarray:
    time_s = np.arange(int(_CLICK_S * rate_hz)) / rate_hz
    low_hz, high_hz = _CHIRP_HZ
    phase = 2 * np.pi * (low_hz * time_s + (high_hz - low_hz) / (2 * _CLICK_S) * time_s**2)
    return (0.8 * np.hanning(len(time_s)) * np.sin(phase)).astype(np.float32)
