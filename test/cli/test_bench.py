import json

from ur3_dancer.cli import bench


class Arguments:
    what, spec, seconds, back_to_back, json = "features", "mdlt60", 0.5, True, True


def test_when_features_are_benched_expect_the_keys_of_the_report(capsys):
    assert bench.run(Arguments()) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result["groups_ms"]) >= {"timbre", "separation", "chroma", "tempogram", "beats"}
    assert {"p50", "p99"} == set(result["whole_ms"]) == set(result["groups_ms"]["timbre"])
    assert result["librosa_ms"] > 0 and result["ratio_to_librosa"] > 20
