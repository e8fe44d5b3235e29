import numpy as np
import pytest
import torch

from ur3_dancer.dance import packed_linear
from ur3_dancer.dance.mdlt_t import MdltT, MdltTConfig
from ur3_dancer.dance.mdlt_t_live import LiveMdltT
from ur3_dancer.dance.packed_linear import PackedLinear

LIVE = MdltTConfig(width=64, heads=4, encoder_layers=2, decoder_layers=2, feed_forward=256)
PAPER = MdltTConfig(joints=4, horizon=1)
SMALL = MdltTConfig(
    feature_count=9, joints=4, window_frames=7, horizon=5, width=16, heads=4,
    encoder_layers=1, decoder_layers=1, feed_forward=24,
)  # fmt: skip


def trained(config, seed=0):
    """A network in which nothing is left at its first value: gains, biases, places, poses."""
    torch.manual_seed(seed)
    model = MdltT(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.add_(0.2 * torch.randn_like(parameter))
        model.head.weight.normal_(std=0.1)
        model.head.bias.normal_(std=0.1)
    model.pose_centre.normal_(std=0.3)
    model.pose_scale.uniform_(0.3, 1.0)
    return model


def windows(config, count, seed=1):
    random = np.random.default_rng(seed)
    for _ in range(count):
        music = random.random((config.window_frames, config.feature_count), np.float32)
        poses = random.uniform(-1.0, 1.0, (config.window_frames, config.joints))
        yield music, poses.astype(np.float32)


@pytest.mark.parametrize("config", [SMALL, LIVE, PAPER], ids=["small", "live", "paper"])
def test_when_answered_quickly_expect_the_plain_networks_answer(config):
    model = trained(config)
    live = LiveMdltT(model)
    for music, poses in windows(config, 5):
        with torch.no_grad():
            plain = model.last(torch.from_numpy(music)[None], torch.from_numpy(poses)[None])[0]
        np.testing.assert_allclose(live.answer(music, poses), plain.numpy(), rtol=0, atol=1e-5)


def test_when_answers_are_kept_expect_the_next_window_to_leave_them_alone():
    live = LiveMdltT(trained(SMALL))
    (music, poses), (other, other_poses) = windows(SMALL, 2)
    first = live.answer(music, poses)
    kept = first.copy()
    live.answer(other, other_poses)
    np.testing.assert_array_equal(first, kept)


def test_when_the_network_learns_on_expect_the_copy_unchanged():
    model = trained(SMALL)
    live = LiveMdltT(model)
    music, poses = next(windows(SMALL, 1))
    before = live.answer(music, poses)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    np.testing.assert_array_equal(live.answer(music, poses), before)


@pytest.mark.parametrize("can_pack", [True, False])
@pytest.mark.parametrize("rows", [1, 20])
def test_when_weights_are_arranged_or_not_expect_the_same_products(rows, can_pack, monkeypatch):
    monkeypatch.setattr(packed_linear, "_CAN_PACK", can_pack and packed_linear._CAN_PACK)
    torch.manual_seed(0)
    weight, bias, x = torch.randn(1000, 128), torch.randn(1000), torch.randn(rows, 128)
    others, linear = torch.randn(rows, 1000), PackedLinear(weight, bias, rows)
    with torch.inference_mode():
        expected = torch.nn.functional.linear(x.double(), weight.double(), bias.double()).float()
        torch.testing.assert_close(linear(x), expected, rtol=0, atol=1e-4)
        torch.testing.assert_close(linear.positive(x), expected.relu(), rtol=0, atol=1e-4)
        torch.testing.assert_close(linear.plus(x, others), expected + others, rtol=0, atol=1e-4)
