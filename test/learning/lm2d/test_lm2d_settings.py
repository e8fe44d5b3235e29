from pathlib import Path

import pytest
import torch
from support.lm2d import conditions

from ur3_dancer.dance.lm2d.config import Lm2dConfig
from ur3_dancer.dance.lm2d.diffusion import Denoiser, NoiseLevels
from ur3_dancer.dance.lm2d.network import Lm2dNetwork
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.lm2d.settings import StudentConfig, TeacherConfig, load_settings
from ur3_dancer.learning.settings_file import from_dict

FOLDER = Path(__file__).parents[3] / "config" / "train"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lm2d-teacher", TeacherConfig),
        ("lm2d-music", TeacherConfig),
        ("lm2d-edge-size", TeacherConfig),
        ("lm2d-cd", StudentConfig),
        ("lm2d-dmd", StudentConfig),
        ("lm2d-student", StudentConfig),
    ],
)
def test_when_shipped_settings_are_read_expect_their_names(name, kind):
    wanted = {"lm2d-student": "lm2d"}.get(name, name)
    assert load_settings(FOLDER / f"{name}.yaml", kind).name == wanted


@pytest.mark.slow
def test_when_a_network_of_edge_size_takes_one_step_expect_its_weights_to_move():
    sizes = load_settings(FOLDER / "lm2d-edge-size.yaml", TeacherConfig)
    config = Lm2dConfig(window_frames=sizes.window_frames, **sizes.model)
    network = Lm2dNetwork(config)
    denoiser, known = Denoiser(network, NoiseLevels(0.8)), conditions(1, config)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
    before = network.head.weight.detach().clone()
    poses = torch.randn(1, config.chunk_frames, 147)
    answer = denoiser(poses, torch.tensor([1.0]), denoiser.hear(known))
    assert answer.shape == (1, 150, 147)
    answer.square().mean().backward()
    optimizer.step()
    assert not torch.equal(network.head.weight, before)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"name": "x", "colour": 1}, "unknown key 'colour'"),
        ({"name": "x", "loop": {"steps": "many"}}, "loop.steps is 'many'"),
        ({"seed": 1}, "lacks 'name'"),
        ([], "must map names"),
    ],
)
def test_when_settings_cannot_be_expect_refusal(content, text):
    with pytest.raises(ConfigError, match=text):
        from_dict(TeacherConfig, content)
