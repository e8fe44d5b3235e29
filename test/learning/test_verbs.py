import json

import pytest

from ur3_dancer.cli.main import main
from ur3_dancer.resources import find

SHIPPED = str(find("config/train/mdlt-t.yaml"))


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["train", "none.yaml"], "none.yaml"),
        (["train", SHIPPED, "--workers", "0"], "--workers is 0"),
        (["train", SHIPPED, "--threads", "-1"], "--threads is -1"),
        (["evaluate", "waltz"], "waltz"),
        (["evaluate", "groove", "--songs", "0"], "--songs is 0"),
        (["evaluate", "groove", "--latency-ms", "-5"], "--latency-ms is -5"),
        (["evaluate", "groove", "--room", "2"], "--room is 2"),
        (["evaluate", "groove", "--varied", "--room", "1"], "--room is 1 with --varied"),
        (["evaluate", "groove", "--split", "song"], "belong to a prepared set"),
        (["evaluate", "groove", "set", "--audio", "a.wav"], "choose one"),
        (["evaluate", "groove", "set", "--most-songs", "0"], "--most-songs is 0"),
        (["evaluate", "groove", "--arm", "ur99"], "ur99"),
        (["evaluate", "groove", "--audio", "none.wav"], "none.wav"),
        (["evaluate", "groove", "--beats", "a.txt"], "1 files of --beats for 0 of --audio"),
    ],
)
def test_when_an_argument_is_wrong_expect_one_line_and_status_2(argv, named, capsys):
    assert main(argv) == 2
    error = capsys.readouterr().err
    assert named in error and error.count("\n") == 1


def test_when_evaluated_as_json_expect_both_directions_control_and_base_line(tmp_path, capsys):
    status = main(
        ["evaluate", "groove", "--songs", "1", "--song-s", "14", "--data", str(tmp_path), "--json"]
    )
    assert status == 0
    scores = json.loads(capsys.readouterr().out)["scores"]
    assert [score["policy"] for score in scores] == ["groove", "mean-pose"]
    assert scores[0]["on_beat"]["beats"] > 5
    assert {"precision", "recall", "f"} <= scores[0]["shifted"].keys()
    assert scores[1]["energy_rad_s"] < 0.01
