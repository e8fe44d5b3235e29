import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.train_config import load_train_config, train_config_from_dict
from ur3_dancer.resources import find


def test_when_the_packaged_file_is_read_expect_the_shipped_settings():
    config = load_train_config(find("config/train/mdlt-t.yaml"))
    assert config.name == "mdlt-t" and config.window_frames == 20 and config.horizon == 30


@pytest.mark.parametrize("name", ["mdlt-m", "lstm", "mdlt-t-paper", "mdlt-m-paper"])
def test_when_a_packaged_file_is_read_expect_its_network_and_no_error(name):
    config = load_train_config(find(f"config/train/{name}.yaml"))
    assert config.name == name and name.startswith(config.network)


def test_when_only_a_name_is_given_expect_defaults():
    assert train_config_from_dict({"name": "x"}).optimizer.batch > 0


def test_when_a_whole_number_stands_for_a_float_expect_it_taken():
    config = train_config_from_dict({"name": "x", "data": {"song_s": 30}})
    assert config.data.song_s == 30.0


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({}, "name"),
        ([], "must map"),
        ({"name": 3}, "name is 3"),
        ({"name": "x", "epochs": 3}, "unknown key 'epochs'"),
        ({"name": "x", "model": {"depth": 3}}, "unknown key 'model.depth'"),
        ({"name": "x", "model": 3}, "model is 3"),
        ({"name": "x", "optimizer": {"steps": 2.5}}, "optimizer.steps is 2.5"),
        ({"name": "x", "optimizer": {"steps": True}}, "optimizer.steps is True"),
        ({"name": "x", "optimizer": {"steps": 0}}, "optimizer.steps is 0"),
        ({"name": "x", "optimizer": {"learning_rate": "fast"}}, "fast"),
        ({"name": "x", "optimizer": {"learning_rate": 0.0}}, "learning_rate is 0"),
        ({"name": "x", "data": {"song_s": 3.0}}, "data.song_s is 3"),
        ({"name": "x", "data": {"train_songs": 0}}, "data.train_songs is 0"),
        ({"name": "x", "streams": {"recovery_s": 0.0}}, "recovery_s is 0"),
        ({"name": "x", "horizon": 0}, "horizon is 0"),
        ({"name": "x", "network": "cnn"}, "network is 'cnn'"),
        ({"name": "x", "network": "mdlt-m", "model": {"heads": 2}}, r"unknown key 'model\.heads'"),
        ({"name": "x", "model": {"width": 10, "heads": 4}}, "width 10"),
        ({"name": "x", "model": {"dropout": "much"}}, "dropout"),
        ({"name": "x", "data": {"room": 2.0}}, "data.room is 2"),
        ({"name": "x", "data": {"varied": 1.5}}, "data.varied is 1.5"),
        ({"name": "x", "data": {"varied": True}}, "varied"),
        ({"name": "x", "streams": {"carry_state": True}}, "mdlt-t has no state"),
        ({"name": "x", "streams": {"noise": float("nan")}}, "nan"),
    ],
)
def test_when_a_setting_cannot_be_expect_config_error_naming_it(content, named):
    with pytest.raises(ConfigError, match=named):
        train_config_from_dict(content)


@pytest.mark.parametrize("text", ["name: [", "name: x\nstepz: 3", "- 1"])
def test_when_a_file_is_wrong_expect_config_error_naming_the_file(tmp_path, text):
    path = tmp_path / "train.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"train\.yaml"):
        load_train_config(path)


def test_when_there_is_no_file_expect_config_error_naming_it(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        load_train_config(tmp_path / "none.yaml")
