import numpy as np
import pytest
import soundfile

RATE_HZ = 22_050


@pytest.fixture(scope="session")
def clicks_wav(tmp_path_factory):
    """Eight seconds of clicks at 120 BPM, a sound file."""
    times_s = np.arange(8 * RATE_HZ) / RATE_HZ
    since_s = times_s % 0.5
    sound = 0.8 * np.exp(-since_s / 0.03) * np.sin(2 * np.pi * 110 * since_s)
    path = tmp_path_factory.mktemp("song") / "clicks & $more.wav"
    soundfile.write(path, sound.astype(np.float32), RATE_HZ)
    return path
