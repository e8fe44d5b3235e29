"""Parameters as people write them: `node.parameter=value`, and ROS parameter files."""

from pathlib import Path

import yaml

from ur3_dancer.errors import ConfigError
from ur3_dancer.nodes.parameters import NODES, Value


def parse_setting(setting: str) -> tuple[str, str, Value]:
    """Return node, parameter name and value of `node.parameter=value`.

    Raises:
        ConfigError: unknown node or parameter, or a value it cannot have.
    """
    target, equals, text = setting.partition("=")
    node, dot, name = target.partition(".")
    if not equals or not dot:
        raise ConfigError(f"setting {setting!r}: write node.parameter=value")
    if node not in NODES:
        raise ConfigError(f"setting {setting!r}: no node {node!r}: choose {', '.join(NODES)}")
    table = {parameter.name: parameter for parameter in NODES[node]}
    if name not in table:
        raise ConfigError(
            f"setting {setting!r}: {node} has no parameter {name!r}: it has {', '.join(table)}"
        )
    return node, name, table[name].parse(text)


def read_config(path: Path) -> dict[str, dict[str, Value]]:
    """Return every node's parameters as a ROS parameter file gives them, defaults filled in.

    Raises:
        ConfigError: unreadable file, unknown node or parameter, or a value it cannot have.
    """
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"config {path} cannot be read ({error}): give a YAML file") from error
    result = {node: {p.name: p.default for p in table} for node, table in NODES.items()}
    for key, section in (content or {}).items():
        node = key.rpartition("/")[2]
        if node not in NODES or set(section or {}) != {"ros__parameters"}:
            raise ConfigError(
                f"config {path} has a section {key!r}: name /**/NODE with ros__parameters for "
                f"nodes {', '.join(NODES)}"
            )
        table = {parameter.name: parameter for parameter in NODES[node]}
        for name, value in section["ros__parameters"].items():
            if name not in table:
                raise ConfigError(
                    f"config {path}: {node} has no parameter {name!r}: it has {', '.join(table)}"
                )
            try:
                result[node][name] = table[name].check(value)
            except ConfigError as error:
                raise ConfigError(f"config {path}: {node}.{error}") from error
    return result
