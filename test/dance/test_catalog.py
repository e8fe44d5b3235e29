from dataclasses import replace

import numpy as np
import pytest
import torch

from ur3_dancer.dance import lstm, mdlt_m, mdlt_t
from ur3_dancer.dance.catalog import available, load_policy
from ur3_dancer.dance.checkpoint import Checkpoint, save
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.errors import CheckpointError
from ur3_dancer.music.normalizer import Normalizer
from ur3_dancer.music.window import Window

K, H, F, RATE_HZ = 6, 4, 438, 60.0
NETWORKS = {
    "mdlt-t": (
        mdlt_t.MdltT,
        mdlt_t.config_for,
        {"width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 1, "feed_forward": 16},
    ),
    "mdlt-m": (mdlt_m.MdltM, mdlt_m.config_for, {"width": 16, "layers": 2, "pose_feedback": True}),
    "lstm": (lstm.Lstm, lstm.config_for, {"width": 16}),
}
each_kind = pytest.mark.parametrize("kind", NETWORKS)


def saved(folder, kind, space, home_rad):
    """A checkpoint on the disk, whose head answers at random."""
    network, config_for, sizes = NETWORKS[kind]
    spec = PolicySpec(f"tiny-{kind}", "mdlt60", K, F, RATE_HZ, H, space)
    torch.manual_seed(0)
    model = network(config_for(spec, sizes))
    torch.nn.init.normal_(model.head.weight, std=0.2)
    normalizer = Normalizer(np.zeros(F), np.ones(F))
    checkpoint = Checkpoint(kind, spec, sizes, normalizer, home_rad, training={})
    save(folder, checkpoint, model)
    return checkpoint, model


def windows(count=5):
    frames = np.random.default_rng(0).random((count + K, F)).astype(np.float32)
    return [Window(frames[i : i + K], 3.0 + i / RATE_HZ, RATE_HZ) for i in range(count)]


@each_kind
def test_when_a_checkpoint_is_loaded_expect_a_policy_that_dances_with_the_arm(ur3, kind, tmp_path):
    space = ur3.pose_space()
    saved(tmp_path, kind, space, ur3.home_rad)
    policy = load_policy(tmp_path, ur3)
    policy.warm_up()
    dances = [policy.predict(window).targets_rad for window in windows()]
    assert policy.spec.name == f"tiny-{kind}" and dances[0].shape == (H, 6)
    assert (np.abs(space.to_unit(np.array(dances))) <= 1.0).all()
    assert np.abs(dances[-1] - dances[0]).max() > 1e-4


@each_kind
def test_when_it_speaks_human_angles_expect_them_retargeted_to_the_arms_joints(ur3, kind, tmp_path):
    saved(tmp_path, kind, MDLT_ARM, np.zeros(4))
    policy = load_policy(tmp_path, ur3)
    angles = load_policy(tmp_path, _Human(ur3))
    assert policy.spec.pose_space.names == ur3.pose_space().names
    assert angles.spec.pose_space.names == MDLT_ARM.names
    for window in windows():
        chunk, human = policy.predict(window), angles.predict(window)
        assert human.targets_rad.shape == (H, 4)
        expected = ur3.retargeting.joints(human.targets_rad, ur3.home_rad, ur3.pose_space())
        np.testing.assert_array_equal(chunk.targets_rad, expected)
        assert (chunk.start_s, chunk.step_s) == (human.start_s, human.step_s)


class _Human:
    """An arm whose joints are the human angles, as those use it who compare with the paper."""

    def __init__(self, arm):
        self.home_rad, self.limits = np.zeros(4), arm.limits

    def pose_space(self):
        return MDLT_ARM


def test_when_the_wrapped_policy_forgets_expect_a_new_ones_answer(ur3, tmp_path):
    saved(tmp_path, "mdlt-m", MDLT_ARM, np.zeros(4))
    policy = load_policy(tmp_path, ur3)
    first, *later = windows()
    before = policy.predict(first).targets_rad
    for forget in (policy.reset, policy.warm_up):
        for window in later:
            policy.predict(window)
        forget()
        np.testing.assert_array_equal(policy.predict(first).targets_rad, before)


@pytest.mark.parametrize("kind", ["mdlt-x", ["mdlt-t"], None])
def test_when_the_kind_is_unknown_expect_checkpoint_error_naming_those_known(ur3, kind, tmp_path):
    checkpoint, model = saved(tmp_path, "lstm", ur3.pose_space(), ur3.home_rad)
    save(tmp_path, replace(checkpoint, kind=kind), model)
    with pytest.raises(CheckpointError, match="mdlt-t, mdlt-m, lstm"):
        load_policy(tmp_path, ur3)


@each_kind
def test_when_weights_are_of_another_network_expect_checkpoint_error(ur3, kind, tmp_path):
    checkpoint, _ = saved(tmp_path, kind, ur3.pose_space(), ur3.home_rad)
    other = next(name for name in NETWORKS if name != kind)
    _, model = saved(tmp_path / "other", other, ur3.pose_space(), ur3.home_rad)
    save(tmp_path, checkpoint, model)
    with pytest.raises(CheckpointError, match="another network"):
        load_policy(tmp_path, ur3)


@each_kind
def test_when_sizes_cannot_be_expect_checkpoint_error_naming_them(ur3, kind, tmp_path):
    checkpoint, model = saved(tmp_path, kind, ur3.pose_space(), ur3.home_rad)
    save(tmp_path, replace(checkpoint, model={"width": 16, "wheels": 4}), model)
    with pytest.raises(CheckpointError, match="wheels"):
        load_policy(tmp_path, ur3)


def test_when_asked_what_dances_expect_no_other_networks():
    assert {"groove", "mean-pose", "mdlt-t"} <= set(available())
    assert "beat" not in available()
