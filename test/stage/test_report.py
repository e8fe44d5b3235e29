"""The report's keys are a contract; a part that never came leaves null, not a guess."""

import json

import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.stage import report

SPREAD = {"p50": 1.0, "p99": 2.0, "max": 3.0}


@pytest.fixture
def parts(tmp_path):
    return report.PartFiles(tmp_path)


def test_when_all_parts_are_there_expect_every_key_of_the_contract(parts):
    parts.microphone.write_text(
        json.dumps(
            {
                "audio": {"source": "demo", "overruns": 0, "gaps": 0},
                "windows": {"sent": 600},
                "latency_ms": {"features": SPREAD},
                "beats_s": [1.0, 1.5, 2.0],
                "errors": ["device vanished"],
            }
        )
    )
    inference = {"windows": {"used": 597}, "latency_ms": {"inference": SPREAD}, "errors": []}
    parts.inference.write_text(json.dumps(inference))
    driver = {
        "latency_ms": {"ear_to_arm": SPREAD},
        "servo": {"rate_hz": 125.0, "missed": 0, "period_error_ms": SPREAD},
        "motion": {"energy_rad_s": 0.5},
        "errors": ["device vanished"],
    }
    parts.driver.write_text(json.dumps(driver))
    counts = dict.fromkeys(report.REFEREE_KEYS, 0)
    parts.referee.write_text(json.dumps({**counts, "commands": 1250}))
    np.savez(parts.trajectory, time_s=np.arange(3.0), measured_rad=np.zeros((3, 6)))
    result = report.build(parts, 10.0, "DANCING", [])
    assert result["audio"] == {"source": "demo", "overruns": 0, "gaps": 0}
    assert result["windows"] == {"sent": 600, "used": 597, "lost": 3}
    assert set(result["latency_ms"]) == {"features", "inference", "ear_to_arm"}
    assert all(spread == SPREAD for spread in result["latency_ms"].values())
    assert result["servo"]["period_error_ms"] == SPREAD
    assert result["motion"] == {"energy_rad_s": 0.5, "beat_lag_ms": None}
    assert result["referee"] == counts
    assert result["state"] == "DANCING"
    assert result["errors"] == ["device vanished"]
    json.dumps(result, allow_nan=False)


def test_when_no_part_was_written_expect_nulls_and_the_supervisors_errors(parts):
    result = report.build(parts, 0.0, "not started", ["driver ended by itself"])
    assert result["windows"] == {"sent": None, "used": None, "lost": None}
    assert result["referee"] is result["servo"] is result["audio"] is None
    assert result["errors"] == ["driver ended by itself"]


def test_when_the_report_cannot_be_written_expect_a_refusal_beforehand(tmp_path):
    with pytest.raises(ConfigError, match="give a file in a folder that exists"):
        report.check_writable(tmp_path / "none/r.json")
    with pytest.raises(ConfigError, match="give a file"):
        report.check_writable(tmp_path)
    report.check_writable(tmp_path / "r.json")


def test_when_written_expect_the_whole_file_and_nothing_else(tmp_path):
    report.write({"a": 1}, tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text()) == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
