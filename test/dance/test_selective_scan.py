import pytest
import torch

from ur3_dancer.dance import selective_scan as module
from ur3_dancer.dance.selective_scan import selective_scan


def inputs(batch=2, frames=13, channels=5, states=3, dtype=torch.float64):
    torch.manual_seed(0)

    def draw(*shape):
        return torch.randn(*shape, dtype=dtype)

    tensors = (
        draw(batch, frames, channels),
        torch.nn.functional.softplus(draw(batch, frames, channels) - 2.0),
        -torch.exp(draw(channels, states)),
        draw(batch, frames, states),
        draw(batch, frames, states),
        draw(batch, channels, states),
    )
    return [tensor.requires_grad_() for tensor in tensors]


def one_by_one(u, delta, a, b, c, state):
    """The definition, frame after frame."""
    outputs = []
    for t in range(u.shape[1]):
        step = delta[:, t, :, None]
        state = torch.exp(step * a) * state + step * b[:, t, None] * u[:, t, :, None]
        outputs.append((state * c[:, t, None]).sum(-1))
    return torch.stack(outputs, 1), state


# Blocks of one frame, of four, of a number that does not divide the sequence, and one of all.
@pytest.mark.parametrize("block", [1, 120, 150, 10**6])
def test_when_scanned_in_blocks_expect_the_definitions_values_and_slopes(block, monkeypatch):
    monkeypatch.setattr(module, "_CPU_BLOCK", block)
    tensors = inputs()
    expected, answered = one_by_one(*tensors), selective_scan(*tensors)
    weights = [torch.randn_like(tensor) for tensor in expected]
    torch.testing.assert_close(answered, expected)
    for grads in zip(
        *(
            torch.autograd.grad(
                sum((w * x).sum() for w, x in zip(weights, result, strict=True)), tensors
            )
            for result in (answered, expected)
        ),
        strict=True,
    ):
        torch.testing.assert_close(*grads)


def test_when_scanned_in_float32_expect_the_exact_values_to_six_figures():
    exact = inputs(frames=240, channels=32, states=16)
    single = [tensor.detach().float() for tensor in exact]
    y, state = one_by_one(*exact)
    y_single, state_single = selective_scan(*single)
    assert (y_single - y).abs().max() < 1e-5 * y.abs().max()
    assert (state_single - state).abs().max() < 1e-5 * state.abs().max()


def test_when_everything_is_forgotten_in_a_frame_expect_finite_values_and_slopes():
    tensors = inputs(dtype=torch.float32)
    tensors[1] = (1e4 * tensors[1]).detach().requires_grad_()
    y, state = selective_scan(*tensors)
    assert torch.isfinite(y).all()
    slopes = torch.autograd.grad(y.sum() + state.sum(), tensors)
    assert all(torch.isfinite(slope).all() for slope in slopes)


def test_when_nothing_is_to_be_learnt_expect_the_same_values():
    tensors = inputs()
    with torch.inference_mode():
        frozen = selective_scan(*(tensor.detach() for tensor in tensors))
    torch.testing.assert_close(frozen, selective_scan(*tensors), rtol=0, atol=0)
