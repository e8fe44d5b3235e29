import copy
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from support.lm2d import TINY, tiny_network
from support.lm2d_songs import learnt

from ur3_dancer.dance.lm2d.diffusion import Consistency, Denoiser, NoiseLevels
from ur3_dancer.dance.lm2d.load import check_pair, load_student, load_teacher
from ur3_dancer.dance.lm2d.samplers import (
    Guidance,
    Guided,
    heun_step,
    sample_student,
    sample_teacher,
)
from ur3_dancer.errors import CheckpointError, ConfigError
from ur3_dancer.learning.lm2d.objective import Objective, ObjectiveSettings
from ur3_dancer.learning.lm2d.student import StudentTask, student_checkpoint
from ur3_dancer.learning.lm2d.student_settings import RECIPES, StudentSettings
from ur3_dancer.learning.lm2d.teacher import TeacherSettings, TeacherTask
from ur3_dancer.learning.lm2d.trajectory_pairs import ect_lower


def train(task, steps, rate=3e-3, until=1.0):
    """Move the weights as the loop does; return the losses."""
    parameters = [p for m in task.modules.values() for p in m.parameters() if p.requires_grad]
    groups = [{"params": [p], "lr": rate * getattr(p, "_rate_factor", 1.0)} for p in parameters]
    optimizer, losses = torch.optim.Adam(groups), []
    for step in range(steps):
        loss, _ = task.step(until * step / steps)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        task.moved((step + 1) / steps)
        losses.append(loss.item())
    return losses


def teacher_task(seed=0):
    denoiser, examples, checkpoint = learnt()
    return TeacherTask(denoiser, examples, TeacherSettings(batch=16), checkpoint, seed)


def inconsistency(network, denoiser, examples):
    """How much f differs between neighbouring levels of the teacher's trajectories."""
    levels = denoiser.levels
    conditions, poses = examples.at(np.arange(0, examples.count, 5))
    torch.manual_seed(3)
    schedule = levels.steps(8).float()
    guided, student = Guided(denoiser, conditions, Guidance()), Consistency(network, levels)
    heard, gaps = student.hear(conditions), []
    with torch.no_grad():
        for level, lower in pairwise(schedule):
            x = poses + level * torch.randn(poses.shape)
            reached = heun_step(guided, x, level.expand(len(x)), lower.expand(len(x)))
            here = student(x, level.expand(len(x)), heard)
            there = student(reached, lower.expand(len(x)), heard)
            gaps.append((here - there).square().mean())
    return float(torch.stack(gaps).mean().sqrt())


def test_when_a_student_learns_expect_it_to_agree_more_along_the_teachers_trajectories():
    denoiser, examples, checkpoint = learnt()
    denoiser.network.load_state_dict(
        {**tiny_network().state_dict(), **dict(denoiser.network.named_buffers())}
    )
    settings = StudentSettings("lm2d-cd", batch=16, levels=8, objective=ObjectiveSettings(0.0, 0.0))
    task = StudentTask(denoiser, examples, settings, checkpoint, 0)
    before = inconsistency(denoiser.network, denoiser, examples)
    train(task, 300, 2e-3)
    after = inconsistency(task.modules["network"].eval(), denoiser, examples)
    assert after < 0.9 * before


def test_when_a_student_learns_by_pairs_expect_its_one_step_answer_nearer_to_the_dance():
    denoiser, examples, checkpoint = learnt()
    settings = StudentSettings("ect", batch=16, stages=1, largest_share=1.0)
    task = StudentTask(denoiser, examples, settings, checkpoint, 0)
    conditions, wanted = examples.at(np.arange(0, examples.count, 5))
    noise = torch.randn(wanted.shape, generator=torch.Generator().manual_seed(1))

    def error():
        student = Consistency(task.modules["network"], denoiser.levels)
        answer = sample_student(student, conditions, [noise])
        return float((answer - wanted).square().mean())

    before = error()
    train(task, 150, until=0.4)  # the first stage: the lower level is epsilon
    assert error() < 0.9 * before


def moments(sample, conditions, shape):
    """Return mean and deviation, over noise, of what is danced to each of some conditions."""
    noises = torch.randn(8, *shape, generator=torch.Generator().manual_seed(4))
    danced = torch.stack([sample(conditions, noise) for noise in noises])
    return torch.stack([danced.mean(dim=0), danced.std(dim=0)])


def test_when_a_student_matches_distributions_expect_its_dances_nearer_to_the_teachers():
    teaching = teacher_task()
    train(teaching, 150)
    _, examples, checkpoint = learnt()
    denoiser = Denoiser(teaching.modules["network"], NoiseLevels(checkpoint.model["sigma_data"]))
    begin = copy.deepcopy(denoiser.network)
    torch.nn.init.normal_(begin.head.weight, std=0.3)  # dances at random
    settings = StudentSettings("dmd", batch=16, levels=1, objective=ObjectiveSettings(0.0, 0.0))
    task = StudentTask(denoiser, examples, settings, checkpoint, 0, begin=begin)
    conditions, poses = examples.at(np.arange(0, examples.count, 5))
    wanted = moments(lambda c, z: sample_teacher(denoiser, c, z, 8), conditions, poses.shape)

    def distance():
        student = Consistency(task.modules["network"], denoiser.levels)
        present = moments(lambda c, z: sample_student(student, c, [z]), conditions, poses.shape)
        return float((present - wanted).square().mean().sqrt())

    before = distance()
    train(task, 120, 3e-4)
    assert distance() < 0.9 * before


def test_when_the_fake_is_still_the_teacher_expect_the_student_unmoved_and_the_fake_to_learn():
    denoiser, examples, checkpoint = learnt()
    torch.nn.init.normal_(denoiser.network.head.weight, std=0.1)
    task = StudentTask(denoiser, examples, StudentSettings("dmd", batch=4), checkpoint, 0)
    loss, _ = task.step(0.0)
    loss.backward()
    student, fake = task.modules["network"], task.modules["fake"]
    assert all(not p.grad.any() for p in student.parameters() if p.grad is not None)
    assert fake.head.weight.grad.any()
    assert all(p.grad is None for p in denoiser.network.parameters())


def test_when_the_fake_takes_two_steps_expect_the_student_to_learn_in_every_second_alone():
    denoiser, examples, checkpoint = learnt()
    torch.nn.init.normal_(denoiser.network.head.weight, std=0.1)
    settings = StudentSettings("dmd", batch=4, fake_steps=2)

    def begun():
        return StudentTask(denoiser, examples, settings, checkpoint, 0)

    def turns(task, steps):
        learnt_in = []
        for _ in range(steps):
            loss, _ = task.step(0.0)
            student, fake = (task.modules[name].head.weight for name in ("network", "fake"))
            student.grad = fake.grad = None
            loss.backward()
            assert fake.grad.any()
            learnt_in.append(student.grad is not None)
        return learnt_in

    task, resumed = begun(), begun()
    assert turns(task, 3) == [False, True, False]
    resumed.load_state_dict(task.state_dict())
    assert turns(resumed, 2) == [True, False]


def student_task(recipe, seed=0):
    denoiser, examples, checkpoint = learnt()
    return StudentTask(denoiser, examples, StudentSettings(recipe, batch=4), checkpoint, seed)


@pytest.mark.parametrize("recipe", [None, *RECIPES])
def test_when_a_state_is_restored_expect_the_next_step_bit_by_bit(recipe):
    def begun(seed):
        return student_task(recipe, seed) if recipe else teacher_task(seed)

    one, other = begun(0), begun(9)
    train(one, 3)
    state = copy.deepcopy(one.state_dict())
    weights = {name: copy.deepcopy(m.state_dict()) for name, m in one.modules.items()}
    wanted, _ = one.step(0.5)
    for name, module in other.modules.items():
        module.load_state_dict(weights[name])
    other.load_state_dict(state)
    assert other.step(0.5)[0].item() == wanted.item()


def test_when_tasks_finish_expect_checkpoints_that_load_as_what_they_are(tmp_path):
    denoiser, examples, checkpoint = learnt()
    TeacherTask(denoiser, examples, TeacherSettings(batch=2), checkpoint, 0).finish(
        tmp_path / "teacher", {"loss": 1.0}
    )
    teacher_checkpoint, teacher = load_teacher(tmp_path / "teacher")
    assert teacher.levels.sigma_data == pytest.approx(denoiser.levels.sigma_data)
    settings = StudentSettings("ect", batch=2, noise_scale=0.5)
    made = student_checkpoint(teacher_checkpoint, "lm2d", settings, {})
    task = StudentTask(teacher, examples, settings, made, 0)
    task.finish(tmp_path / "student", {"loss": 1.0})
    student, loaded = load_student(tmp_path / "student")
    assert loaded.noise_scale == 0.5
    check_pair(teacher_checkpoint, student)
    with pytest.raises(CheckpointError, match="distil it first"):
        load_student(tmp_path / "teacher")
    with pytest.raises(CheckpointError, match="give the teacher"):
        load_teacher(tmp_path / "student")
    other = replace(student, model={**student.model, "side": "left"})
    with pytest.raises(CheckpointError, match="differ in side: right and left"):
        check_pair(teacher_checkpoint, other)


def test_when_stages_pass_expect_pairs_to_come_nearer_and_never_below_epsilon():
    levels, level = NoiseLevels(0.5), torch.tensor([0.01, 1.0, 80.0])
    gaps = [level - ect_lower(level, stage, levels) for stage in range(8)]
    assert (torch.stack(gaps).diff(dim=0) <= 0).all()
    assert (gaps[0] == level - levels.smallest).all()
    assert gaps[-1][2] == pytest.approx(80.0 / 2**7, rel=1e-3)


def test_when_the_recipe_is_unknown_expect_refusal():
    with pytest.raises(ConfigError, match="recipe is 'magic'"):
        StudentSettings(recipe="magic")
    with pytest.raises(ConfigError, match="fake_rate is 0"):
        StudentSettings(fake_rate=0.0)
    with pytest.raises(ConfigError, match="fake_steps is 0"):
        StudentSettings(fake_steps=0)
    with pytest.raises(ConfigError, match="noise_scale is nan"):
        StudentSettings(noise_scale=float("nan"))


def test_when_a_network_of_edge_size_learns_one_step_expect_finite_gradients():
    config = replace(TINY, width=64, heads=8, layers=8, feed_forward=128)
    denoiser, examples, checkpoint = learnt(config)
    assert isinstance(denoiser, Denoiser)
    task = TeacherTask(denoiser, examples, TeacherSettings(batch=2), checkpoint, 0)
    loss, _ = task.step(0.0)
    loss.backward()
    assert all(
        torch.isfinite(p.grad).all() for p in denoiser.network.parameters() if p.grad is not None
    )


def test_when_a_network_is_elsewhere_expect_the_objective_to_compute_there():
    there = torch.device("meta")  # a device that every machine has
    objective = Objective(tiny_network().to(there), ObjectiveSettings(), 30.0)
    poses = torch.zeros(1, TINY.chunk_frames, 147, device=there)
    known = torch.ones(1, dtype=torch.bool, device=there)
    assert objective.differences(poses, poses, known).device == there
