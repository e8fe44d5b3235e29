"""Every parameter is stated once, and config/live.yaml tells the truth about it."""

from pathlib import Path

import pytest
import yaml

from ur3_dancer.errors import ConfigError
from ur3_dancer.nodes.parameter_text import parse_setting, read_config
from ur3_dancer.nodes.parameters import NODES, Parameter

CONFIG = Path(__file__).parents[2] / "config/live.yaml"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("driver.amplitude=0.5", ("driver", "amplitude", 0.5)),
        ("driver.amplitude=1", ("driver", "amplitude", 1.0)),
        ("driver.allow_motion=true", ("driver", "allow_motion", True)),
        ("microphone.block_samples=256", ("microphone", "block_samples", 256)),
        ("microphone.device=3", ("microphone", "device", "3")),
        ("microphone.audio=a=b.wav", ("microphone", "audio", "a=b.wav")),
    ],
)
def test_when_a_setting_is_right_expect_its_typed_value(setting, expected):
    assert parse_setting(setting) == expected


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("amplitude=0.5", "write node.parameter=value"),
        ("driver.amplitude", "write node.parameter=value"),
        ("drum.amplitude=1", "no node 'drum': choose microphone, inference, driver"),
        ("driver.volume=1", "driver has no parameter 'volume': it has .*amplitude"),
        ("driver.amplitude=1.5", r"amplitude is 1.5, out of range: allowed is 0 to 1"),
        ("driver.amplitude=nan", "out of range"),
        ("driver.amplitude=loud", "amplitude is 'loud': give a float"),
        ("driver.allow_motion=yes", "give true or false"),
        ("driver.start=later", "choose auto or service"),
        ("microphone.block_samples=1e3", "give a int"),
    ],
)
def test_when_a_setting_is_wrong_expect_value_and_way_out(setting, text):
    with pytest.raises(ConfigError, match=text):
        parse_setting(setting)


def test_when_config_is_read_expect_it_to_name_the_defaults():
    content = yaml.safe_load(CONFIG.read_text())
    for key, section in content.items():
        node = key.removeprefix("/**/")
        defaults = {parameter.name: parameter.default for parameter in NODES[node]}
        for name, value in section["ros__parameters"].items():
            assert value == defaults[name], f"{node}.{name}"
    assert {key.removeprefix("/**/") for key in content} == set(NODES)


def test_when_config_is_read_expect_every_line_a_person_may_edit():
    said = yaml.safe_load(CONFIG.read_text())
    internal = {"autostart", "exit_with_parent", "report_file", "trajectory_file", "referee_file"}
    for node, table in NODES.items():
        names = {parameter.name for parameter in table}
        assert set(said[f"/**/{node}"]["ros__parameters"]) == names - internal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/**/drum:\n  ros__parameters: {}\n", "section '/\\*\\*/drum'"),
        ("/**/driver:\n  volume: 1\n", "ros__parameters"),
        ("/**/driver:\n  ros__parameters: {volume: 1}\n", "no parameter 'volume'"),
        ("/**/driver:\n  ros__parameters: {amplitude: 7.0}\n", "driver.amplitude is 7.0, out of"),
        ("/**/driver:\n  ros__parameters: {amplitude: [1]}\n", "give a float"),
        ("a: [", "cannot be read"),
    ],
)
def test_when_config_is_wrong_expect_file_and_value(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        read_config(path)
    assert str(path) in str(caught.value)


def test_when_config_is_missing_expect_a_clear_error(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml cannot be read"):
        read_config(tmp_path / "none.yaml")


def test_when_parameters_are_listed_expect_description_and_valid_default():
    for table in NODES.values():
        for parameter in table:
            assert isinstance(parameter, Parameter)
            assert parameter.description.endswith(".")
            assert parameter.check(parameter.default) == parameter.default
