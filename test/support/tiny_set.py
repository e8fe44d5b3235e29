"""A prepared set of a few seconds, written as `ur3-dancer prepare` writes it, without preparing."""

import json

import numpy as np

from ur3_dancer.learning.data.prepared import FORMAT, MANIFEST_FILE, Digest, PreparedSet
from ur3_dancer.music.spec import feature_spec

RATE_HZ = 60.0
GENRES = ("break", "lock")


def write_tiny_set(folder, *, songs=6, seconds=6.0, label="recorded", source="aist", turns=0):
    """Write songs of two genres with marked beats, each danced by turning back on the beat.

    Args:
        folder: to write, made if need be.
        songs: how many; every third is for the test.
        seconds: of each.
        label: of the manifest.
        source: of the manifest.
        turns: whole turns by which the first angle is off.
    """
    folder.mkdir(parents=True, exist_ok=True)
    music, random = feature_spec("mdlt60"), np.random.default_rng(0)
    frames, angles, entries = [], [], []
    count = int(seconds * RATE_HZ)
    times_s = np.arange(1, count + 1) / RATE_HZ
    for i in range(songs):
        beats_s = np.arange(0.3, seconds, 0.45 + 0.03 * i)
        heard = random.normal(0, 0.3, (count, music.count)).astype(np.float32)
        heard[:, music.columns["beat"]] = 0.0
        heard[(beats_s * RATE_HZ).astype(int), music.columns["beat"]] = 1.0
        phase = np.pi * (times_s - 0.3) / (0.45 + 0.03 * i)
        frames.append(heard)
        dance = np.cos(phase)[:, None] * [0.6, 0.4, 0.3, 0.2] + [2 * np.pi * turns, 0, 0.2, 0]
        angles.append(dance.astype(np.float32))
        entries.append(
            {
                "name": f"g{GENRES[i % 2]}_{i:02d}",
                "genre": GENRES[i % 2],
                "song": f"m{GENRES[i % 2]}{i}",
                "start": i * count,
                "frames": count,
                "beats_s": beats_s.tolist(),
                "beats_from": "known",
                "lyrics": [],
            }
        )
    arrays = {"features": np.concatenate(frames), "arm_angles_rad": np.concatenate(angles)}
    digest = Digest(entries)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
        digest.add(name, array)
    names = [entry["name"] for entry in entries]
    crossmodal = {
        "train": [name for i, name in enumerate(names) if i % 3],
        "val": [],
        "test": names[::3],
    }
    manifest = {
        "format": FORMAT, "source": source, "label": label, "version": "1", "features": "mdlt60",
        "rate_hz": RATE_HZ, "side": "right", "angles": "signed", "frames": count * songs,
        "has_body": False, "songs": entries, "crossmodal": crossmodal, "hash": digest.text(),
    }  # fmt: skip
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))
    return PreparedSet.open(folder)
