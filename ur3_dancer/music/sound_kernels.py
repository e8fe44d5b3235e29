"""Compiled inner loops from samples to spectra; see `kernels` for how they are written."""

import numpy as np

from ur3_dancer.music.compiling import compiled


@compiled
def make_safe(samples, gain):
    """Multiply finite samples by the gain and clip them; others become 0."""
    one = np.float32(1.0)
    for index in range(len(samples)):
        sample = samples[index] * gain if np.isfinite(samples[index]) else np.float32(0.0)
        sample = one if sample > one else sample
        samples[index] = -one if sample < -one else sample


@compiled
def loudness(samples):
    """Return the largest magnitude, the mean power, and the count of samples at full scale."""
    largest, total, full = np.float32(0.0), 0.0, 0
    for index in range(len(samples)):
        magnitude = abs(samples[index])
        largest = magnitude if magnitude > largest else largest
        total += magnitude * magnitude
        full += magnitude >= np.float32(1.0)
    return largest, total / len(samples), full


@compiled
def high_pass(samples, state, gain, pole, window, history, sound, windowed):
    """Filter a hop, append it to the history, and lay the window over that."""
    hop, kept = len(samples), len(history) - len(samples)
    for index in range(kept):
        history[index] = history[index + hop]
    carried = state[0]
    for index in range(hop):
        sample = np.float64(samples[index])
        sounding = gain * sample + carried
        carried = -gain * sample + pole * sounding
        sound[index] = sounding
        history[kept + index] = sounding
    state[0] = carried
    for index in range(len(history)):
        windowed[index] = window[index] * history[index]


@compiled
def magnitudes(samples, cosine, sine, real, imaginary, other_real, other_imaginary, magnitude):
    """Write the absolute values of the Fourier transform of real samples.

    Even and odd samples go as real and imaginary parts through one complex transform of half the
    length (Stockham's, radix 2, which needs no reordering), and are told apart at its end. NumPy's
    own transform is as fast when called often, and four times as slow once every 16 ms.

    Args:
        samples: (n,) float64, n a power of two.
        cosine: (n / 2 + 1,) of `2 pi k / n`.
        sine: the same.
        real: (n / 2,) float64 to work in.
        imaginary: the same.
        other_real: the same.
        other_imaginary: the same.
        magnitude: (n / 2 + 1,) float32 result.
    """
    half = len(real)
    for index in range(half):
        real[index], imaginary[index] = samples[2 * index], samples[2 * index + 1]
    length, stride = half, 1
    while length > 1:
        middle, turn = length // 2, 2 * half // length
        for pair in range(middle):
            cos, sin = cosine[pair * turn], -sine[pair * turn]
            first, second, target = stride * pair, stride * (pair + middle), 2 * stride * pair
            for offset in range(stride):
                rise = real[first + offset] - real[second + offset]
                fall = imaginary[first + offset] - imaginary[second + offset]
                other_real[target + offset] = real[first + offset] + real[second + offset]
                other_imaginary[target + offset] = (
                    imaginary[first + offset] + imaginary[second + offset]
                )
                other_real[target + stride + offset] = rise * cos - fall * sin
                other_imaginary[target + stride + offset] = rise * sin + fall * cos
        real, other_real = other_real, real
        imaginary, other_imaginary = other_imaginary, imaginary
        length, stride = middle, 2 * stride
    for index in range(half + 1):
        here, there = index % half, (half - index) % half
        even_real = 0.5 * (real[here] + real[there])
        even_imaginary = 0.5 * (imaginary[here] - imaginary[there])
        odd_real = 0.5 * (imaginary[here] + imaginary[there])
        odd_imaginary = 0.5 * (real[there] - real[here])
        across = even_real + cosine[index] * odd_real + sine[index] * odd_imaginary
        up = even_imaginary + cosine[index] * odd_imaginary - sine[index] * odd_real
        magnitude[index] = np.float32(np.sqrt(across * across + up * up))


@compiled
def weighted_sums(sound, taps, first, step, output):
    """Write the sums of `resample.Resampler`, each over the taps of its own phase."""
    up, count = taps.shape
    for index in range(len(output)):
        position = first + index * step
        start, phase = position // up, position % up
        total = np.float32(0.0)
        for tap in range(count):
            total += sound[start + tap] * taps[phase, tap]
        output[index] = total
