"""A tiny LM2D and conditions for it."""

import torch

from ur3_dancer.dance.lm2d.conditions import CLOCK_WIDTH, Conditions
from ur3_dancer.dance.lm2d.config import POSE_WIDTH, Lm2dConfig
from ur3_dancer.dance.lm2d.network import Lm2dNetwork

TINY = Lm2dConfig(
    feature_count=35,
    window_frames=12,
    music_patch_frames=3,
    patch_frames=3,
    token_numbers=48,
    chunk_frames=12,
    prefix_frames=6,
    commit_frames=2,
    width=16,
    heads=2,
    music_layers=1,
    layers=2,
    feed_forward=24,
    lyrics_width=6,
    lyrics_lines=3,
)


def tiny_network(config=TINY, seed=0):
    """Return a network whose every weight matters: nothing is zero at first, as it is in life."""
    torch.manual_seed(seed)
    network = Lm2dNetwork(config).eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.2 * torch.randn(weight.shape))
    return network


def conditions(batch=2, config=TINY, seed=1):
    """Return random conditions of which all are known."""
    random = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=random)

    def yes(*shape):
        return torch.ones(*shape, dtype=torch.bool)

    lyrics = config.lyrics_width
    return Conditions(
        music=draw(batch, config.window_frames, config.feature_count),
        clock=draw(batch, config.frames, CLOCK_WIDTH),
        prefix=draw(batch, config.prefix_frames, POSE_WIDTH),
        prefix_known=yes(batch, config.prefix_frames),
        hears=yes(batch),
        lyrics=draw(batch, config.lyrics_lines, lyrics) if lyrics else None,
        lyrics_times=draw(batch, config.lyrics_lines, 2) if lyrics else None,
        lyrics_seen=yes(batch, config.lyrics_lines) if lyrics else None,
    )


def poses(batch=2, config=TINY, seed=2):
    """Return unit noise in the shape of a chunk."""
    random = torch.Generator().manual_seed(seed)
    return torch.randn(batch, config.chunk_frames, POSE_WIDTH, generator=random)
