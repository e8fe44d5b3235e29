import numpy as np
import pytest
import torch

from ur3_dancer.dance.checkpoint import Checkpoint
from ur3_dancer.dance.mdlt_policy import MdltPolicy, Plain
from ur3_dancer.dance.mdlt_t import MdltT, config_for
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.promises import NEWEST_SHARE
from ur3_dancer.errors import ConfigError
from ur3_dancer.music.normalizer import Normalizer
from ur3_dancer.music.window import Window

RATE_HZ = 60.0
K, H, F = 5, 8, 438
SIZES = {"width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 1, "feed_forward": 16}


def make_network(spec):
    torch.manual_seed(0)
    model = MdltT(config_for(spec, SIZES)).eval()
    torch.nn.init.normal_(model.head.weight, std=0.2)
    return model


def make_policy(ur3, horizon=H, live=None):
    spec = PolicySpec("tiny", "mdlt60", K, F, RATE_HZ, horizon, ur3.pose_space())
    checkpoint = Checkpoint(
        kind="mdlt-t",
        spec=spec,
        model=SIZES,
        normalizer=Normalizer(np.zeros(F), np.ones(F)),
        home_rad=ur3.home_rad,
        training={},
    )
    return MdltPolicy(checkpoint, make_network(spec), live)


def windows(count, seed=0):
    frames = np.random.default_rng(seed).random((count + K, F)).astype(np.float32)
    return [Window(frames[i : i + K], 7.0 + i / RATE_HZ, RATE_HZ) for i in range(count)]


@pytest.mark.parametrize("horizon", [1, 8])
def test_when_predicting_expect_a_chunk_inside_the_bounds(ur3, horizon):
    policy = make_policy(ur3, horizon)
    for window in windows(12):
        chunk = policy.predict(window)
    assert chunk.targets_rad.shape == (horizon, 6) and chunk.targets_rad.dtype == np.float64
    assert chunk.capture_s == pytest.approx(window.time_s)
    assert (np.abs(ur3.pose_space().to_unit(chunk.targets_rad)) <= 1.0).all()


def test_when_past_poses_differ_expect_another_answer(ur3):
    policy = make_policy(ur3)
    stream = windows(10)
    for window in stream:
        chunk = policy.predict(window)
    policy.reset()
    fresh = policy.predict(stream[-1])
    assert np.abs(fresh.targets_rad - chunk.targets_rad).max() > 1e-6


def test_when_reset_or_warmed_up_expect_a_new_policys_answer(ur3):
    policy = make_policy(ur3)
    first = policy.predict(windows(1)[0]).targets_rad
    for forget in (policy.reset, policy.warm_up):
        for window in windows(9, seed=3):
            policy.predict(window)
        forget()
        np.testing.assert_array_equal(policy.predict(windows(1)[0]).targets_rad, first)


def test_when_fed_with_its_own_poses_expect_the_networks_free_run_averaged(ur3):
    policy = make_policy(ur3)
    model, space = make_network(policy.spec), ur3.pose_space()
    past = np.tile(space.to_unit(ur3.home_rad), (K, 1)).astype(np.float32)
    promised = None
    for window in windows(7):
        music = Normalizer(np.zeros(F), np.ones(F)).apply(window.frames)
        with torch.inference_mode():
            answer = model(torch.from_numpy(music)[None], torch.from_numpy(past)[None])[0, -1]
        answer = answer.numpy()
        if promised is not None:
            answer[:-1] = promised[1:] + NEWEST_SHARE * (answer[:-1] - promised[1:])
        promised = answer
        expected = space.to_rad(promised)
        np.testing.assert_allclose(policy.predict(window).targets_rad, expected, atol=1e-5)
        past = np.vstack([past[1:], promised[:1]])


def test_when_answered_by_the_plain_network_expect_the_same_dance(ur3):
    quick = make_policy(ur3)
    plain = make_policy(ur3, live=Plain(make_network(quick.spec)))
    for window in windows(30):
        np.testing.assert_allclose(
            quick.predict(window).targets_rad, plain.predict(window).targets_rad, atol=1e-5
        )


def test_when_frames_are_not_finite_expect_finite_poses(ur3):
    policy = make_policy(ur3)
    frames = np.full((K, F), np.nan, np.float32)
    frames[0] = np.inf
    assert np.isfinite(policy.predict(Window(frames, 1.0, RATE_HZ)).targets_rad).all()
    for window in windows(5):
        assert np.isfinite(policy.predict(window).targets_rad).all()


def test_when_window_has_another_shape_expect_config_error_naming_both(ur3):
    policy = make_policy(ur3)
    with pytest.raises(ConfigError, match=r"5 frames x 438 .* 20 x 438"):
        policy.predict(Window(np.zeros((20, F), np.float32), 1.0, RATE_HZ))


def test_when_the_stream_is_long_expect_positions_never_to_run_out(ur3):
    policy = make_policy(ur3)
    window = windows(1)[0]
    for hours in (0, 1, 100, 10_000):
        later = Window(window.frames, window.time_s + hours * 3600.0, RATE_HZ)
        chunk = policy.predict(later)
        assert np.isfinite(chunk.targets_rad).all()
        assert chunk.capture_s == pytest.approx(later.time_s)
