import os

import numpy as np
import pytest
import torch
from support.clock import FakeClock

from ur3_dancer.dance import measure_inference as module
from ur3_dancer.dance.measure_inference import MODELS, measure_inference, one_core
from ur3_dancer.errors import ConfigError


@pytest.fixture(autouse=True)
def _threads_as_before():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_when_every_model_is_measured_expect_the_keys_of_the_report(ur3, monkeypatch):
    monkeypatch.setattr(module, "_LONG_K", 150)
    result = measure_inference(MODELS, ur3, frames=2, paced=False)
    of_each = {"p50_ms", "p99_ms", "first_ms"}
    assert set(result["mdlt_m"]) == {"k120", "k150"}
    figures = [result[name] for name in MODELS if name != "mdlt_m"] + [*result["mdlt_m"].values()]
    assert all(set(each) == of_each and min(each.values()) > 0.0 for each in figures)
    assert all(each["p50_ms"] <= each["p99_ms"] for each in figures)


def test_when_paced_expect_one_window_each_frame_time(ur3):
    clock = FakeClock()
    began_s = clock.now_s()
    result = measure_inference(("mdlt_t",), ur3, frames=30, clock=clock)
    assert clock.now_s() - began_s == pytest.approx(30 / 60.0)
    assert result["mdlt_t"] == {"p50_ms": 0.0, "p99_ms": 0.0, "first_ms": 0.0}


def test_when_soaked_expect_the_growth_of_memory(ur3, monkeypatch):
    memory_mb = iter([100.0, 103.0, 104.5, 104.0])
    monkeypatch.setattr(module, "resident_mb", lambda: next(memory_mb))
    monkeypatch.setattr(module, "_WATCHED_EVERY", 5)
    result = measure_inference(("mdlt_t",), ur3, 1, soak_frames=20, clock=FakeClock())
    assert result["mdlt_t"]["growth_mb"] == 4.5


def test_when_a_checkpoints_name_is_unknown_expect_config_error(ur3):
    with pytest.raises(ConfigError, match="no-such-model"):
        measure_inference(("no-such-model",), ur3, 1)


def test_when_the_eager_paper_is_asked_expect_the_quick_ones_answer():
    random = np.random.default_rng(0)
    music = random.random((20, 438)).astype(np.float32)
    past = random.uniform(-0.5, 0.5, (20, 4)).astype(np.float32)
    answers = []
    for live in (None, module._AllPositions):
        torch.manual_seed(0)
        answers.append(module._paper_mdlt_t(live)._live.answer(music, past))
    np.testing.assert_allclose(*answers, rtol=0, atol=1e-5)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux")
def test_when_on_one_core_expect_all_cores_again_afterwards():
    before = os.sched_getaffinity(0)
    with one_core() as core:
        assert os.sched_getaffinity(0) == {core}
    assert os.sched_getaffinity(0) == before
