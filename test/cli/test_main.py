"""The command itself: verbs, help, and errors of one line."""

import importlib
from pathlib import Path

import pytest

import ur3_dancer
from ur3_dancer.cli import main as command
from ur3_dancer.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("verb", command.VERBS)
def test_when_a_verb_is_listed_expect_help_and_a_line_in_the_readme(verb, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main([verb, "--help"])
    assert ended.value.code == 0
    assert verb in capsys.readouterr().out
    assert f"`{verb}`" in (ROOT / "README.md").read_text()


def test_when_verbs_are_counted_expect_every_module_listed():
    modules = {path.stem for path in (ROOT / "ur3_dancer/cli").glob("*.py")}
    helpers = {
        name
        for name in modules - {"__init__", "main"}
        if not hasattr(importlib.import_module(f"ur3_dancer.cli.{name}"), "run")
    }
    assert modules - {"__init__", "main"} - helpers == set(command.VERBS)


def test_when_asked_for_the_version_expect_the_packages(capsys):
    with pytest.raises(SystemExit):
        command.main(["--version"])
    assert capsys.readouterr().out.strip() == ur3_dancer.__version__


def test_when_no_verb_is_given_expect_usage(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main([])
    assert ended.value.code == 2
    assert "VERB" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "status", "text"),
    [
        (ConfigError("amplitude is 7: give 0 to 1"), 2, "error: amplitude is 7: give 0 to 1\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_when_a_verb_fails_expect_one_line_and_a_status(monkeypatch, capsys, raised, status, text):
    def run(args):
        raise raised

    monkeypatch.setattr("ur3_dancer.cli.devices.run", run)
    assert command.main(["devices"]) == status
    assert capsys.readouterr().err == text
