"""The training loop: one for all networks, on one process, several, or GPUs.

A `Task` says what one step learns; the loop moves the weights, writes down how it goes, and keeps a
state from which a killed training goes on bit for bit. Every process makes its own task, with data
of its own; the gradients are averaged. GPUs are used where there are some, then with bf16.

Networks are not wrapped for distributed use: a task calls several methods of a network in a step,
whereas the wrapper averages gradients only of what went through one `forward`. One sum over one
flat buffer does the same.
"""

import math
import os
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ur3_dancer.errors import ConfigError, DancerError
from ur3_dancer.learning.run_state import RunFolder
from ur3_dancer.learning.train_log import TrainLog
from ur3_dancer.learning.worker import begin_worker


@dataclass(frozen=True)
class Place:
    """Which process of a training this is: its number, how many there are, and its device."""

    rank: int
    processes: int
    device: torch.device


class Task(Protocol):
    """What is learnt. Attributes: `modules`, name → network whose weights the loop moves.

    A step may hold weights still by `requires_grad_(False)`, alike in all processes.
    """

    modules: dict[str, nn.Module]

    def step(self, done: float) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of the next batch, and figures to write down (detached scalars).

        Args:
            done: share of the training that is over, 0..1.
        """
        ...

    def moved(self, done: float) -> None:
        """Called after the weights moved; a moving average of them is kept here."""
        ...

    def state_dict(self) -> dict:
        """Return all else that decides the next step: position in the data, random generators.

        A tree of dicts, lists, tensors, arrays and plain values. `modules`, the optimiser and
        torch's own random generator are the loop's.
        """
        ...

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken; its tensors are on the CPU."""
        ...

    def finish(self, folder: Path, figures: dict[str, float]) -> None:
        """Write what is to be used; called in one process, with the last figures."""
        ...


@dataclass(frozen=True)
class LoopSettings:
    """How the weights are moved, and how often that is told and kept.

    Attributes:
        steps: optimiser steps.
        learning_rate: peak of AdamW's rate, reached after `warm_up_steps`, then a cosine to zero;
            parameters with the mark `_rate_factor` learn at so many times that.
        warm_up_steps: steps of linear rise.
        weight_decay: of AdamW; parameters with the mark `_no_weight_decay` are spared.
        clip_norm: largest norm of the gradient of each module.
        seed: of the weights and of dropout.
        log_every, save_every: steps between lines of the log, and between states kept.
    """

    steps: int
    learning_rate: float
    warm_up_steps: int = 200
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    seed: int = 1
    log_every: int = 50
    save_every: int = 500


@dataclass(frozen=True)
class _Job:
    """All that a process is told; it must be picklable."""

    make_task: Callable[[Place], Task]
    settings: LoopSettings
    folder: Path
    threads: int
    quiet: bool


def run(
    make_task: Callable[[Place], Task],
    settings: LoopSettings,
    folder: Path,
    config: dict,
    *,
    processes: int = 1,
    threads: int = 1,
    fresh: bool = False,
    quiet: bool = False,
) -> None:
    """Train, or go on with the training that was begun in `folder`, and finish it.

    Args:
        make_task: called once in every process; with several it must be picklable. Its networks
            come out alike in all of them, for torch is seeded before.
        settings: of the loop.
        folder: gets `train.jsonl`, `tensorboard/`, the state in `run/`, and what `finish` writes.
        config: all that decides the outcome, as JSON can hold it; compared when going on.
        processes: with GPUs one each, else on the CPU.
        threads: of torch in each process.
        fresh: forget a training that was begun there.
        quiet: no progress bar.

    Raises:
        ConfigError: the training begun there has another configuration, its state cannot be
            written, or the loss is no longer finite.
        CheckpointError: the state there is damaged.
    """
    check(folder, config, processes, fresh)
    job = _Job(make_task, settings, folder, threads, quiet)
    if processes == 1:
        _train(job)
        return
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = torch.multiprocessing.get_context("spawn")
    errors = context.SimpleQueue()
    try:
        torch.multiprocessing.spawn(_process, (processes, port, job, errors), processes)
    except (
        torch.multiprocessing.ProcessRaisedException,
        torch.multiprocessing.ProcessExitedException,
    ):
        if errors.empty():
            raise
        raise errors.get() from None


def check(folder: Path, config: dict, processes: int, fresh: bool = False) -> None:
    """Raise ConfigError unless a training may begin or go on in `folder`, as `run` does first.

    For those who have long work before they run; `fresh` forgets a training at once.
    """
    RunFolder(folder).check({**config, "processes": processes}, fresh)


def _process(rank: int, processes: int, port: int, job: _Job, errors) -> None:
    """Be one of several processes, met through torch's variables on loopback."""
    begin_worker()
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(processes),
        "LOCAL_WORLD_SIZE": str(processes),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "GLOO_SOCKET_IFNAME": "lo",
        "OMP_NUM_THREADS": str(job.threads),
    }
    try:
        _train(job)
    except DancerError as error:
        errors.put(error)
        raise
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def _train(job: _Job) -> None:
    """Train in this process: the loop."""
    from accelerate import Accelerator

    settings, run_folder = job.settings, RunFolder(job.folder)
    torch.set_num_threads(job.threads)
    on_gpu = torch.cuda.is_available()
    accelerator = Accelerator(cpu=not on_gpu, mixed_precision="bf16" if on_gpu else "no")
    place = Place(accelerator.process_index, accelerator.num_processes, accelerator.device)
    torch.manual_seed(settings.seed)
    task = job.make_task(place)
    for module in task.modules.values():
        module.to(place.device).train()
    torch.manual_seed(settings.seed + place.rank)
    parameters = [p for m in task.modules.values() for p in m.parameters() if p.requires_grad]
    optimizer = _optimizer(parameters, settings)
    log = TrainLog(job.folder, accelerator)
    begun = run_folder.newest() or 0
    if begun:
        _restore(run_folder, begun, place, task, optimizer, log)
    log.open(begun)
    steps = range(begun + 1, settings.steps + 1)
    bar = tqdm(
        steps, "steps", initial=begun, total=settings.steps, disable=job.quiet or place.rank > 0
    )
    for step in bar:
        for group in optimizer.param_groups:
            group["lr"] = group["rate_factor"] * settings.learning_rate * rate(step - 1, settings)
        with accelerator.autocast():
            loss, figures = task.step((step - 1) / settings.steps)
        optimizer.zero_grad(set_to_none=True)
        accelerator.backward(loss)
        _average_gradients(accelerator, parameters)
        for module in task.modules.values():
            nn.utils.clip_grad_norm_(module.parameters(), settings.clip_norm)
        optimizer.step()
        task.moved(step / settings.steps)
        log.add({"loss": loss.detach(), **figures})
        if step % settings.log_every == 0 or step == settings.steps:
            bar.set_postfix_str(log.write(step, optimizer.param_groups[0]["lr"]))
        if step % settings.save_every == 0 or step == settings.steps:
            log.check(step)
            _keep(run_folder, step, accelerator, task, optimizer, log)
    log.close()
    if place.rank == 0:
        for module in task.modules.values():
            module.eval()
        task.finish(job.folder, log.last)


def rate(step: int, settings: LoopSettings) -> float:
    """Return the share of the peak learning rate: linear rise, then a cosine to zero."""
    if step < settings.warm_up_steps:
        return (step + 1) / settings.warm_up_steps
    rest = max(1, settings.steps - settings.warm_up_steps)
    return 0.5 * (1.0 + math.cos(math.pi * min(1.0, (step - settings.warm_up_steps) / rest)))


def _optimizer(parameters: list[nn.Parameter], settings: LoopSettings) -> torch.optim.AdamW:
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for p in parameters:
        decay = 0.0 if getattr(p, "_no_weight_decay", False) else settings.weight_decay
        groups.setdefault((decay, getattr(p, "_rate_factor", 1.0)), []).append(p)
    # Fused: the plain one takes a sixth of a step of these networks on a CPU.
    return torch.optim.AdamW(
        [
            {"params": alike, "weight_decay": decay, "rate_factor": factor}
            for (decay, factor), alike in groups.items()
        ],
        settings.learning_rate,
        fused=True,
    )


def _average_gradients(accelerator, parameters: list[nn.Parameter]) -> None:
    if accelerator.num_processes == 1:
        return
    moving = [p for p in parameters if p.requires_grad]
    for p in moving:
        if p.grad is None:
            p.grad = torch.zeros_like(p)
    flat = torch.cat([p.grad.flatten() for p in moving])
    flat = accelerator.reduce(flat, reduction="mean")
    for p, part in zip(moving, flat.split([p.numel() for p in moving]), strict=True):
        p.grad.copy_(part.view_as(p))


def _keep(folder: RunFolder, step: int, accelerator, task: Task, optimizer, log: TrainLog) -> None:
    """Write the state of all processes, so that it counts only when all of it is there."""
    tree = {"task": task.state_dict(), "torch": torch.get_rng_state(), "log": log.state_dict()}
    if accelerator.device.type == "cuda":
        tree["cuda"] = torch.cuda.get_rng_state(accelerator.device)
    if accelerator.is_main_process:
        tree["modules"] = {name: dict(m.state_dict()) for name, m in task.modules.items()}
        tree["optimizer"] = optimizer.state_dict()
    try:
        folder.write_part(step, accelerator.process_index, tree)
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            folder.publish(step)
        accelerator.wait_for_everyone()
    except OSError as error:
        folder.discard(step)
        before = folder.newest() or 0
        raise ConfigError(
            f"the state of step {step} cannot be written to {folder.path} ({error.strerror}): make "
            f"room and give the same command, which goes on from step {before}"
        ) from error


def _restore(folder: RunFolder, step: int, place: Place, task: Task, optimizer, log) -> None:
    main = folder.state(step, 0)
    own = main if place.rank == 0 else folder.state(step, place.rank)
    for name, module in task.modules.items():
        module.load_state_dict(main["modules"][name])
    optimizer.load_state_dict(main["optimizer"])
    task.load_state_dict(own["task"])
    log.load_state_dict(own["log"])
    torch.set_rng_state(own["torch"])
    if place.device.type == "cuda":
        torch.cuda.set_rng_state(own["cuda"], place.device)
