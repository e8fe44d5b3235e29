"""Performances that are made here, so that what replaying them must find is known."""

import numpy as np
import pytest

from ur3_dancer.dance.catalog import load_policy
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.music.window import Window
from ur3_dancer.stage.recording.performance import Performance, read_performance
from ur3_dancer.stage.recording.replaying import compare, motion

UR3 = load_arm_config("ur3")


def danced(model="groove", count=240, lost=()):
    """A performance of a policy that never got the windows of `lost`."""
    policy, random = load_policy(model, UR3), np.random.default_rng(1)
    frames = random.normal(0, 0.3, (count + 19, 438)).astype(np.float32)
    frames[:, 0] = -500.0
    frames[::30, 41] = 1.0
    performance = Performance(model=model)
    for i in range(count):
        window = Window(frames[i : i + 20], 50.0 + i / 60, 60.0)
        performance.windows.append((window.time_s, window.frames))
        if i not in lost:
            performance.chunks.append(policy.predict(window))
    return performance


def test_when_the_same_model_answers_again_expect_the_same_chunks():
    result = compare(danced(), load_policy("groove", UR3))
    assert (result.compared, result.without_window) == (240, 0)
    assert result.differ_from_s is None and result.worst_rad < 1e-9


def test_when_inference_lost_windows_expect_them_left_out_again():
    result = compare(danced(lost=range(40, 60)), load_policy("groove", UR3))
    assert result.compared == 220 and result.differ_from_s is None


def test_when_the_recorder_lost_windows_expect_their_chunks_counted():
    performance = danced(count=60)
    del performance.windows[50:]
    result = compare(performance, load_policy("groove", UR3))
    assert (result.compared, result.without_window) == (50, 10)


def test_when_a_chunk_was_another_expect_the_time_of_it():
    performance = danced(count=120)
    chunk = performance.chunks[90]
    moved = Chunk(chunk.targets_rad + 0.01, chunk.start_s, chunk.step_s)
    performance.chunks[90] = moved
    result = compare(performance, load_policy("groove", UR3))
    assert result.differ_from_s == pytest.approx(90 / 60, abs=1e-6)
    assert result.worst_rad == pytest.approx(0.01)


def test_when_the_model_hears_otherwise_expect_what_to_choose():
    performance = danced(count=4)
    performance.windows = [(time_s, frames[:10]) for time_s, frames in performance.windows]
    with pytest.raises(ConfigError, match="10 frames of 438"):
        compare(performance, load_policy("groove", UR3))


@pytest.mark.parametrize("missing", ["windows", "chunks"])
def test_when_a_kind_is_missing_expect_it_named(missing):
    performance = danced(count=4)
    getattr(performance, missing).clear()
    with pytest.raises(ConfigError, match=f"0 {missing}"):
        compare(performance, load_policy("groove", UR3))


def commanded(states):
    times_s = 10.0 + np.arange(200) / 50
    q = UR3.home_rad + 0.1 * np.sin(times_s)[:, None]
    return Performance(commands=list(zip(times_s, q, strict=True)), states=states)


def test_when_its_motion_is_wanted_expect_the_danced_part_alone():
    performance = commanded([(9.0, "HOMING"), (11.0, "DANCING"), (13.0, "STOPPED: the end")])
    trajectory = motion(performance, UR3)
    assert trajectory.times_s[0] == 0.0
    assert trajectory.times_s[-1] == pytest.approx(1.98)
    np.testing.assert_allclose(trajectory.q[0], UR3.home_rad + 0.1 * np.sin(11.0))


def test_when_it_never_danced_expect_its_states_told():
    with pytest.raises(ConfigError, match="states: HOMING, FAULT"):
        motion(commanded([(9.0, "HOMING"), (9.5, "FAULT")]), UR3)


def test_when_the_poses_leave_the_limits_expect_it_refused():
    performance = commanded([])
    performance.commands[5][1][0] = 4.0
    with pytest.raises(ConfigError, match="leave the limits"):
        motion(performance, UR3)


def test_when_another_program_recorded_expect_what_is_missing(tmp_path):
    writer_of = pytest.importorskip("mcap_ros2.writer", reason="the extra `stage` is not installed")
    path = tmp_path / "other.mcap"
    with path.open("wb") as file:
        writer = writer_of.Writer(file)
        schema = writer.register_msgdef("std_msgs/msg/String", "string data")
        writer.write_message("/chatter", schema, {"data": "hello"}, log_time=1, publish_time=1)
        writer.finish()
    with pytest.raises(ConfigError, match=r"none of the topics music/window.*it has /chatter"):
        read_performance(path)


@pytest.mark.parametrize("content", [b"", b"no recording at all"])
def test_when_it_is_no_mcap_expect_it_said(content, tmp_path):
    path = tmp_path / "a.mcap"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"a\.mcap"):
        read_performance(path)


def test_when_there_is_no_file_expect_it_said(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_performance(tmp_path / "nothing.mcap")
