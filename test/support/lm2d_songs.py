"""Songs for LM2D that need no synthesiser: an arm swings with a beat, and lyrics say how far."""

from dataclasses import replace

import numpy as np
import torch

from support.lm2d import TINY
from ur3_dancer.dance.checkpoint import Checkpoint
from ur3_dancer.dance.lm2d.diffusion import Denoiser, NoiseLevels
from ur3_dancer.dance.lm2d.lyrics_track import LyricsTrack
from ur3_dancer.dance.lm2d.network import Lm2dNetwork
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.learning.lm2d.examples import DancedSong, Examples, ExampleSettings
from ur3_dancer.learning.lm2d.figures import Figures
from ur3_dancer.motion.body import SMPL_JOINTS, BodyMotion
from ur3_dancer.motion.body_pose import to_vector
from ur3_dancer.music.normalizer import Normalizer
from ur3_dancer.music.spec import feature_spec

MUSIC = feature_spec("lm2d30")
PERIOD_FRAMES = 4


def danced_song(seed=0, frames=120, width=TINY.lyrics_width):
    """Return a song whose dancer swings the right arm, wide while the first line sounds."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(frames, MUSIC.count)).astype(np.float32)
    features[:, MUSIC.columns["beat"]] = 0.0
    features[seed % PERIOD_FRAMES :: PERIOD_FRAMES, MUSIC.columns["beat"]] = 1.0
    wide = np.where(np.arange(frames) < frames // 2, 0.6, 0.2)
    swing = wide * np.sin(np.pi * (np.arange(frames) - seed) / PERIOD_FRAMES)
    poses = np.zeros((frames, 24, 3))
    poses[:, SMPL_JOINTS.index("right_shoulder"), 2] = np.pi / 2 + swing
    poses[:, SMPL_JOINTS.index("right_elbow"), 1] = 0.5 * swing
    body = BodyMotion(poses, np.zeros((frames, 3)), MUSIC.rate_hz)
    half_s = frames / 2 / MUSIC.rate_hz
    lyrics = LyricsTrack(
        np.array([0.0, half_s]), np.array([half_s, 2 * half_s]), np.eye(2, width, dtype=np.float32)
    )
    return DancedSong(f"song-{seed}", features, to_vector(body), lyrics if width else None)


def learnt(config=TINY, seed=0, settings=None, songs=None):
    """Return a fresh denoiser, examples of a few songs, and what a checkpoint would say."""
    danced = songs or [danced_song(i, width=config.lyrics_width) for i in range(3)]
    normalizer = Normalizer.fit(song.features for song in danced)
    figures = Figures.fit(
        [song.body for song in danced],
        [normalizer.apply(song.features) for song in danced],
        config,
    )
    torch.manual_seed(seed)
    network = Lm2dNetwork(config)
    figures.into(network)
    settings = settings or ExampleSettings()
    examples = Examples(danced, config, MUSIC, normalizer, figures, settings, seed)
    spec = PolicySpec(
        name="lm2d-test",
        features=MUSIC.name,
        window_frames=config.window_frames,
        feature_count=MUSIC.count,
        rate_hz=MUSIC.rate_hz,
        horizon=config.chunk_frames,
        pose_space=MDLT_ARM,
    )
    sizes = {
        name: value
        for name, value in vars(config).items()
        if name not in ("feature_count", "window_frames")
    }
    model = {
        "part": "teacher",
        "sigma_data": figures.sigma_data,
        "answer_every": 3,
        "side": "right",
        "lyrics_encoder": "none",
        "sizes": sizes,
    }
    checkpoint = Checkpoint("lm2d", spec, model, normalizer, np.zeros(4), {})
    return Denoiser(network, NoiseLevels(figures.sigma_data)), examples, checkpoint


def as_student(checkpoint):
    """Return the checkpoint with the word `student`."""
    return replace(checkpoint, model={**checkpoint.model, "part": "student"})
