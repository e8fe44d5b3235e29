"""Mixing down: from the channels of a device or file to the one that is heard."""

import numpy as np

from ur3_dancer.errors import AudioError


def check_channel(channel: int, available: int, name: str) -> None:
    """Refuse a channel that is not there.

    Args:
        channel: 0 for the mix, else a channel's number from 1.
        available: how many there are.
        name: whose, for the message.

    Raises:
        AudioError: there are not as many.
    """
    if not 0 <= channel <= available:
        raise AudioError(
            f"{name} has {available} channels and no channel {channel}: "
            f"choose 1 to {available}, or 0 for their mix"
        )


def mix_down(samples: np.ndarray, channel: int = 0) -> np.ndarray:
    """Return (n,) float32: the mean of all channels of (n, channels), or one counted from 1."""
    if channel:
        return samples[:, channel - 1].astype(np.float32)
    return samples.mean(axis=1, dtype=np.float32)
