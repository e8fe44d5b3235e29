"""What the nodes are started with: a parameter file, what overrides it, and the model's window.

`ur3-dancer live` and `live.launch.py` both come through here, so that the same words start the same
performance.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from ur3_dancer.dance.catalog import policy_spec
from ur3_dancer.errors import CheckpointError
from ur3_dancer.nodes.parameter_text import parse_setting, read_config
from ur3_dancer.nodes.parameters import NODES, Value
from ur3_dancer.resources import find

Settings = dict[str, dict[str, Value]]
FALLBACK_MODEL = "groove"
"""What dances when a checkpoint fails its checks."""


def compose(
    config: Path | None, given: Iterable[str], warn: Callable[[str], None]
) -> tuple[Path, Settings]:
    """Return the parameter file and the parameters that override it, node by node.

    Window length and features follow the model unless `given` says otherwise.

    Args:
        config: a ROS parameter file, or None for the packaged config/live.yaml.
        given: settings as a person writes them, `node.parameter=value`; the last one holds.
        warn: receives a line when the model's checkpoint fails its checks.

    Raises:
        ConfigError: an unreadable file, or a node, parameter, value or model that does not exist.
    """
    path = config or find("config/live.yaml")
    configured = read_config(path)
    settings: Settings = {node: {} for node in NODES}
    for setting in given:
        node, name, value = parse_setting(setting)
        settings[node][name] = value
    model = settings["inference"].get("model", configured["inference"]["model"])
    try:
        spec = policy_spec(model)
    except CheckpointError as error:
        # The inference node meets the same error, and falls back if its parameters allow.
        warn(str(error))
        spec = policy_spec(FALLBACK_MODEL)
    window = {"window_frames": spec.window_frames, "features": spec.features}
    settings["microphone"] = {**window, **settings["microphone"]}
    return path, settings
