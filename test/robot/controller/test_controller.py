"""The controller without sockets: programs, arm and safety, cycle by cycle."""

import logging

import numpy as np
import pytest

from ur3_dancer.robot.controller.robot import RobotMode, RuntimeState, SafetyMode

HOME = "[0, -1.2, -1.0, -1.57, 1.57, 0]"
GO_HOME = f"movej({HOME}, a=3.0, v=2.0)"
SERVO = """def servo():
  {go_home}
  q = get_actual_joint_positions()
  global first = q[0]
  while True:
    q[0] = first + read_input_float_register(0)
    servoj(q, t=get_steptime(), lookahead_time=0.05, gain=600)
  end
end
"""


def start_servo(bench) -> None:
    bench.run(SERVO.format(go_home=GO_HOME))
    bench.seconds(3.0)
    assert bench.arm.servoing


def record(bench, seconds: float) -> np.ndarray:
    places = []
    for _ in range(round(seconds / bench.arm.period_s)):
        bench.cycles(1)
        places.append(bench.arm.actual_q)
    return np.array(places)


def at_rest(bench) -> bool:
    return bench.arm.steady


def test_when_a_program_moves_the_arm_expect_it_there_and_the_program_over(bench):
    bench.run(f"def go():\n {GO_HOME}\n write_output_integer_register(3, 7)\nend\n")
    assert bench.robot.runtime == RuntimeState.PLAYING
    bench.seconds(3.0)
    assert bench.arm.actual_q == [0, -1.2, -1.0, -1.57, 1.57, 0]
    assert bench.robot.int_out[3] == 7
    assert bench.robot.runtime == RuntimeState.STOPPED
    assert at_rest(bench)


def test_when_a_line_is_sent_expect_it_run_as_a_program(bench):
    bench.run("set_digital_out(2, True)\n")
    assert bench.robot.digital_out == 4


def test_when_a_program_is_refused_expect_the_running_one_to_go_on(bench, caplog):
    bench.run("while True:\n sync()\nend\n")
    bench.controller.upload("def broken(:\nend\n")
    while bench.controller.compiling:
        bench.cycles(1)
    assert bench.robot.runtime == RuntimeState.PLAYING
    assert "program refused: line 1" in caplog.text


def test_when_a_program_fails_expect_the_line_in_the_log_and_the_arm_at_rest(bench, caplog):
    bench.run(
        f"def go():\n thread t():\n  sleep(0.3)\n  x = 1 / 0\n end\n run t()\n {GO_HOME}\nend"
    )
    bench.seconds(0.5)
    assert "line 4: ZeroDivisionError" in caplog.text
    assert bench.robot.runtime == RuntimeState.STOPPED
    assert at_rest(bench)


def test_when_a_word_is_not_supported_expect_it_named_with_its_line(bench, caplog):
    bench.run("def go():\n if False:\n  fly()\n end\n sync()\nend")
    assert "go, line 3: fly() is not supported" in caplog.text


def test_when_the_speed_slider_is_at_half_expect_twice_the_time(bench):
    times = []
    for slider in (1.0, 0.5):
        bench.run("movej([0.5, -1.2, -1, -1.57, 1.57, 0], a=3, v=2)")
        bench.seconds(5.0)
        bench.arm.slider = slider
        bench.seconds(1.0)
        bench.run(GO_HOME)
        before = bench.robot.time_s
        while bench.robot.runtime == RuntimeState.PLAYING:
            bench.cycles(1)
        times.append(bench.robot.time_s - before)
    assert times[1] == pytest.approx(2.0 * times[0], rel=0.05)


def test_when_the_slider_moves_in_a_motion_expect_no_jump_of_speed(bench):
    bench.run("speedj([1, 0, 0, 0, 0, 0], 5, 3)")
    bench.seconds(0.5)
    bench.arm.slider = 0.1
    speed = np.diff(record(bench, 0.5)[:, 0]) / bench.arm.period_s
    assert speed[-1] == pytest.approx(0.1, rel=1e-3)
    assert np.abs(np.diff(speed)).max() / bench.arm.period_s < 6.0


def test_when_a_servo_target_jumps_expect_a_protective_stop_within_limits(bench):
    start_servo(bench)
    bench.robot.double_in[0] = 0.5
    bench.cycles(2)
    assert bench.robot.safety == SafetyMode.PROTECTIVE_STOP
    assert bench.robot.runtime == RuntimeState.PAUSED
    assert bench.robot.safety_bits & 4
    assert bench.referee.counts["protective_stops"] == 1
    bench.seconds(1.0)
    assert at_rest(bench)


def test_when_the_slider_is_low_expect_servoj_to_fall_behind_and_not_to_stop(bench):
    start_servo(bench)
    bench.arm.slider = 0.1
    bench.seconds(0.5)
    for step in range(round(0.3 / bench.arm.period_s)):
        bench.robot.double_in[0] = 1.0 * step * bench.arm.period_s
        bench.cycles(1)
        assert abs(bench.arm.actual_dq[0]) < 0.1 * np.pi * 1.001
    assert bench.robot.safety == SafetyMode.NORMAL
    bench.arm.slider = 1.0
    bench.seconds(1.0)
    assert bench.robot.safety == SafetyMode.NORMAL
    assert bench.arm.actual_q[0] == pytest.approx(bench.robot.double_in[0], abs=1e-3)


def test_when_a_protective_stop_is_released_expect_five_seconds_and_the_program_to_go_on(bench):
    bench.run(GO_HOME)
    bench.seconds(0.3)
    bench.controller.protective_stop("test")
    bench.seconds(1.0)
    assert at_rest(bench)
    assert not bench.controller.unlock()
    bench.seconds(4.1)
    assert bench.controller.unlock()
    bench.seconds(3.0)
    assert bench.arm.actual_q == [0, -1.2, -1.0, -1.57, 1.57, 0]


def test_when_a_program_is_paused_and_played_expect_rest_in_between(bench):
    bench.run(GO_HOME)
    bench.seconds(0.3)
    assert bench.controller.pause_program("test")
    bench.seconds(0.5)
    assert at_rest(bench)
    place = bench.arm.actual_q
    assert bench.controller.play()
    bench.seconds(3.0)
    assert bench.arm.actual_q != place
    assert bench.arm.actual_q == [0, -1.2, -1.0, -1.57, 1.57, 0]


def test_when_the_program_stops_while_servoing_expect_the_arm_to_come_to_rest(bench):
    start_servo(bench)
    for step in range(20):
        bench.robot.double_in[0] = 0.5 * step * bench.arm.period_s
        bench.cycles(1)
    assert not at_rest(bench)
    bench.controller.stop_program("test")
    speed = np.diff(record(bench, 0.3)[:, 0]) / bench.arm.period_s
    assert at_rest(bench)
    assert np.abs(np.diff(speed)).max() / bench.arm.period_s < 45.0


def test_when_a_moving_thread_is_killed_expect_the_arm_to_come_to_rest(bench):
    bench.run(f"def go():\n thread t():\n  {GO_HOME}\n end\n h = run t()\n sleep(0.3)\n kill h\n"
              " sleep(5)\nend")  # fmt: skip
    bench.seconds(1.0)
    assert at_rest(bench)
    assert bench.arm.actual_q != [0, -1.2, -1.0, -1.57, 1.57, 0]


def test_when_speedj_is_not_renewed_expect_the_arm_to_come_to_rest(bench):
    bench.run("def go():\n speedj([0.3, 0, 0, 0, 0, 0], 1)\n sleep(5)\nend")
    bench.seconds(0.25)
    assert not at_rest(bench)
    bench.seconds(0.5)
    assert at_rest(bench)


@pytest.mark.parametrize(
    ("program", "cause"),
    [
        ("speedj([0, 0, 0, 0, 0, 2], 20, 9)", "joint 5 reaches its limit"),
        ("movej([7, -1.57, 0, -1.57, 0, 0], a=3, v=2)", "joint 0 reaches its limit"),
        ("movej([0, -1.57, 2.95, -1.57, 0, 0], a=3, v=2)", "touches itself"),
        ("movej([1.5, 0, 0, 0, 0, 0], a=30, v=3)", "the tool is too fast"),
        ("speedl([0, 0, 0.1, 0, 0, 0], 1, 1)", "singular"),
    ],
)
def test_when_the_real_arm_would_stop_expect_a_protective_stop(bench, caplog, program, cause):
    bench.run(program)
    bench.seconds(6.0)
    assert cause in caplog.text
    assert bench.robot.safety == SafetyMode.PROTECTIVE_STOP
    assert at_rest(bench)


def test_when_a_tool_pose_is_out_of_reach_expect_the_program_to_fail(bench, caplog):
    bench.run("movel(p[2, 0, 0, 0, 0, 0])")
    assert "movel cannot reach" in caplog.text
    assert bench.robot.runtime == RuntimeState.STOPPED


def test_when_a_number_is_not_finite_expect_the_program_to_fail_and_not_the_arm(bench, caplog):
    start_servo(bench)
    bench.robot.double_in[0] = float("nan")
    bench.seconds(0.3)
    assert "not finite" in caplog.text
    assert all(np.isfinite(bench.arm.actual_q))
    assert at_rest(bench)


@pytest.mark.parametrize(
    ("action", "state"), [("stop", RuntimeState.STOPPED), ("pause", RuntimeState.PAUSED)]
)
def test_when_a_watched_input_falls_silent_expect_the_action(bench, action, state):
    program = f'rtde_set_watchdog("input_int_register_0", 10, "{action}")\nsleep(9)\n'
    bench.run(f"def go():\n{program}end\n")
    for _ in range(5):
        bench.seconds(0.08)
        bench.controller.watchdogs.touched(("input_int_register_0",))
    assert bench.robot.runtime == RuntimeState.PLAYING
    bench.seconds(0.12)
    assert bench.robot.runtime == state


def test_when_the_emergency_stop_is_pressed_expect_no_program_and_no_power(bench):
    bench.run(GO_HOME)
    bench.seconds(0.3)
    bench.controller.emergency_stop()
    bench.seconds(0.5)
    assert at_rest(bench)
    assert bench.robot.mode == RobotMode.POWER_OFF
    assert bench.robot.safety_bits & 1 << 7
    bench.controller.power(RobotMode.RUNNING)
    assert bench.robot.mode == RobotMode.POWER_OFF
    bench.controller.release_emergency_stop()
    bench.controller.power(RobotMode.RUNNING)
    assert bench.robot.ready


def test_when_the_arm_has_no_power_expect_programs_refused(bench, caplog):
    bench.controller.power(RobotMode.POWER_OFF)
    bench.run(GO_HOME)
    assert "refused: POWER_OFF" in caplog.text
    bench.seconds(0.5)
    assert at_rest(bench)


def test_when_a_blended_path_is_run_expect_the_goal_without_a_rest_on_the_way(bench, caplog):
    caplog.set_level(logging.INFO)
    bench.run(f"def go():\n movej([0.3, -1.2, -1, -1.57, 1.57, 0], a=3, v=1, r=0.05)\n"
              f" movej({HOME}, a=3, v=1, r=0)\nend")  # fmt: skip
    places = record(bench, 4.0)
    np.testing.assert_allclose(places[-1], [0, -1.2, -1.0, -1.57, 1.57, 0])
    # The turning point of joint 0 lies short of the middle way point, and others move there.
    assert 0.2 < places[:, 0].max() < 0.3


def test_when_a_move_is_killed_for_another_expect_a_rest_and_only_the_new_goal(bench):
    bench.run(
        "def go():\n thread t():\n  movej([1, -1.57, 0, -1.57, 0, 0], a=3, v=1)\n end\n"
        " h = run t()\n sleep(0.5)\n kill h\n movej([0, -1.57, 0, -1.57, 0, 0], a=3, v=1)\nend"
    )
    places = record(bench, 4.0)[:, 0]
    assert places.max() < 0.7
    assert places[-1] == 0.0
    assert bench.robot.runtime == RuntimeState.STOPPED
    assert bench.referee.counts["protective_stops"] == 0


def test_when_two_threads_move_the_arm_expect_the_program_to_fail(bench, caplog):
    bench.run(
        "def go():\n thread t():\n  sleep(0.2)\n  servoj(get_actual_joint_positions())\n end\n"
        " run t()\n movej([1, -1.57, 0, -1.57, 0, 0])\nend"
    )
    bench.seconds(0.5)
    assert "line 7: another thread took the arm over" in caplog.text
    assert at_rest(bench)


def test_when_servo_commands_come_after_the_program_ended_expect_them_not_judged(bench):
    start_servo(bench)
    bench.controller.servo_packet(bench.arm.actual_q, bench.arm.period_s)
    judged = bench.referee.counts["commands"]
    for end in (bench.controller.pause_program, bench.controller.stop_program):
        end("a test")
        bench.controller.servo_packet([0.0] * 6, bench.arm.period_s)
        bench.cycles(1)
    assert bench.referee.counts["commands"] == judged > 0
    assert bench.referee.counts["acceleration"] == 0
