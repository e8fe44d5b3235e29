"""LM2D's checkpoints: what their configuration holds, and the way to a network or a policy.

In `config.json` the entry `model` has: `part` (`teacher` or `student`), `recipe` of a student and
its `noise_scale` (1 where there is none), `sigma_data`, `answer_every` (windows to an answer),
`side` of the body that the arm follows, `lyrics_encoder` (its name, and only for people), and
`sizes` of the network. The pose space is that of the four arm angles to which a body is read down.
"""

from dataclasses import replace
from pathlib import Path

from ur3_dancer.dance.checkpoint import Checkpoint, read_config, read_weights
from ur3_dancer.dance.lm2d.arm_of_body import ArmOfBody
from ur3_dancer.dance.lm2d.config import config_for
from ur3_dancer.dance.lm2d.diffusion import Consistency, Denoiser, NoiseLevels
from ur3_dancer.dance.lm2d.lyrics_track import LyricsTrack
from ur3_dancer.dance.lm2d.network import Lm2dNetwork
from ur3_dancer.dance.lm2d.policy import Lm2dPolicy, ShowSettings
from ur3_dancer.errors import CheckpointError, ConfigError

KIND = "lm2d"
_ENTRIES = ("part", "sigma_data", "answer_every", "side", "sizes")


def load_network(
    folder: Path, checkpoint: Checkpoint | None = None
) -> tuple[Checkpoint, Lm2dNetwork, NoiseLevels]:
    """Read a teacher or a student.

    Raises:
        CheckpointError: it is damaged, or of another kind.
    """
    checkpoint = checkpoint or read_config(folder)
    if checkpoint.kind != KIND:
        raise CheckpointError(
            f"checkpoint {folder} is of the kind {checkpoint.kind!r}, not {KIND}: give the folder "
            "of an LM2D model"
        )
    missing = [name for name in _ENTRIES if name not in checkpoint.model]
    if missing:
        raise CheckpointError(
            f"checkpoint {folder}: its model lacks {', '.join(missing)}: train it again"
        )
    try:
        network = Lm2dNetwork(config_for(checkpoint.spec, checkpoint.model["sizes"]))
        levels = NoiseLevels(float(checkpoint.model["sigma_data"]))
    except (ConfigError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"checkpoint {folder}: model sizes cannot be used ({error}): train it again"
        ) from error
    read_weights(folder, network)
    return checkpoint, network.eval().requires_grad_(False), levels


def load_teacher(folder: Path) -> tuple[Checkpoint, Denoiser]:
    """Read a teacher.

    Raises:
        CheckpointError: it cannot be read, or is a student.
    """
    checkpoint, network, levels = load_network(folder)
    _expect(folder, checkpoint, "teacher", "give the teacher that it was distilled from")
    return checkpoint, Denoiser(network, levels)


def load_student(
    folder: Path, checkpoint: Checkpoint | None = None
) -> tuple[Checkpoint, Consistency]:
    """Read a student.

    Raises:
        CheckpointError: it cannot be read, or is a teacher.
    """
    checkpoint, network, levels = load_network(folder, checkpoint)
    _expect(folder, checkpoint, "student", "distil it first with `ur3-dancer distill`")
    try:
        return checkpoint, Consistency(network, levels, checkpoint.model.get("noise_scale", 1.0))
    except (ConfigError, TypeError) as error:
        raise CheckpointError(
            f"checkpoint {folder}: noise_scale cannot be used ({error}): distil it again"
        ) from error


def load_policy(
    folder: Path,
    checkpoint: Checkpoint,
    arm: ArmOfBody,
    show: ShowSettings | None = None,
    lyrics: LyricsTrack | None = None,
) -> Lm2dPolicy:
    """Return the policy that dances with a student's checkpoint.

    Args:
        folder: of the checkpoint.
        checkpoint: its configuration.
        arm: follows the body.
        show: seed and the like.
        lyrics: of the song.

    Raises:
        CheckpointError: the checkpoint is damaged, or a teacher.
        ConfigError: the lyrics' embeddings are of another width than the checkpoint's.
    """
    checkpoint, student = load_student(folder, checkpoint)
    config = student.network.config
    if lyrics is not None and lyrics.width != config.lyrics_width:
        raise ConfigError(
            f"the encoder answers {lyrics.width} numbers a line, checkpoint {folder} reads "
            f"{config.lyrics_width or 'no lyrics'}: it was trained with "
            f"{checkpoint.model.get('lyrics_encoder') or 'none'}"
        )
    every = int(checkpoint.model["answer_every"])
    horizon = config.chunk_frames + config.commit_frames + 1 - every
    if not 1 <= every <= config.chunk_frames:
        raise CheckpointError(
            f"checkpoint {folder}: answer_every is {every}, must be 1 to {config.chunk_frames}"
        )
    spec = replace(checkpoint.spec, horizon=horizon, pose_space=arm.pose_space())
    return Lm2dPolicy(checkpoint, spec, student, arm, show or ShowSettings(), lyrics)


def check_pair(teacher: Checkpoint, student: Checkpoint) -> None:
    """Refuse a student that does not speak as its teacher does.

    Raises:
        CheckpointError: features, sizes, rate or normaliser differ.
    """
    one, other = _speech(teacher), _speech(student)
    _expect_alike(teacher, student, one, other, "distil the student from this teacher")


def check_music_only(teacher: Checkpoint, alone: Checkpoint) -> None:
    """Refuse a base-line that reads lyrics, or differs from the teacher in anything else.

    Raises:
        CheckpointError: see there.
    """
    if alone.model["sizes"]["lyrics_width"]:
        raise CheckpointError(
            f"{alone.spec.name} reads lyrics: give a teacher that was trained without, with "
            '`encoder: ""`'
        )
    one, other = _speech(teacher), _speech(alone)
    for speech in (one, other):
        speech["sizes"] = {k: v for k, v in speech["sizes"].items() if not k.startswith("lyrics")}
    _expect_alike(teacher, alone, one, other, "train both on one set, with the same sizes")


def _speech(checkpoint: Checkpoint) -> dict:
    """Return all in which two models must be alike to be compared, by its name for people."""
    spec, model = checkpoint.spec, checkpoint.model
    return {
        "features": spec.features,
        "window_frames": spec.window_frames,
        "pose space": spec.pose_space.names,
        "side": model["side"],
        "sizes": model["sizes"],
        "sigma_data": model["sigma_data"],
        "normaliser": checkpoint.normalizer.to_dict(),
    }


def _expect_alike(
    teacher: Checkpoint, model: Checkpoint, one: dict, other: dict, way_out: str
) -> None:
    for name, wanted in one.items():
        if wanted != other[name]:
            what = "" if name == "normaliser" else f": {wanted} and {other[name]}"
            raise CheckpointError(
                f"teacher {teacher.spec.name} and {model.model['part']} {model.spec.name} differ "
                f"in {name}{what}: {way_out}"
            )


def _expect(folder: Path, checkpoint: Checkpoint, part: str, way_out: str) -> None:
    if checkpoint.model["part"] != part:
        raise CheckpointError(
            f"checkpoint {folder} is a {checkpoint.model['part']}, not a {part}: {way_out}"
        )
