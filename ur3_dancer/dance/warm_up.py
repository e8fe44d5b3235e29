"""What a network's policy does before anything moves."""

import numpy as np

from ur3_dancer.dance.policy import Policy
from ur3_dancer.errors import CheckpointError
from ur3_dancer.music.window import Window

_WINDOWS = 8


def warm_up_network(policy: Policy) -> None:
    """Predict a few times, so that nothing is allocated or chosen for the first time later.

    Pins torch to one thread in this process: two wait for each other at every operation, and
    beside other work the slowest prediction then takes over a second.

    Raises:
        CheckpointError: what is predicted is not finite.
    """
    import torch

    torch.set_num_threads(1)
    spec = policy.spec
    frames = np.zeros((spec.window_frames, spec.feature_count), np.float32)
    for i in range(_WINDOWS):
        chunk = policy.predict(Window(frames, i / spec.rate_hz, spec.rate_hz))
        if not np.isfinite(chunk.targets_rad).all():
            raise CheckpointError(
                f"model {spec.name} predicts values that are not finite: "
                "train it again, or choose another model"
            )
    policy.reset()
