"""Compiled inner loops of the feature groups; what each computes stands with the group.

Plain loops over arrays that the caller owns. Nothing is allocated, and no sum is reordered; where a
sum runs over the outer loop, that lets the compiler work on several of them at once. Slices are not
assigned to: each would take Numba a third of a second to compile.
"""

import numpy as np

from ur3_dancer.music.compiling import compiled


@compiled
def banded_power(magnitude, starts, bins, weights, power):
    """Sum squared magnitudes under each filter of a bank."""
    for band in range(len(power)):
        total = np.float32(0.0)
        for index in range(starts[band], starts[band + 1]):
            level = magnitude[bins[index]]
            total += level * level * weights[index]
        power[band] = total


@compiled
def decibels(power, loudest_db, range_db, level_db):
    """Write dB floored below the loudest so far; return the loudest."""
    for band in range(len(power)):
        level_db[band] = np.float32(10.0) * np.log10(max(power[band], np.float32(1e-10)))
        loudest_db = max(loudest_db, level_db[band])
    for band in range(len(power)):
        level_db[band] = max(level_db[band], loudest_db - range_db)
    return loudest_db


@compiled
def cepstrum(power, loudest_db, range_db, dct, level_db, recent, delta):
    """Append the coefficients of a frame to the recent ones, and write their slope.

    Args:
        power: (bands,) float32.
        loudest_db: loudest level so far, float32.
        range_db: how far below that levels are floored, float32.
        dct: (bands, coefficients) float32.
        level_db: (bands,) float32 to work in.
        recent: (3, coefficients) float32, newest last.
        delta: (coefficients,) float32 result.

    Returns:
        The loudest level now, float32.
    """
    loudest_db = decibels(power, loudest_db, range_db, level_db)
    for coefficient in range(len(delta)):
        recent[0, coefficient] = recent[1, coefficient]
        recent[1, coefficient] = recent[2, coefficient]
        recent[2, coefficient] = 0.0
    for band in range(len(level_db)):
        relative_db = level_db[band] - loudest_db
        for coefficient in range(len(delta)):
            recent[2, coefficient] += dct[band, coefficient] * relative_db
    for coefficient in range(len(delta)):
        rise = recent[2, coefficient] - recent[0, coefficient]
        delta[coefficient] = rise * np.float32(0.5)
    return loudest_db


@compiled
def mean_rise(power, loudest_db, range_db, level_db, previous_db):
    """Return the loudest level now, and the mean over bands of how many dB each rose.

    The new levels replace `previous_db`; `level_db` is to work in.
    """
    loudest_db = decibels(power, loudest_db, range_db, level_db)
    total = np.float32(0.0)
    for band in range(len(level_db)):
        total += max(level_db[band] - previous_db[band], np.float32(0.0))
        previous_db[band] = level_db[band]
    return loudest_db, total / np.float32(len(level_db))


@compiled
def replace_ordered(ordered, oldest, newest, below):
    """Take one row out of (rows, bins) that are ordered in each bin, and put another in.

    Args:
        ordered: smallest row first.
        oldest: (bins,) values to take out; each must be there.
        newest: (bins,) values to put in.
        below: (bins,) to work in.
    """
    rows, bins = ordered.shape
    for column in range(bins):
        below[column] = -np.inf
    for row in range(rows - 1):
        for column in range(bins):
            here, new = ordered[row, column], newest[column]
            # The row as it is once the oldest value is out.
            left = here if here < oldest[column] else ordered[row + 1, column]
            smaller = left if left < new else new
            ordered[row, column] = smaller if smaller > below[column] else below[column]
            below[column] = left
    for column in range(bins):
        new = newest[column]
        ordered[rows - 1, column] = new if new > below[column] else below[column]


@compiled
def running_median(values, reach, padded, ordered, oldest, newest, below, medians):
    """Write the median of each value and `reach` neighbours to each side, ends mirrored.

    The values are cut into stretches, one a lane, over which windows slide at once, so that the
    compiler works on several bins in one instruction.

    Args:
        values: (n,) float32, n > reach.
        reach: neighbours to each side.
        padded: (lanes * ceil(n / lanes) + 2 * reach,) to work in.
        ordered: (2 * reach + 1, lanes) to work in.
        oldest: (lanes,) to work in.
        newest: (lanes,) to work in.
        below: (lanes,) to work in.
        medians: (n,) result.
    """
    count = len(values)
    size, lanes = ordered.shape
    stretch = -(-count // lanes)
    for index in range(len(padded)):
        place = index - reach
        place = -place - 1 if place < 0 else place
        place = 2 * count - 1 - place if place >= count else place
        padded[index] = values[place]
    for lane in range(lanes):
        oldest[lane] = np.inf
        for rank in range(size):
            ordered[rank, lane] = np.inf
    for step in range(size - 1 + stretch):
        for lane in range(lanes):
            newest[lane] = padded[lane * stretch + step]
            if step >= size:
                oldest[lane] = padded[lane * stretch + step - size]
        replace_ordered(ordered, oldest, newest, below)
        first = step - size + 1
        if first >= 0:
            for lane in range(lanes):
                if lane * stretch + first < count:
                    medians[lane * stretch + first] = ordered[reach, lane]


@compiled
def soft_mask(wanted, other, spectrum, result):
    """Write the share of `wanted` in power times the spectrum; half where both are nothing."""
    tiny, one, half = np.float32(1.1754944e-38), np.float32(1.0), np.float32(0.5)
    for index in range(len(wanted)):
        loudest = wanted[index] if wanted[index] > other[index] else other[index]
        nothing = loudest < tiny
        scale = one if nothing else loudest
        first, second = wanted[index] / scale, other[index] / scale
        first, second = first * first, second * second
        total = one if nothing else first + second
        result[index] = spectrum[index] * (half if nothing else first / total)


@compiled
def resonate(sound, drive, decay, states, driven, weight, chroma, quiet):
    """Move a bank of three-pole resonators on by a hop and fold their magnitudes to 12 classes.

    Args:
        sound: (hop,), taken as float32.
        drive: (piece, 6 * R) float32: what each sample of a piece adds to the states at its end:
            real parts of the three poles, then imaginary parts.
        decay: (3, R) complex: what is left after a piece without sound: of a pole in itself, in
            the next pole, and of the first in the third.
        states: (3, R) complex.
        driven: (6 * R,) float32 to work in.
        weight: (R,) float32.
        chroma: (12,) float32 result.
        quiet: least divisor of the result.
    """
    piece, count = len(drive), states.shape[1]
    for start in range(0, len(sound), piece):
        for place in range(6 * count):
            driven[place] = 0.0
        for index in range(piece):
            sample = np.float32(sound[start + index])
            for place in range(6 * count):
                driven[place] += drive[index, place] * sample
        for note in range(count):
            first, second, third = states[0, note], states[1, note], states[2, note]
            third = decay[0, note] * third + decay[1, note] * second + decay[2, note] * first
            second = decay[0, note] * second + decay[1, note] * first
            first = decay[0, note] * first
            real, imaginary = note, note + 3 * count
            states[0, note] = first + complex(driven[real], driven[imaginary])
            real, imaginary = real + count, imaginary + count
            states[1, note] = second + complex(driven[real], driven[imaginary])
            real, imaginary = real + count, imaginary + count
            states[2, note] = third + complex(driven[real], driven[imaginary])
    for pitch in range(12):
        chroma[pitch] = 0.0
    for note in range(count):
        last = states[2, note]
        magnitude = np.float32(np.sqrt(last.real * last.real + last.imag * last.imag))
        chroma[note % 12] += magnitude * weight[note]
    largest = quiet
    for pitch in range(12):
        largest = chroma[pitch] if chroma[pitch] > largest else largest
    for pitch in range(12):
        chroma[pitch] /= largest


@compiled
def autocorrelation(onset, window, recent, weighted, values, silent):
    """Append an onset; write the autocorrelation of the weighted ones, with lag 0 scaled to 1."""
    count = len(recent)
    for index in range(count - 1):
        recent[index] = recent[index + 1]
    recent[count - 1] = onset
    for index in range(count):
        weighted[index] = window[index] * recent[index]
        values[index] = 0.0
    for first in range(count):
        earlier = weighted[first]
        for lag in range(count - first):
            values[lag] += earlier * weighted[first + lag]
    scale = 1.0 / values[0] if values[0] > silent else 0.0
    for lag in range(count):
        values[lag] *= scale
