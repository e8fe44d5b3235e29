"""Ready layouts of RViz, Foxglove and PlotJuggler: they show topics that the nodes really have."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from ur3_dancer.joints import JOINTS
from ur3_dancer.motion.urdf import LINKS

ROOT = Path(__file__).parents[3]
LAYOUTS = ROOT / "config/view"
PUBLISHERS = re.compile(r"create_publisher\(\s*\w+,\s*\"([^\"]+)\"")
OF_ROBOT_STATE_PUBLISHER = {"/robot_description"}


def topics_of_the_nodes() -> set[str]:
    """Read from the nodes' source: relative names, `~` is the node's own."""
    found = set()
    for node in ("microphone", "inference", "driver", "runtime"):
        source = (ROOT / f"ur3_dancer/nodes/{node}.py").read_text()
        owners = ("microphone", "inference", "driver") if node == "runtime" else (node,)
        for name in PUBLISHERS.findall(source):
            found |= {"/" + name.replace("~", owner).lstrip("/") for owner in owners}
    assert {"/joint_states", "/music/window", "/driver/state", "/diagnostics"} <= found
    return found | OF_ROBOT_STATE_PUBLISHER


def strings(value) -> list[str]:
    """Every text in nested lists and mappings."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


@pytest.fixture(scope="module")
def foxglove():
    return json.loads((LAYOUTS / "foxglove.json").read_text())


def test_when_foxglove_opens_its_layout_expect_only_topics_and_services_of_the_house(foxglove):
    services = {f"/driver/{word}" for word in ("start", "stop", "reset", "home")}
    asked = [text for text in strings(foxglove["configById"]) if text.startswith("/")]
    topics = {re.split(r"[.\[]", text)[0] for text in asked} - services
    assert topics <= topics_of_the_nodes()
    assert set(asked) >= services
    assert {"/joint_states", "/music/window", "/music/beat", "/diagnostics"} <= topics


def test_when_foxglove_lays_out_expect_every_panel_once(foxglove):
    def panels(node):
        return (
            [node] if isinstance(node, str) else [*panels(node["first"]), *panels(node["second"])]
        )

    assert sorted(panels(foxglove["layout"])) == sorted(foxglove["configById"])


def test_when_plotjuggler_opens_its_layout_expect_only_topics_of_the_house():
    root = ET.parse(LAYOUTS / "plotjuggler.xml").getroot()
    topics = {element.get("name") for element in root.iter("topic")}
    assert topics <= topics_of_the_nodes()
    curves = [element.get("name") for element in root.iter("curve")]
    assert len(curves) > 12
    for curve in curves:
        topic = next(topic for topic in topics if curve.startswith(topic + "/"))
        part = curve.removeprefix(topic + "/").split("/")[0]
        assert part in JOINTS or re.fullmatch(r"data\.[0-3]", part)
    for splitter in root.iter("DockSplitter"):
        assert int(splitter.get("count")) == len(splitter) == len(splitter.get("sizes").split(";"))


def test_when_rviz_opens_its_layout_expect_topics_frames_and_the_launch_files_remappings():
    layout = yaml.safe_load((LAYOUTS / "dance.rviz").read_text())
    topics = {text for text in strings(layout) if text.startswith("/")}
    assert topics <= topics_of_the_nodes()
    launch_file = (ROOT / "launch/view.launch.py").read_text()
    moved = re.search(r"TOPICS = \((.+)\)", launch_file)[1]
    assert topics <= {"/" + name for name in re.findall(r'"([^"]+)"', moved)}
    frames = {"base_link", "tool0", *LINKS}
    (arm,) = (
        display
        for display in layout["Visualization Manager"]["Displays"]
        if display["Name"] == "Arm"
    )
    assert set(arm["Links"]) <= frames
    assert layout["Visualization Manager"]["Global Options"]["Fixed Frame"] in frames
