import json

import pytest
from support.tiny_set import write_tiny_set

from ur3_dancer.cli.main import main
from ur3_dancer.learning.train import train
from ur3_dancer.learning.train_config import train_config_from_dict
from ur3_dancer.resources import find


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A set, and a checkpoint that was trained on it for two steps."""
    folder = tmp_path_factory.mktemp("trained")
    write_tiny_set(folder / "set", seconds=4.0)
    config = train_config_from_dict(
        {
            "name": "tiny",
            "horizon": 10,
            "window_frames": 8,
            "data": {"prepared": str(folder / "set"), "protocol": "crossmodal"},
            "model": {
                "width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 1,
                "feed_forward": 16, "dropout": 0.0,
            },
            "optimizer": {"steps": 2, "batch": 2, "warm_up_steps": 1},
        }
    )  # fmt: skip
    train(config, folder / "tiny", folder / "data", quiet=True)
    return str(folder / "tiny"), str(folder / "set")


def test_when_a_set_is_named_expect_the_papers_space_split_and_controls(trained, capsys):
    model, prepared = trained
    assert main(["evaluate", model, prepared, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["space"], content["split"]) == ("MDLT_ARM", "crossmodal")
    names = [row["name"] for row in content["rows"]]
    assert names[:2] == ["truth", "tiny"] and {"groove", "mean pose", "shuffled"} <= set(names)
    tiny = content["rows"][1]
    assert list(tiny["genres"]) == ["break", "lock"] and tiny["all"]["on_beat"]["beats"] > 10
    assert len(tiny["aje_rad_by_horizon_s"]) == 3
    assert content["first_frame"] == 20  # of groove, the longest window in the table


def test_when_the_split_is_another_than_learnt_expect_a_warning_in_the_facts(trained, capsys):
    model, prepared = trained
    assert main(["evaluate", model, prepared, "--split", "genre:lock", "--alone"]) == 0
    out = capsys.readouterr().out
    assert "trained by split crossmodal" in out and "split genre:lock" in out
    assert "groove" not in out


def test_when_written_to_files_expect_tables_too(trained, capsys, tmp_path):
    model, prepared = trained
    files = ["--json", str(tmp_path / "r.json"), "--markdown", str(tmp_path / "r.md")]
    assert main(["evaluate", model, prepared, "--most-songs", "1", *files]) == 0
    assert "what those two do not see" in capsys.readouterr().out
    assert json.loads((tmp_path / "r.json").read_text())["split"] == "crossmodal"
    assert {path.name for path in tmp_path.iterdir()} == {
        "r.json", "r.md", "r-errors.png", "r-beats.png", "r-dance.png",
    }  # fmt: skip


def test_when_a_model_speaks_joints_expect_the_truth_in_joints(trained, capsys):
    assert main(["evaluate", "mdlt-t", trained[1], "--most-songs", "1", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["space"] == "UR3" and content["split"] == "song"
    assert content["rows"][0]["all"]["energy_ratio"] == pytest.approx(1.0)


def test_when_groove_alone_is_named_expect_it_beside_the_controls(trained, capsys):
    assert main(["evaluate", "groove", trained[1], "--split", "crossmodal", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["name"] for row in rows][:2] == ["truth", "groove"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--split", "genre:waltz"], "waltz"),
        (["--split", "sideways"], "sideways"),
        (["--beside", "mdlt-t"], "different pose spaces"),
        (["--beside", "nobody"], "nobody"),
        (["--arm", "ur99"], "ur99"),
    ],
)
def test_when_it_cannot_be_evaluated_expect_one_line_and_status_2(trained, options, named, capsys):
    assert main(["evaluate", *trained, *options]) == 2
    error = capsys.readouterr().err
    assert named in error and error.count("\n") == 1


def test_when_the_set_has_other_features_expect_how_to_prepare_it(trained, capsys, tmp_path):
    write_tiny_set(tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"mdlt60"', '"mdlt30"'))
    assert main(["evaluate", trained[0], str(tmp_path)]) == 2
    assert "prepare it with --features mdlt60" in capsys.readouterr().err


def test_when_there_is_no_set_or_no_dancer_expect_one_line(trained, capsys, tmp_path):
    assert main(["evaluate", trained[0], str(tmp_path)]) == 2
    assert "manifest.json" in capsys.readouterr().err
    assert main(["evaluate", str(find("resource/checkpoints/beat")), trained[1]]) == 2
    assert "beat" in capsys.readouterr().err
