"""What a performance is started with, as a person words it."""

from pathlib import Path

import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.nodes.settings import compose

CONFIG = Path(__file__).parents[2] / "config/live.yaml"


def test_when_nothing_is_given_expect_packaged_config_and_the_models_window():
    path, settings = compose(None, [], warn=pytest.fail)
    assert path == CONFIG
    assert settings["microphone"] == {"window_frames": 120, "features": "mdlt60"}
    assert settings["driver"] == settings["inference"] == {}


def test_when_a_value_is_given_twice_expect_the_last_word():
    given = ["microphone.audio=demo", "microphone.audio=mic", "driver.amplitude=0.2"]
    _, settings = compose(None, given, warn=pytest.fail)
    assert settings["microphone"]["audio"] == "mic"
    assert settings["driver"] == {"amplitude": 0.2}


def test_when_the_model_is_unknown_expect_the_names_there_are():
    with pytest.raises(ConfigError, match=r"unknown model 'waltz'.*groove"):
        compose(None, ["inference.model=waltz"], warn=pytest.fail)


def test_when_the_checkpoint_is_broken_expect_a_warning_and_the_fallbacks_window(tmp_path):
    warnings = []
    _, settings = compose(None, [f"inference.model={tmp_path}"], warn=warnings.append)
    assert len(warnings) == 1
    assert str(tmp_path) in warnings[0]
    assert settings["microphone"]["window_frames"] == 20
    assert settings["inference"]["model"] == str(tmp_path)
