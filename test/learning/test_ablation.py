import json

import pytest
from support.tiny_set import write_tiny_set

from ur3_dancer.cli.main import main
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.ablation import Places, run_ablation
from ur3_dancer.learning.ablation_config import ablation_from_dict, load_ablation_config
from ur3_dancer.learning.evaluation_report import GENERATED
from ur3_dancer.resources import find

TINY = {"mdlt-t": {"width": 8, "heads": 2, "encoder_layers": 1, "decoder_layers": 1,
                   "feed_forward": 8, "dropout": 0.0},
        "mdlt-m": {"width": 8, "layers": 2, "states": 2, "pose_feedback": True},
        "lstm": {"width": 8, "encoder_layers": 1, "decoder_layers": 1, "dropout": 0.0}}  # fmt: skip


def content(folder, **changes):
    return {
        "name": "tiny",
        "windows": [8, 20],
        "seeds": [1, 2],
        "test_songs": 1,
        "networks": {"lstm": TINY["lstm"]},
        "train": {
            "horizon": 4,
            "data": {"prepared": str(folder), "protocol": "crossmodal"},
            "optimizer": {"steps": 2, "batch": 2, "warm_up_steps": 1},
        },
        **changes,
    }


def test_when_run_on_a_set_expect_mean_and_deviation_beside_controls_and_no_cell_twice(tmp_path):
    write_tiny_set(tmp_path / "set", seconds=4.0)
    config = ablation_from_dict(content(tmp_path / "set"))
    places, said = Places(tmp_path / "out", tmp_path / "data"), []
    report = run_ablation(config, places, said.append, quiet=True)
    assert said == [
        *(f"cell {i + 1} of 4: lstm-k{k}-s{s}" for i, (k, s) in
          enumerate([(8, 1), (8, 2), (20, 1), (20, 2)])),
        "controls",
    ]  # fmt: skip
    (table,) = report.tables
    names = [line[:2] for line in table.lines]
    assert names[:2] == [("lstm", "8"), ("lstm", "20")]
    # With a single song there is no wrong one.
    assert [name for name, _ in names[2:]] == ["truth", "groove", "mean pose", "shuffled"]
    aje = report.content["cells"][0]["mean_and_deviation"]["aje_rad"]
    seeds = [s["figures"]["aje_rad"] for s in report.content["cells"][0]["seeds"].values()]
    assert aje[0] == pytest.approx(sum(seeds) / 2)
    assert aje[1] == pytest.approx(abs(seeds[0] - seeds[1]) / 2**0.5)
    assert " ± " in table.lines[0][3] and "±" not in table.lines[2][3]

    # One cell lost, as by an interruption: only that one is made again, and comes out the same.
    kept = (places.folder / "lstm-k8-s2" / "result.json").read_text()
    (places.folder / "lstm-k8-s2" / "result.json").unlink()
    said.clear()
    again = run_ablation(config, places, said.append, quiet=True)
    assert said == ["cell 2 of 4: lstm-k8-s2"]
    assert again.content["cells"][0]["mean_and_deviation"]["aje_rad"] == pytest.approx(aje)
    assert (
        json.loads(kept)["made_of"]
        == json.loads((places.folder / "lstm-k8-s2" / "result.json").read_text())["made_of"]
    )

    # Other settings are never mixed in.
    changed = ablation_from_dict(content(tmp_path / "set", test_songs=2))
    with pytest.raises(ConfigError, match="made with other settings"):
        run_ablation(changed, places, quiet=True)


def test_when_other_networks_are_named_expect_each_trained_and_judged(tmp_path):
    write_tiny_set(tmp_path / "set", seconds=4.0)
    networks = {name: TINY[name] for name in ("mdlt-t", "mdlt-m")}
    some = content(tmp_path / "set", windows=[8], seeds=[1], networks=networks)
    places = Places(tmp_path / "out", tmp_path / "data")
    (table,) = run_ablation(ablation_from_dict(some), places, quiet=True).tables
    assert [line[0] for line in table.lines[:2]] == ["mdlt-t", "mdlt-m"]
    assert all(float(line[3]) > 0 for line in table.lines[:2])


@pytest.mark.slow
def test_when_no_set_is_named_expect_generated_songs_and_dancers_by_rule_beside(tmp_path):
    some = content(tmp_path, windows=[8], seeds=[1])
    some["train"]["data"] = {"train_songs": 1, "held_out_songs": 1, "song_s": 12.0, "seed": 7}
    places = Places(tmp_path / "out", tmp_path / "data", workers=1)
    report = run_ablation(ablation_from_dict(some), places, quiet=True)
    (table,) = report.tables
    assert [line[0] for line in table.lines] == ["lstm", "groove", "mean-pose"]
    assert "FID rad²" not in table.header  # two dances are right to each song
    assert GENERATED in report.facts


def test_when_all_networks_are_named_expect_every_combination_with_sizes_of_its_own():
    config = load_ablation_config(find("config/train/ablate.yaml"))
    assert len(config.cells) == 18 and len({cell.name for cell in config.cells}) == 18
    assert {cell.config.window_frames for cell in config.cells} == {20, 120}
    on_set = config.on_set("some/set", "mdlt30", "paper:0")
    assert {cell.config.data.prepared for cell in on_set.cells} == {"some/set"}
    assert on_set.shared.features == "mdlt30" and on_set.shared.data.protocol == "paper:0"
    assert on_set.cells[5].config.model == config.cells[5].config.model


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"rows": 3}, "unknown key 'rows'"),
        ({"windows": [20, 20]}, r"windows is \[20, 20\]"),
        ({"seeds": []}, r"seeds is \[\]"),
        ({"test_songs": 0}, "test_songs is 0"),
        ({"networks": {}}, "networks is empty"),
        ({"networks": {"gru": {}}}, "gru"),
        ({"networks": {"lstm": {"heads": 2}}}, "heads"),
        ({"train": {"seed": 3}}, "train.seed is given"),
        ({"train": {"steps": 3}}, "steps"),
        ({"name": ""}, "name is ''"),
        ({"train": 4}, "train is 4"),
    ],
)
def test_when_a_value_cannot_be_expect_it_named(changes, named, tmp_path):
    with pytest.raises(ConfigError, match=named):
        ablation_from_dict(content(tmp_path, **changes))


def test_when_a_key_is_missing_expect_it_named(tmp_path):
    some = content(tmp_path)
    del some["seeds"]
    with pytest.raises(ConfigError, match="key seeds is missing"):
        ablation_from_dict(some)


def test_when_a_result_is_damaged_expect_config_error_naming_it(tmp_path):
    write_tiny_set(tmp_path / "set", seconds=4.0)
    config = ablation_from_dict(content(tmp_path / "set"))
    cell = tmp_path / "out" / "lstm-k8-s1"
    cell.mkdir(parents=True)
    (cell / "result.json").write_text("{")
    with pytest.raises(ConfigError, match=r"result\.json cannot be read"):
        run_ablation(config, Places(tmp_path / "out", tmp_path / "data"), quiet=True)


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["ablate", "none.yaml"], "none.yaml"),
        (["ablate", "."], "no manifest.json"),
        (["ablate", "none.yaml", "--workers", "0"], "--workers is 0"),
    ],
)
def test_when_an_argument_is_wrong_expect_one_line_and_status_2(
    argv, named, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 2
    error = capsys.readouterr().err
    assert named in error and error.count("\n") == 1
