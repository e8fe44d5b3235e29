import json

import pytest

from ur3_dancer.cli.main import main

pytest.importorskip("rclpy", reason="ROS 2 is not installed")


@pytest.mark.slow
def test_when_the_servo_loop_is_benched_expect_the_keys_of_the_report(capsys):
    words = ["bench", "servo", "--seconds", "1", "--only", "hz_125", "--model", "groove", "--json"]
    assert main(words) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["inference_model"] == "groove"
    assert set(result["hz_125"]) == {"alone", "beside_inference"}
    for figures in result["hz_125"].values():
        assert set(figures["period_error_ms"]) == {"p50", "p99", "max"}
        assert 0.0 <= figures["missed_share"] < 1.0
        assert 0.0 < figures["cpu_driver"] < 2.0
        assert 0.0 < figures["cpu_controller"] < 2.0
        assert figures["rate_hz"] == pytest.approx(125.0, rel=0.1)
    tracking = result["tracking_500_hz"]
    assert set(tracking) == {"hold", "cubic", "shipped"}
    assert tracking["shipped"]["max_jerk_rad_s3"] < 0.01 * tracking["hold"]["max_jerk_rad_s3"]
    assert tracking["shipped"]["lag_ms"] < tracking["cubic"]["lag_ms"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--seconds", "0"], "--seconds is 0"),
        (["--model", "waltz"], "unknown model 'waltz'"),
        (["--realtime-priority", "200"], "--realtime-priority is 200"),
    ],
)
def test_when_an_argument_is_wrong_expect_one_line(capsys, words, text):
    assert main(["bench", "servo", *words]) == 2
    assert text in capsys.readouterr().err
