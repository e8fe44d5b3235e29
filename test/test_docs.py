"""Holds documents, code and configuration together: parameters, verbs, options, topics, links."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

from ur3_dancer.cli.main import VERBS, build_parser
from ur3_dancer.nodes.parameters import NODES

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FILE_ENDINGS = {"json", "yaml", "py", "log"}


def code_of(text: str) -> list[str]:
    """Return inline code, and the lines of blocks of code without their comments."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    lines = [line.partition(" #")[0] for block in blocks for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    return lines + [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]


def commands(text: str) -> list[list[str]]:
    """Return the words of each ur3-dancer command that a document shows."""
    found = []
    for code in code_of(text):
        match = re.match(r"\s*(?:\.venv/bin/)?ur3-dancer ([a-z_0-9]+)(.*)", code)
        if match and match[1] != "VERB":
            found.append([match[1], *shlex.split(match[2].replace("'", ""))])
    return found


def options() -> dict[str, set[str]]:
    """Return every option of each verb, those of its subcommands included."""
    (verbs,) = subparsers(build_parser())
    return {name: options_of(parser) for name, parser in verbs.choices.items()}


def subparsers(parser: argparse.ArgumentParser) -> list[argparse._SubParsersAction]:
    return [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    found = set(parser._option_string_actions)
    for action in subparsers(parser):
        found.update(*(options_of(child) for child in action.choices.values()))
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_when_a_document_names_a_parameter_expect_it_declared(document):
    for code in code_of(document.read_text()):
        for node, name in re.findall(r"\b(microphone|inference|driver)\.([a-z_]+)", code):
            names = {parameter.name for parameter in NODES[node]}
            assert name in names | FILE_ENDINGS, f"{node}.{name} in `{code}`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_when_a_document_shows_a_command_expect_its_verb_and_options(document):
    known = options()
    for verb, *words in commands(document.read_text()):
        assert verb in known, verb
        for word in words:
            option = word.partition("=")[0]
            if re.fullmatch(r"--[a-z][a-z-]*", option):
                assert option in known[verb], f"ur3-dancer {verb} has no {option}"


def test_when_documents_are_read_expect_commands_and_parameters_to_be_found_at_all():
    everything = "\n".join(document.read_text() for document in DOCUMENTS)
    shown = {verb for verb, *_ in commands(everything)}
    assert len(shown) > len(VERBS) / 2
    assert "driver.amplitude" in everything


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_when_a_document_links_to_a_file_expect_it_there(document):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_when_the_readme_names_a_topic_expect_a_node_that_has_it():
    table = (ROOT / "README.md").read_text().partition("| topic or service |")[2]
    rows = table.partition("\n\n")[0].splitlines()[2:]
    source = "\n".join(path.read_text() for path in (ROOT / "ur3_dancer/nodes").glob("*.py"))
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert len(names) > 8
    for name in names:
        own = name.removeprefix("driver/").replace("NODE/", "")
        assert re.search(rf'"(~/|/)?{re.escape(own.lstrip("/"))}"', source), name
