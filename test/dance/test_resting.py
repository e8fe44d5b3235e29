import numpy as np
import pytest

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import PoseSpace
from ur3_dancer.dance.resting import BREATH_S, Resting
from ur3_dancer.joints import JOINTS
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.music.window import Window

SPEC = feature_spec("mdlt60")
HOME = load_arm_config("ur3").home_rad
K, RATE_HZ = 20, SPEC.rate_hz


class Swinger:
    """A policy that swings whatever it hears."""

    spec = PolicySpec(
        "swinger",
        "mdlt60",
        K,
        SPEC.count,
        RATE_HZ,
        30,
        PoseSpace("UR3", JOINTS, np.full(6, -6.0), np.full(6, 6.0)),
    )

    def reset(self):
        self.resets = getattr(self, "resets", 0) + 1

    def warm_up(self):
        self.warm = True

    def predict(self, window):
        times_s = window.time_s + np.arange(1, 31) / RATE_HZ
        swing = 0.3 * np.sin(2 * np.pi * times_s)[:, None] * np.ones(6)
        return Chunk(HOME + swing, times_s[0], 1 / RATE_HZ)


def perform(policy, loud):
    """What is promised for the next frame, for a song that is `loud` (T,) or silent by frame."""
    random = np.random.default_rng(0)
    sound = random.uniform(-0.3, 0.3, (len(loud), SPEC.hop_samples)) * np.array(loud)[:, None]
    frames = FeatureStream(SPEC).process(sound.astype(np.float32).ravel())
    poses, resting = [], []
    for i in range(K - 1, len(frames)):
        window = Window(frames[i + 1 - K : i + 1], (i + 1) / RATE_HZ, RATE_HZ)
        chunk = policy.predict(window)
        poses.append(chunk.targets_rad[0])
        resting.append(policy.resting)
    return np.array(poses), np.array(resting)


def seconds(count, loud):
    return [loud] * int(count * RATE_HZ)


def test_when_there_is_silence_expect_small_slow_moves_about_home():
    policy = Resting(Swinger(), HOME, breathes=True)
    poses, _ = perform(policy, seconds(12, 0.0))
    away = np.abs(poses - HOME)
    assert 0.01 < away.max() < 0.05
    speed = np.abs(np.diff(poses, axis=0)).max() * RATE_HZ
    assert speed < 0.06, "slow"
    lift = poses[:, 1] - HOME[1]
    crossings = np.flatnonzero(np.diff(lift > 1e-6))
    period_s = 2 * np.diff(crossings).mean() / RATE_HZ
    assert period_s == pytest.approx(BREATH_S, rel=0.05)


def test_when_it_does_not_breathe_expect_it_still_at_home_in_silence():
    song = seconds(3, 0.0) + seconds(3, 1.0) + seconds(7, 0.0)
    poses, _ = perform(Resting(Swinger(), HOME), song)
    assert (poses[: int(2.5 * RATE_HZ)] == HOME).all()
    assert (poses[-int(1.0 * RATE_HZ) :] == HOME).all()
    assert np.abs(poses - HOME).max() > 0.25, "it danced in between"


def test_when_music_starts_and_ends_expect_the_dance_in_between_and_no_jump():
    policy = Resting(Swinger(), HOME, breathes=True)
    poses, resting = perform(policy, seconds(6, 0.0) + seconds(8, 1.0) + seconds(8, 0.0))
    at = lambda time_s: int(time_s * RATE_HZ) - K  # noqa: E731
    assert resting[at(5)] and not resting[at(7)] and resting[at(21)]
    danced = poses[at(9.5) : at(13)] - HOME
    assert np.abs(danced).max() == pytest.approx(0.3, rel=0.02), "the dance is untouched"
    assert np.abs(poses[at(20) :] - HOME).max() < 0.05
    acceleration = np.abs(np.diff(poses, 2, axis=0)).max() * RATE_HZ**2
    assert acceleration < 1.3 * 0.3 * (2 * np.pi) ** 2, "no jump where one fades into the other"


def test_when_a_pause_is_short_expect_the_dance_to_go_on():
    policy = Resting(Swinger(), HOME, breathes=True)
    _, resting = perform(policy, seconds(5, 1.0) + seconds(1.5, 0.0) + seconds(3, 1.0))
    assert not resting[int(4 * RATE_HZ) :].any()


def test_when_wrapped_expect_the_policy_behind_it():
    swinger = Swinger()
    policy = Resting(swinger, HOME)
    policy.warm_up()
    assert swinger.warm and swinger.resets >= 1
    assert policy.spec is swinger.spec
