import importlib.util

import pytest
import torch

from ur3_dancer.dance.mamba import Mamba, MambaLayer, kernels

WIDTH, FRAMES = 32, 45
MIXER_SHAPES = {  # of mamba-ssm's Mamba(d_model=32): expand 2, N 16, rank ceil(32 / 16), 4 taps
    "A_log": (64, 16),
    "D": (64,),
    "in_proj.weight": (128, 32),
    "conv1d.weight": (64, 1, 4),
    "conv1d.bias": (64,),
    "x_proj.weight": (2 + 32, 64),
    "dt_proj.weight": (64, 2),
    "dt_proj.bias": (64,),
    "out_proj.weight": (32, 64),
}


def layer(seed=0):
    torch.manual_seed(seed)
    return MambaLayer(WIDTH, states=16, taps=4, expand=2)


def sequence(batch=3, frames=FRAMES):
    return torch.randn(batch, frames, WIDTH, generator=torch.Generator().manual_seed(1))


def in_chunks(module, x, lengths):
    state = module.mixer.new_state(len(x))
    return torch.cat([module(part, state) for part in x.split(lengths, dim=1)], dim=1)


def in_steps(module, x):
    state = module.mixer.new_state(len(x))
    return torch.stack([module.step(x[:, t], state) for t in range(x.shape[1])], dim=1)


def test_when_listed_expect_the_parameters_of_mamba_ssm():
    state = Mamba(WIDTH).state_dict()
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == MIXER_SHAPES
    assert {name.split(".")[0] for name in layer().state_dict()} == {"mixer", "norm"}


@pytest.mark.parametrize("lengths", [[45], [1] * 45, [2, 1, 40, 2], [20, 25]])
def test_when_cut_into_chunks_expect_the_whole_sequences_answer(lengths):
    module, x = layer(), sequence()
    torch.testing.assert_close(in_chunks(module, x, lengths), module(x), rtol=0, atol=1e-5)


def test_when_stepped_expect_the_whole_sequences_answer_and_the_chunks_state():
    module, x = layer(), sequence()
    torch.testing.assert_close(in_steps(module, x), module(x), rtol=0, atol=1e-5)
    stepped, whole = module.mixer.new_state(3), module.mixer.new_state(3)
    for t in range(FRAMES):
        module.step(x[:, t], stepped)
    module(x, whole)
    torch.testing.assert_close(stepped.ssm, whole.ssm, rtol=0, atol=1e-5)
    torch.testing.assert_close(stepped.inputs, whole.inputs, rtol=0, atol=1e-5)


def test_when_the_future_changes_expect_the_past_unchanged():
    module, x = layer(), sequence()
    other = x.clone()
    other[:, 30:] += 1.0
    before, after = module(x), module(other)
    torch.testing.assert_close(after[:, :30], before[:, :30], rtol=0, atol=1e-6)
    assert (after[:, 30:] - before[:, 30:]).abs().min(-1).values.max() > 1e-3


def test_when_weights_are_those_of_transformers_expect_its_answer():
    transformers = pytest.importorskip("transformers")
    from transformers.models.mamba.modeling_mamba import MambaBlock

    config = transformers.MambaConfig(
        hidden_size=WIDTH, state_size=16, expand=2, conv_kernel=4, num_hidden_layers=1,
        layer_norm_epsilon=1e-5, residual_in_fp32=True,
    )  # fmt: skip
    other = MambaBlock(config, layer_idx=0).eval()
    module = layer()
    with torch.no_grad():
        module.norm.weight.uniform_(0.5, 1.5)
    other.load_state_dict(module.state_dict())
    with torch.no_grad():
        expected = other(sequence())
    torch.testing.assert_close(module(sequence()), expected, rtol=0, atol=1e-5)
    module.load_state_dict(other.state_dict())


def test_when_trained_in_half_precision_expect_a_residual_in_float32():
    module, x = layer(), sequence()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = module(x)
    assert y.dtype == torch.float32
    assert (y - module(x)).abs().max() < 0.05
    y.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in module.parameters())


def test_when_trained_expect_slopes_of_stepping_through():
    module, x = layer(), sequence()
    weights = torch.randn(x.shape, generator=torch.Generator().manual_seed(2))
    slopes = [
        torch.autograd.grad((y * weights).sum(), list(module.parameters()))
        for y in (module(x), in_steps(module, x))
    ]
    for whole, stepped in zip(*slopes, strict=True):
        torch.testing.assert_close(whole, stepped, rtol=1e-4, atol=1e-4)


@pytest.mark.hardware
@pytest.mark.skipif(
    not torch.cuda.is_available() or importlib.util.find_spec("mamba_ssm") is None,
    reason="needs CUDA and mamba-ssm (pip install 'ur3_dancer[cuda]')",
)
def test_when_on_cuda_expect_mamba_ssms_kernels_to_agree_with_the_plain_scan():
    assert kernels() is not None
    module, x = layer().cuda(), sequence().cuda()
    plain = module(x, module.mixer.new_state(len(x)))
    torch.testing.assert_close(module(x), plain, rtol=1e-4, atol=1e-4)
    from mamba_ssm import Mamba as Theirs

    theirs = Theirs(d_model=WIDTH).cuda()
    theirs.load_state_dict(module.mixer.state_dict())
    torch.testing.assert_close(module.mixer(x), theirs(x), rtol=1e-4, atol=1e-4)
