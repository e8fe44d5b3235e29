import json

import numpy as np
import pytest

from ur3_dancer.cli.main import main


@pytest.mark.slow
def test_when_the_knobs_are_turned_expect_what_each_is_for_and_a_picture(tmp_path, capsys):
    picture = tmp_path / "t.png"
    assert main(["bench", "tuning", "--seconds", "8", "--plot", str(picture), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    delay_ms = np.array(result["servo"]["delay_ms"])  # by gain, by look-ahead
    assert (np.diff(delay_ms, axis=1) > 0).all(), "more look-ahead is later"
    assert (np.diff(delay_ms, axis=0) < 0).all(), "more gain is prompter"
    for share in result["step"]["share"].values():
        assert share[0] == 0.0
        assert max(share) <= 1.0 + 1e-9, "no overshoot"
    shortest, *_, longest = result["horizon"]["worst_error_rad"].values()
    assert longest[0] == shortest[0] == 0.0
    assert longest[3] < 0.5 * shortest[3], "0.2 s of lost music"
    assert (np.diff(result["amplitude"]["energy_rad_s"]) > 0).all()
    assert max(result["amplitude"]["acceleration_share"]) <= 1.0
    assert picture.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--seconds", "3"], "--seconds is 3"),
        (["--model", "waltz"], "unknown model 'waltz'"),
        (["--arm", "ur5"], "ur5"),
    ],
)
def test_when_an_argument_is_wrong_expect_one_line(capsys, words, text):
    assert main(["bench", "tuning", *words]) == 2
    assert text in capsys.readouterr().err


def test_when_the_picture_cannot_be_written_expect_its_name(tmp_path):
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.stage.tuning_plot import draw_tuning

    figures = {
        "servo": {"gain": [100.0], "lookahead_s": [0.03, 0.2], "delay_ms": [[1.0, 2.0]]},
        "step": {"times_s": [0.0, 1.0], "share": {"soft": [0.0, 1.0]}},
        "horizon": {"outage_s": [0.0, 1.0], "worst_error_rad": {"1": [0.0, 1.0]}},
        "amplitude": {"share": [1.0], "energy_rad_s": [1.0], "acceleration_share": [0.5]},
    }
    with pytest.raises(ConfigError, match=r"no/t\.png"):
        draw_tuning(figures, tmp_path / "no" / "t.png")
