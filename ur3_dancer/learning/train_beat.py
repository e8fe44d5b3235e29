"""Train the beat networks on generated songs: `python -m ur3_dancer.learning.train_beat`.

About 15 minutes on two idle cores. Prints the loss on songs that they never saw; the README of the
shipped checkpoint states where it ended.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from scipy.signal import lfilter
from torch import nn
from tqdm import tqdm

from ur3_dancer.music.beat_bands import BANDS, RATE_HZ, BeatBands
from ur3_dancer.music.beat_network import DELAY_FRAMES
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import SPECS
from ur3_dancer.music.spectrum import Spectrum
from ur3_dancer.music.synth import generate_song

_SPEC = SPECS["mdlt60"]
_SONG_S = 36.0
_CROP_FRAMES = 900
_BEAT_WEIGHT = 4.0


class BeatModel(nn.Module):
    """The network as `music.beat_network` runs it: one GRU layer and a logistic output."""

    def __init__(self, hidden: int):
        super().__init__()
        self.recurrent = nn.GRU(2 * BANDS, hidden, batch_first=True)
        self.output = nn.Linear(hidden, 1)

    def forward(self, bands: torch.Tensor) -> torch.Tensor:
        """Map (B, T, 2 * BANDS) to (B, T) logits."""
        return self.output(self.recurrent(bands)[0])[..., 0]


def heard_song(
    seed: int, samples_dir: Path | None, in_a_room: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return beat bands (T, 2 * BANDS) and targets (T,) of a song.

    Synthetic songs are cleaner than any music; what is done to them here decides how the network
    fares in life. One in twelve has no beat at all, one in five a silence in the middle.
    """
    rng = np.random.default_rng([seed, 1])
    profile = rng.choice(["constant", "constant", "ramp", "jump"])
    song = generate_song(seed, _SONG_S, tempo_profile=str(profile), samples_dir=samples_dir)
    samples, beats_s = song.samples.copy(), song.beats_s
    if rng.random() < 1 / 12:
        samples, beats_s = np.zeros_like(samples), np.zeros(0)
    if rng.random() < 0.2:
        start_s = rng.uniform(5.0, song.duration_s - 12.0)
        end_s = start_s + rng.uniform(2.0, 6.0)
        samples[int(start_s * song.rate_hz) : int(end_s * song.rate_hz)] = 0.0
        beats_s = beats_s[(beats_s < start_s) | (beats_s > end_s)]
    samples = _in_a_room(samples, seed, rng) if in_a_room else _nearby(samples, rng)
    sound = Resampler(song.rate_hz, _SPEC.sample_rate_hz).process(samples)
    bands = _bands(sound)
    places = beats_s * RATE_HZ - 1 + DELAY_FRAMES
    distance = np.abs(np.arange(len(bands))[:, None] - places[None, :]).min(axis=1, initial=1e9)
    return bands, np.exp(-0.5 * (distance / 0.8) ** 2).astype(np.float32)


def _nearby(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colour the sound a little, set its loudness, add some white noise."""
    zero, pole = rng.uniform(-0.6, 0.9), rng.uniform(-0.3, 0.6)
    samples = lfilter([1.0, -zero], [1.0, -pole], samples)
    samples *= rng.uniform(0.03, 0.9) / max(np.abs(samples).max(), 1e-3)
    samples += rng.normal(0.0, 10 ** rng.uniform(-4.5, -2.0), len(samples))
    return samples.astype(np.float32)


def _in_a_room(samples: np.ndarray, seed: int, rng: np.random.Generator) -> np.ndarray:
    """Add what does not keep the beat, colour the sound, and set its loudness."""
    samples = samples[: len(samples) // 48_000 * 48_000]  # a length that transforms quickly
    samples = samples / max(float(np.abs(samples).max()), 1e-3)
    if rng.random() < 0.4:
        # Another song played backwards: sound that swells and stops, in a rhythm of its own.
        other = generate_song(seed + 1_000_000, 12.0).samples[::-1]
        gain = 10 ** rng.uniform(-1.0, -0.3) / np.abs(other).max()
        samples = samples + gain * np.resize(other, len(samples))
    spectrum = np.fft.rfft(samples)
    octave = np.log2(1.0 + np.arange(len(spectrum)) * 24_000.0 / len(spectrum))
    knots = np.arange(0.0, 16.0, 1.5)
    gain_db = np.interp(octave, knots, rng.normal(0.0, 7.0, len(knots)))
    samples = np.fft.irfft(spectrum * 10 ** (gain_db / 20), len(samples))
    # Pink noise, as rooms and crowds make it.
    noise = np.fft.rfft(rng.normal(0.0, 1.0, len(samples)))
    noise = np.fft.irfft(noise / np.sqrt(np.arange(len(noise)) + 100.0), len(samples))
    snr_db = rng.uniform(0.0, 45.0)
    samples += noise / noise.std() * max(samples.std(), 1e-3) * 10 ** (-snr_db / 20)
    loudness = rng.uniform(0.03, 0.9) / np.abs(samples).max()
    return (samples * loudness).astype(np.float32)


def _bands(sound: np.ndarray) -> np.ndarray:
    spectrum = Spectrum(_SPEC)
    bins = _SPEC.window_samples // 2 + 1
    bands = BeatBands(_SPEC.sample_rate_hz / _SPEC.window_samples, bins, _SPEC.window_samples)
    frames = np.empty((len(sound) // _SPEC.hop_samples, 2 * BANDS), np.float32)
    for index in range(len(frames)):
        spectrum.step(sound[index * _SPEC.hop_samples : (index + 1) * _SPEC.hop_samples])
        bands.step(spectrum.magnitude)
        frames[index] = bands.values
    return frames


def train(songs, held_out, hidden: int, steps: int, seed: int, deafness: float) -> BeatModel:
    """Return the model after `steps` batches of 32 crops of 15 s.

    Args:
        songs: bands and targets of each song to train on.
        held_out: the same of songs for the printed loss.
        hidden: units of the recurrent layer.
        steps: batches.
        seed: decides weights and batches.
        deafness: largest share of bands that a crop may lack.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = BeatModel(hidden)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    progress = tqdm(range(steps))
    for step in progress:
        loss = _loss(model, *_batch(songs, rng, 32, deafness))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 99 or step == steps - 1:
            with torch.no_grad():
                seen = _loss(model, *_batch(held_out, np.random.default_rng(0), 64, 0.0))
            progress.write(f"step {step + 1}: loss {loss:.4f}, on unseen songs {seen:.4f}")
    return model


def _batch(
    songs, rng: np.random.Generator, size: int, deafness: float
) -> tuple[torch.Tensor, torch.Tensor]:
    bands, targets = [], []
    for _ in range(size):
        song, target = songs[rng.integers(len(songs))]
        start = int(rng.integers(len(song) - _CROP_FRAMES))
        crop = song[start : start + _CROP_FRAMES]
        # Now and then a few bands are deaf, so that no single one decides.
        deaf = rng.random(BANDS) < rng.choice([0.0, 0.0, deafness / 3, deafness])
        bands.append(np.where(np.tile(deaf, 2), np.float32(0.0), crop))
        targets.append(target[start : start + _CROP_FRAMES])
    return torch.from_numpy(np.stack(bands)), torch.from_numpy(np.stack(targets))


def _loss(model: BeatModel, bands: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    weight = 1.0 + (_BEAT_WEIGHT - 1.0) * targets
    return nn.functional.binary_cross_entropy_with_logits(model(bands), targets, weight)


def save(models: list[BeatModel], folder: Path, facts: dict) -> None:
    """Write `model.safetensors`, the models along the first axis, and `config.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {
        "weight_ih": lambda model: model.recurrent.weight_ih_l0,
        "weight_hh": lambda model: model.recurrent.weight_hh_l0,
        "bias_ih": lambda model: model.recurrent.bias_ih_l0,
        "bias_hh": lambda model: model.recurrent.bias_hh_l0,
        "output_weight": lambda model: model.output.weight[0],
        "output_bias": lambda model: model.output.bias[0],
    }
    weights = {
        name: torch.stack([part(model) for model in models]).detach().numpy()
        for name, part in parts.items()
    }
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(facts, indent=2) + "\n")


def main() -> None:
    """Generate songs, train, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=300, help="songs for each network")
    parser.add_argument("--steps", type=int, default=1200, help="batches of 32 crops of 15 s")
    parser.add_argument("--hidden", type=int, default=40, help="units of a recurrent layer")
    parser.add_argument("--seed", type=int, default=0, help="decides songs, weights and batches")
    parser.add_argument("--samples", type=Path, help="folder of drum recordings")
    parser.add_argument("--out", type=Path, default=Path("resource/checkpoints/beat"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    first, models = 100_000 * (1 + arguments.seed), []
    for in_a_room in (False, True):
        seeds = tqdm(range(first, first + arguments.songs), desc="songs")
        songs = [heard_song(seed, arguments.samples, in_a_room) for seed in seeds]
        unseen = [heard_song(seed, arguments.samples, in_a_room) for seed in range(90_000, 90_024)]
        deafness = 0.3 if in_a_room else 0.0
        models.append(
            train(songs, unseen, arguments.hidden, arguments.steps, arguments.seed, deafness)
        )
    facts = {
        "kind": "beat-network",
        "networks": len(models),
        "hidden": arguments.hidden,
        "bands": BANDS,
        "rate_hz": RATE_HZ,
        "delay_frames": DELAY_FRAMES,
        "songs": arguments.songs,
        "steps": arguments.steps,
        "seed": arguments.seed,
        "recorded_drums": arguments.samples is not None,
    }
    save(models, arguments.out, facts)


if __name__ == "__main__":
    main()
