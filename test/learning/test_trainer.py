import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from support import tiny_task
from support.tiny_task import SETTINGS, Alternating, TinyTask
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ur3_dancer.errors import CheckpointError, ConfigError
from ur3_dancer.learning import run_state
from ur3_dancer.learning.run_state import RunFolder, read_tree, write_tree
from ur3_dancer.learning.trainer import Place, rate, run

PROGRAM = [sys.executable, tiny_task.__file__]


def train(folder, config=None, settings=SETTINGS, **options):
    run(TinyTask, settings, folder, config or {"a": 1}, quiet=True, **options)
    return load_file(folder / "weights.safetensors")


def lines(folder):
    return [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]


def until(condition, limit_s=60.0):
    end_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end_s, "it never came"
        time.sleep(0.01)


def children(pid):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True)
    return [int(each) for each in listed.stdout.split()]


def runs(pid):
    """Whether a process is there and no zombie, which nobody may be left to bury."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def assert_equal(one, other):
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_when_trained_expect_the_loss_to_fall_and_a_line_for_every_few_steps(tmp_path):
    train(tmp_path, settings=replace(SETTINGS, steps=300, learning_rate=0.03))
    losses = [line["loss"] for line in lines(tmp_path)]
    assert losses[-1] < 0.5 * losses[0]
    assert [line["step"] for line in lines(tmp_path)][:3] == [7, 14, 21]
    assert lines(tmp_path)[-1]["step"] == 300
    board = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [event.step for event in board.Scalars("loss")][:2] == [7, 14]


def test_when_killed_and_given_again_expect_the_same_weights_to_the_last_bit(tmp_path):
    whole = train(tmp_path / "whole")
    killed = tmp_path / "killed"
    process = subprocess.Popen([*PROGRAM, str(killed)])
    try:
        until(lambda: (RunFolder(killed).newest() or 0) >= 20)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (killed / "weights.safetensors").exists()
    assert 20 <= RunFolder(killed).newest() < 60
    assert_equal(train(killed), whole)
    assert lines(killed) == lines(tmp_path / "whole")
    assert list((killed / "run").glob("step-*")) == [killed / "run" / "step-0000060"]


def test_when_a_process_more_than_one_trains_expect_its_own_data_and_one_outcome(tmp_path):
    alone = train(tmp_path / "alone", settings=replace(SETTINGS, steps=12))
    settings = replace(SETTINGS, steps=12)
    both = train(tmp_path / "both", settings=settings, processes=2)
    assert not torch.equal(alone["3.weight"], both["3.weight"])
    state = RunFolder(tmp_path / "both")
    first, second = state.state(12, 0), state.state(12, 1)
    assert not torch.equal(first["task"]["random"], second["task"]["random"])
    # Gradients were averaged: the weights, and so their mean, are the same in both.
    assert torch.equal(first["task"]["mean"], second["task"]["mean"])
    with pytest.raises(ConfigError, match="processes 2, but now it is 1"):
        train(tmp_path / "both", settings=settings)


def test_when_the_first_process_is_killed_expect_the_others_to_end_too(tmp_path):
    parent = subprocess.Popen([*PROGRAM, str(tmp_path), "2"])
    try:
        until(lambda: (RunFolder(tmp_path).newest() or 0) >= 10)
        trainers = children(parent.pid)
        assert len(trainers) >= 2
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    until(lambda: not any(runs(pid) for pid in trainers))
    assert not (tmp_path / "weights.safetensors").exists()


def test_when_an_error_ends_one_of_several_processes_expect_that_error(tmp_path):
    settings = replace(SETTINGS, learning_rate=1e30, steps=7)
    with pytest.raises(ConfigError, match="not finite by step 7"):
        train(tmp_path, settings=settings, processes=2)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"a": 2, "b": {"c": [1, 2]}}, "a 1, but now it is 2"),
        ({"a": 1, "b": {"c": [1, 3]}}, r"b\.c \[1, 2\], but now it is \[1, 3\]"),
        ({"a": 1}, "b .*but now it is null"),
    ],
)
def test_when_the_configuration_changed_expect_its_key_and_the_way_out(tmp_path, changed, said):
    settings = replace(SETTINGS, steps=10)
    begun = {"a": 1, "b": {"c": [1, 2]}}
    train(tmp_path, begun, settings)
    for name in ("--fresh", "--out", said):
        with pytest.raises(ConfigError, match=name):
            train(tmp_path, changed, settings)
    train(tmp_path, changed, settings, fresh=True)
    train(tmp_path, changed, settings)


def test_when_a_state_is_of_another_format_expect_refusal_with_the_way_out(tmp_path, monkeypatch):
    train(tmp_path, settings=replace(SETTINGS, steps=10))
    monkeypatch.setattr(run_state, "STATE_FORMAT", run_state.STATE_FORMAT + 1)
    with pytest.raises(ConfigError, match=r"state_format \d+, but now it is \d+: give --fresh"):
        train(tmp_path, settings=replace(SETTINGS, steps=20))


def test_when_finished_and_given_again_expect_the_same_result_without_training(tmp_path):
    once = train(tmp_path)
    (tmp_path / "weights.safetensors").unlink()
    assert_equal(train(tmp_path), once)


def test_when_the_loss_is_not_finite_expect_an_error_and_no_such_state(tmp_path):
    with pytest.raises(ConfigError, match="learning_rate"):
        train(tmp_path, settings=replace(SETTINGS, learning_rate=1e30))
    assert RunFolder(tmp_path).newest() is None


def test_when_the_disk_is_full_expect_an_error_and_the_state_before_to_count(tmp_path):
    train(tmp_path, settings=replace(SETTINGS, steps=10))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The kernel then refuses larger files, as a full disk does.
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        with pytest.raises(ConfigError, match=r"make room .* goes on from step 10"):
            train(tmp_path, settings=replace(SETTINGS, steps=20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in (tmp_path / "run").iterdir() if path.is_dir()] == ["step-0000010"]
    resumed = train(tmp_path, settings=replace(SETTINGS, steps=20))
    assert "mean" in resumed


def test_when_a_state_is_damaged_expect_an_error_with_the_way_out(tmp_path):
    train(tmp_path, settings=replace(SETTINGS, steps=10))
    (file,) = (tmp_path / "run" / "step-0000010").iterdir()
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(CheckpointError, match="--fresh"):
        train(tmp_path, settings=replace(SETTINGS, steps=20))


def test_when_a_folder_cannot_be_made_expect_an_error_naming_it(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="another --out"):
        train(tmp_path / "file")


def test_when_a_tree_is_written_expect_the_same_tree_back(tmp_path):
    shared = torch.arange(6.0).expand(2, 6)
    tree = {
        "tensors": [shared, shared.half(), torch.zeros(0)],
        3: (0.1, 2**100, None, True, "text"),
        "array": torch.arange(3).numpy(),
    }
    write_tree(tmp_path / "tree", tree)
    back = read_tree(tmp_path / "tree")
    assert back[3] == tree[3]
    assert back["array"].tolist() == [0, 1, 2]
    for one, other in zip(back["tensors"], tree["tensors"], strict=True):
        assert one.dtype == other.dtype and torch.equal(one, other)


def test_when_a_tree_holds_code_expect_it_refused(tmp_path):
    with pytest.raises(TypeError, match="cannot hold"):
        write_tree(tmp_path / "tree", {"x": os.getpid})


def test_when_the_training_goes_on_expect_the_rate_to_rise_and_fall():
    rates = [rate(step, SETTINGS) for step in range(60)]
    assert rates[4] == 1.0 == max(rates) and rates[0] == pytest.approx(0.2)
    assert rates[5:] == sorted(rates[5:], reverse=True) and rates[-1] < 0.01


class HalfMarked(TinyTask):
    """A task whose first layer is not to learn."""

    def __init__(self, place):
        super().__init__(place)
        for parameter in self.modules["net"][0].parameters():
            parameter._rate_factor = 0.0


def test_when_parameters_are_marked_expect_them_to_learn_at_another_rate(tmp_path):
    torch.manual_seed(SETTINGS.seed)
    before = TinyTask(Place(0, 1, torch.device("cpu"))).modules["net"].state_dict()
    run(HalfMarked, SETTINGS, tmp_path, {"a": 1}, quiet=True)
    after = load_file(tmp_path / "weights.safetensors")
    assert torch.equal(after["0.weight"], before["0.weight"])
    assert not torch.equal(after["3.weight"], before["3.weight"])


@pytest.mark.parametrize("processes", [1, 2])
def test_when_a_step_holds_weights_still_expect_only_the_others_to_move(tmp_path, processes):
    settings = replace(SETTINGS, weight_decay=0.1)
    run(Alternating, settings, tmp_path, {"a": 1}, quiet=True, processes=processes)
    assert all(line["turn"] == 1.0 for line in lines(tmp_path))
