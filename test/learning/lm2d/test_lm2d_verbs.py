"""From nothing to a judged student by the commands of docs/lm2d.md, within seconds."""

import json
import shutil

import pytest
import yaml
from support.tiny_bert import save_tiny_bert

from ur3_dancer.cli.main import main
from ur3_dancer.learning.lm2d.steps_report import dances_note

SIZES = {
    "chunk_frames": 30, "width": 16, "heads": 2, "layers": 1, "music_layers": 1,
    "feed_forward": 16, "token_numbers": 48,
}  # fmt: skip
LOOP = {"steps": 4, "learning_rate": 0.001, "warm_up_steps": 1, "log_every": 2, "save_every": 2}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a prepared set, configurations, a trained teacher and its student."""
    folder = tmp_path_factory.mktemp("lm2d")
    songs, prepared = str(folder / "songs"), str(folder / "set")
    many = ["--songs", "10", "--seed", "3", "--song-s", "24"]
    assert main(["generate", "--lyrics", *many, "--out", songs]) == 0
    features = ["--features", "lm2d30"]
    assert main(["prepare", "generated", songs, "--out", prepared, *features]) == 0
    encoder = folder / "bert"
    encoder.mkdir()
    teacher = {
        "name": "tiny-teacher",
        "window_frames": 96,
        "data": {"prepared": prepared, "encoder": str(save_tiny_bert(encoder))},
        "model": SIZES,
        "loop": LOOP,
        "teacher": {"batch": 4},
    }
    music = {**teacher, "name": "tiny-music", "data": {"prepared": prepared, "encoder": ""}}
    student = {
        "name": "tiny",
        "teacher": str(folder / "teacher"),
        "data": {"prepared": prepared},
        "loop": LOOP,
    }
    guided = {"batch": 4, "levels": 3, "guidance": {"music": 2.0}}
    cd = {**guided, "recipe": "lm2d-cd"}
    dmd = {**guided, "recipe": "dmd", "begin": str(folder / "cd")}
    for name, verb, settings in (
        ("teacher", "train", {"network": "lm2d", **teacher}),
        ("music", "train", {"network": "lm2d", **music}),
        ("cd", "distill", {**student, "student": cd}),
        ("student", "distill", {**student, "student": dmd}),
    ):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(settings))
        assert main([verb, str(folder / f"{name}.yaml"), "--out", str(folder / name)]) == 0
    return folder


def evaluate(place, *arguments):
    teacher, data = str(place / "teacher"), str(place / "set")
    more = ["--teacher", teacher, "--data", data, "--songs", "2", "--seconds", "12"]
    return main(["evaluate_lm2d", str(place / "student"), *more, *arguments])


@pytest.mark.slow
def test_when_trained_and_distilled_expect_records_of_how(place):
    for name, part in (("teacher", "teacher"), ("cd", "student"), ("student", "student")):
        config = json.loads((place / name / "config.json").read_text())
        assert config["model"]["part"] == part
        record = config["training"]
        assert record["data"] == "generated" and record["songs"] == 8
        assert (place / name / "train.jsonl").read_text().count("\n") == 2
    assert record["begin"]["config"]["student"]["recipe"] == "lm2d-cd"


@pytest.mark.slow
def test_when_a_student_is_evaluated_expect_table_goals_seams_and_picture(place, capsys):
    plot = place / "steps.png"
    arguments = ["--seeds", "2", "--seams", "0.2", "--plot", str(plot)]
    arguments += ["--music-only", str(place / "music")]
    assert evaluate(place, *arguments) == 0
    out = capsys.readouterr().out
    rows = {line.split("|")[1].strip(): line for line in out.splitlines() if line.startswith("|")}
    for name in ("truth", "student, 1 step", "teacher, 50 steps", "teacher, 16 steps, music alone"):
        assert name in rows
    assert "music-only teacher, 50 steps" in rows
    assert rows["student, 2 steps"].count("±") == 9
    assert "Guidance of the teacher: music 2, lyrics 1" in out, "the student's own"
    assert "give more --songs" in out
    assert "beat alignment: student" in out and "over 2 seeds" in out
    assert "seams: jerk" in out and "0.2 minutes" in out
    assert plot.stat().st_size > 10_000


def test_when_dances_are_few_expect_the_note_to_say_what_their_distance_is_worth():
    assert "means something from 73 on" in dances_note(72)
    assert dances_note(73) == "FIDk, FIDg and diversity are of 73 dances of 5 s."


@pytest.mark.slow
def test_when_settings_are_to_be_chosen_expect_other_songs_than_those_reported(place, capsys):
    assert evaluate(place, "--part", "val", "--songs", "1", "--seconds", "24", "--seams", "0") == 0
    out = capsys.readouterr().out
    assert "1 generated val songs" in out
    assert evaluate(place, "--songs", "1", "--seconds", "24", "--seams", "0") == 0
    other = capsys.readouterr().out
    assert "1 generated test songs" in other
    truths = [[line for line in text.splitlines() if "| truth" in line] for text in (out, other)]
    assert truths[0] != truths[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seeds", "0"], "--seeds is 0"),
        (["--seams", "-1"], "--seams is -1"),
        (["--data", "none"], "none"),
        (["--teacher", "none"], "none"),
        (["--seconds", "4"], "give at least two of each"),
        (["--guidance", "30", "1"], "guidance weight of music is 30"),
    ],
)
def test_when_an_argument_of_evaluate_is_wrong_expect_one_line(place, arguments, said, capsys):
    capsys.readouterr()
    assert evaluate(place, *arguments) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


@pytest.mark.slow
def test_when_a_set_has_no_song_of_the_part_expect_one_line(place, tmp_path, capsys):
    few = shutil.copytree(place / "set", tmp_path / "set")
    manifest = json.loads((few / "manifest.json").read_text())
    manifest["crossmodal"]["val"] = []
    (few / "manifest.json").write_text(json.dumps(manifest))
    capsys.readouterr()
    assert evaluate(place, "--data", str(few), "--part", "val") == 2
    error = capsys.readouterr().err
    assert "has no val songs: give a larger set" in error and error.count("\n") == 1


@pytest.mark.slow
def test_when_the_music_only_model_reads_lyrics_expect_refusal(place, capsys):
    capsys.readouterr()
    assert evaluate(place, "--music-only", str(place / "teacher")) == 2
    assert "tiny-teacher reads lyrics: give a teacher" in capsys.readouterr().err


@pytest.mark.slow
def test_when_a_student_is_to_learn_from_another_set_expect_refusal(place, tmp_path, capsys):
    songs, other = str(tmp_path / "songs"), str(tmp_path / "set")
    many = ["--songs", "3", "--seed", "9", "--song-s", "14"]
    assert main(["generate", "--lyrics", *many, "--out", songs]) == 0
    assert main(["prepare", "generated", songs, "--out", other, "--features", "lm2d30"]) == 0
    capsys.readouterr()
    command = [
        "distill",
        str(place / "student.yaml"),
        "--data",
        other,
        "--out",
        str(tmp_path / "s"),
    ]
    assert main(command) == 2
    assert "is not the one that teacher" in capsys.readouterr().err


@pytest.mark.slow
def test_when_a_student_is_to_begin_with_itself_expect_refusal(place, capsys):
    command = ["distill", str(place / "student.yaml"), "--out", str(place / "cd")]
    assert main(command) == 2
    assert "give another --out" in capsys.readouterr().err
