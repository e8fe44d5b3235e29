import json

import pytest

from ur3_dancer.cli import bench, bench_inference
from ur3_dancer.cli.main import build_parser, main


def test_when_inference_is_benched_expect_its_figures_as_json(capsys):
    arguments = ["bench", "inference", "--model", "mdlt_t", "--frames", "3", "--back-to-back"]
    args = build_parser().parse_args([*arguments, "--json"])
    assert bench.run(args) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["frames"] == 3 and result["paced"] is False
    assert set(result["mdlt_t"]) == {"p50_ms", "p99_ms", "first_ms"}
    assert set(result["machine"]) == {"p50_ms", "p99_ms"}


def test_when_printed_expect_a_line_for_each_figure(capsys):
    one = {"p50_ms": 0.5, "p99_ms": 1.0}
    bench_inference.print_inference({"frames": 3, "mdlt_t": one, "mdlt_m": {"k120": one}})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["frames:", "mdlt_t", "mdlt_m.k120"]
    assert all("p99_ms 1.0" in line for line in lines[1:])


def test_when_listed_expect_the_models_that_can_be_measured():
    from ur3_dancer.dance.measure_inference import MODELS

    assert bench_inference._MODELS == MODELS


@pytest.mark.parametrize(("option", "value"), [("--frames", "0"), ("--soak", "-1")])
def test_when_a_number_cannot_be_expect_one_line_naming_it(option, value, capsys):
    assert main(["bench", "inference", option, value]) == 2
    error = capsys.readouterr().err
    assert option in error and value in error and error.count("\n") == 1
