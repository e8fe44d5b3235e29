"""Compiled inner loops of the beat sense; what each computes stands with its class."""

import numpy as np

from ur3_dancer.music.compiling import compiled


@compiled
def hear_bands(magnitude, starts, bins, weights, loudest, compression, power, level, values):
    """Sum the power of each band, and write log levels and their rises, side by side.

    Args:
        magnitude: (bins,) float32.
        starts: (bands + 1,) where each band begins in `bins` and `weights`.
        bins: the spectrum bin of each weight.
        weights: float32.
        loudest: least power of the loudest band, float32.
        compression: what power relative to the loudest is multiplied by.
        power: (bands,) float32 to work in.
        level: (bands,) float32, the levels before and then after.
        values: (2 * bands,) float32 result.

    Returns:
        The power of the loudest band, float32.
    """
    bands = len(power)
    for band in range(bands):
        total = np.float32(0.0)
        for index in range(starts[band], starts[band + 1]):
            here = magnitude[bins[index]]
            total += here * here * weights[index]
        power[band] = total
        loudest = total if total > loudest else loudest
    scale = compression / loudest
    for band in range(bands):
        now = np.log1p(power[band] * scale) * np.float32(0.1)
        rise = now - level[band]
        values[band] = now
        values[bands + band] = rise if rise > np.float32(0.0) else np.float32(0.0)
        level[band] = now
    return loudest


@compiled
def recur(
    inputs, input_weight, input_bias, state_weight, state_bias, output_weight, output_bias,
    state, driven, carried,
):  # fmt: skip
    """Move gated recurrent layers on by one frame (reset, keep, candidate, as PyTorch has them).

    Args:
        inputs: (I,) float32.
        input_weight: (N, I, 3 * H) float32.
        input_bias: (N, 3 * H) float32.
        state_weight: (N, H, 3 * H) float32.
        state_bias: (N, 3 * H) float32.
        output_weight: (N, H) float32.
        output_bias: (N,) float32.
        state: (N, H) float32, moved on.
        driven: (3 * H,) float32 to work in.
        carried: (3 * H,) float32 to work in.

    Returns:
        The largest of the layers' logistic outputs, float32.
    """
    networks, size = state.shape
    half, one = np.float32(0.5), np.float32(1.0)
    largest = np.float32(-np.inf)
    for network in range(networks):
        for gate in range(3 * size):
            driven[gate] = input_bias[network, gate]
            carried[gate] = state_bias[network, gate]
        for place in range(len(inputs)):
            value = inputs[place]
            for gate in range(3 * size):
                driven[gate] += input_weight[network, place, gate] * value
        for place in range(size):
            value = state[network, place]
            for gate in range(3 * size):
                carried[gate] += state_weight[network, place, gate] * value
        for unit in range(size):
            reset = half * (one + np.tanh(half * (driven[unit] + carried[unit])))
            keep = half * (one + np.tanh(half * (driven[size + unit] + carried[size + unit])))
            last = 2 * size + unit
            candidate = np.tanh(driven[last] + reset * carried[last])
            state[network, unit] = candidate + keep * (state[network, unit] - candidate)
        logit = output_bias[network]
        for unit in range(size):
            logit += output_weight[network, unit] * state[network, unit]
        largest = logit if logit > largest else largest
    return half * (one + np.tanh(half * largest))


@compiled
def move_on(probability, moved, first, last, transition, beat_share, beat, other, of_period):
    """Move every state on by a frame, weigh it by what was heard, and sum over each period.

    Args:
        probability: (S,) before.
        moved: (S,) after, summing to 1.
        first: (P,) the first state of each period.
        last: (P,) the last one.
        transition: (P, P) to each period from each.
        beat_share: the first `1 / beat_share` of a period is its beat.
        beat: likelihood of the activation within the beat.
        other: the same outside.
        of_period: (P,) probability of each period.
    """
    periods, total = len(first), 0.0
    for period in range(periods):
        begun = 0.0
        for before in range(periods):
            begun += transition[period, before] * probability[last[before]]
        start, length = first[period], last[period] - first[period] + 1
        for position in range(length - 1, 0, -1):
            moved[start + position] = probability[start + position - 1]
        moved[start] = begun
        sum_ = 0.0
        for position in range(length):
            likely = beat if position * beat_share < length else other
            moved[start + position] *= likely
            sum_ += moved[start + position]
        of_period[period] = sum_
        total += sum_
    for state in range(len(moved)):
        moved[state] /= total
    for period in range(periods):
        of_period[period] /= total


@compiled
def summarise(probability, of_period, periods, first, last, turn, neighbours):
    """Return period, phase (0..1) and sharpness of the states around the most probable period.

    Args:
        probability: (S,) of each state.
        of_period: (P,) of each period.
        periods: (P,) frames.
        first: (P,) the first state of each period.
        last: (P,) the last one.
        turn: (S,) complex, the position in the beat as a point on the unit circle.
        neighbours: periods to each side that count.
    """
    best = 0
    for period in range(len(periods)):
        if of_period[period] > of_period[best]:
            best = period
    low, high = max(best - neighbours, 0), min(best + neighbours, len(periods) - 1)
    weight, logarithm = 0.0, 0.0
    for period in range(low, high + 1):
        weight += of_period[period]
        logarithm += of_period[period] * np.log(float(periods[period]))
    real, imaginary = 0.0, 0.0
    for state in range(first[low], last[high] + 1):
        real += probability[state] * turn[state].real
        imaginary += probability[state] * turn[state].imag
    phase = np.arctan2(imaginary, real) / (2 * np.pi)
    phase = phase + 1.0 if phase < 0.0 else phase
    return np.exp(logarithm / weight), phase, np.sqrt(real * real + imaginary * imaginary)
