import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.limiter import Limiter, greatest_speed
from ur3_dancer.motion.workspace import Workspace, WorkspaceGuard

CONFIG = load_arm_config("ur3")
LIMITS = CONFIG.limits
HOME = CONFIG.home_rad.tolist()
RATES = st.sampled_from([125.0, 500.0])
ANY_FLOAT = st.one_of(
    st.floats(-4, 4), st.floats(allow_nan=True, allow_infinity=True), st.just(float("nan"))
)


def assert_within_limits(commands, rate_hz, start=HOME):
    """Judge as the referee does: differences of successive commands at the nominal period."""
    q = np.array([start, start, start, *commands])
    v = np.diff(q, axis=0) * rate_hz
    a = np.diff(v, axis=0) * rate_hz
    jerk = np.diff(a, axis=0) * rate_hz
    assert np.all(np.abs(v) <= LIMITS.velocity_rad_s)
    assert np.all(np.abs(a) <= LIMITS.acceleration_rad_s2)
    assert np.all(np.abs(jerk) <= LIMITS.jerk_rad_s3)
    assert np.all((q >= LIMITS.lower_rad) & (q <= LIMITS.upper_rad))


@settings(max_examples=150, deadline=None)
@given(
    RATES,
    st.lists(
        st.tuples(
            st.integers(1, 60),
            st.lists(ANY_FLOAT, min_size=6, max_size=6),
            st.lists(ANY_FLOAT, min_size=6, max_size=6),
        ),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_when_any_targets_arrive_expect_every_command_within_every_limit(rate_hz, wishes, guarded):
    guard = WorkspaceGuard("ur3", CONFIG.workspace) if guarded else None
    limiter = Limiter(LIMITS, 1 / rate_hz, guard)
    limiter.seed(HOME)
    commands = [limiter.step(q, dq) for count, q, dq in wishes for _ in range(count)]
    assert_within_limits(commands, rate_hz)


@settings(max_examples=15, deadline=None)
@given(RATES, st.integers(0, 2**32 - 1))
def test_when_targets_switch_at_random_expect_no_limit_broken_and_rest_at_the_last(rate_hz, seed):
    rng = np.random.default_rng(seed)
    limiter = Limiter(LIMITS, 1 / rate_hz)
    limiter.seed(HOME)
    commands = []
    for _ in range(6):
        target = rng.uniform(LIMITS.lower_rad - 0.5, LIMITS.upper_rad + 0.5)
        for _ in range(rng.integers(1, int(0.4 * rate_hz))):
            commands.append(limiter.step(target.tolist(), [0.0] * 6))
    target = np.clip(target, LIMITS.lower_rad, LIMITS.upper_rad)
    for _ in range(int(3 * rate_hz)):
        commands.append(limiter.step(target.tolist(), [0.0] * 6))
    assert_within_limits(commands, rate_hz)
    np.testing.assert_allclose(commands[-1], target, atol=1e-4)


@pytest.mark.parametrize("rate_hz", [125, 500])
def test_when_the_target_moves_within_the_limits_expect_no_lag(rate_hz):
    limiter = Limiter(LIMITS, 1 / rate_hz, WorkspaceGuard("ur3", CONFIG.workspace))
    limiter.seed(HOME)
    turn, phases = 2 * np.pi, np.arange(6)
    worst_rad = 0.0
    for i in range(4 * rate_hz):
        t = i / rate_hz
        x = min(t / 1.5, 1.0)
        size, growth = 0.2 * x**3 * (10 - 15 * x + 6 * x * x), 0.2 * 30 * x * x * (1 - x) ** 2 / 1.5
        sine, cosine = np.sin(turn * t + phases), np.cos(turn * t + phases)
        q, dq = CONFIG.home_rad + size * sine, size * turn * cosine + growth * sine
        command = limiter.step(q.tolist(), dq.tolist())
        worst_rad = max(worst_rad, np.abs(command - q).max())
    lag_ms = worst_rad / (0.2 * turn) * 1000
    print(f"{rate_hz} Hz: worst error {worst_rad:.1e} rad, as lag {lag_ms:.4f} ms")
    assert lag_ms < 0.1


@pytest.mark.parametrize("rate_hz", [125, 500])
def test_when_the_target_jumps_expect_jerk_within_its_limit_and_hardly_an_overshoot(rate_hz):
    limiter = Limiter(LIMITS, 1 / rate_hz)
    limiter.seed(HOME)
    target = CONFIG.home_rad + np.array([0.8, 0.3, 0.4, 0.7, 0.7, 1.0])
    q = np.array([limiter.step(target.tolist(), [0.0] * 6) for _ in range(2 * rate_hz)])
    assert_within_limits(q, rate_hz)
    assert (q - target).max() < 2e-3


@pytest.mark.parametrize("rate_hz", [125, 500])
def test_when_targets_are_not_finite_expect_braking_to_rest_within_jerk(rate_hz):
    limiter = Limiter(LIMITS, 1 / rate_hz)
    limiter.seed(HOME)
    q = [limiter.step(LIMITS.upper_rad.tolist(), [0.0] * 6) for _ in range(rate_hz // 4)]
    assert not limiter.at_rest
    q += [limiter.step([float("nan")] * 6, [0.0] * 6) for _ in range(rate_hz // 2)]
    assert limiter.at_rest
    assert limiter.refused == rate_hz // 2
    assert_within_limits(q, rate_hz)


@pytest.mark.parametrize("rate_hz", [125, 500])
def test_when_the_range_shrinks_at_speed_expect_no_jump_and_the_range_kept_from_then_on(rate_hz):
    limiter = Limiter(LIMITS, 1 / rate_hz)
    limiter.seed(HOME)
    limiter.use_range([-6.0] * 6, [6.0] * 6)
    far = LIMITS.upper_rad + 1.0
    commands = [limiter.step(far.tolist(), [0.0] * 6) for _ in range(rate_hz // 2)]
    here = np.array(limiter.q)
    limiter.use_range(LIMITS.lower_rad, here)
    commands += [limiter.step(far.tolist(), [0.0] * 6) for _ in range(rate_hz)]
    q = np.array([HOME] * 3 + commands)
    jerk = np.diff(q, 3, axis=0) * rate_hz**3
    assert np.all(np.abs(jerk) <= LIMITS.jerk_rad_s3)
    stopped = LIMITS.velocity_rad_s**2 / LIMITS.acceleration_rad_s2
    assert np.all(q[-1] <= here + stopped)
    assert limiter.at_rest


@pytest.mark.parametrize("rate_hz", [125, 500])
def test_when_the_tool_would_be_too_fast_expect_its_speed_held(rate_hz):
    guard = WorkspaceGuard("ur3", Workspace(tcp_speed_m_s=0.3))
    limiter = Limiter(LIMITS, 1 / rate_hz, guard)
    limiter.seed(HOME)
    commands = []
    for sign in (1, -1, 1):
        target = CONFIG.home_rad + sign * np.array([1.0, 0.3, 0.4, 0.7, 0.7, 1.0])
        commands += [limiter.step(target.tolist(), [0.0] * 6) for _ in range(rate_hz)]
    assert_within_limits(commands, rate_hz)
    tool = np.array([guard.tool_point(list(q)) for q in [HOME, *commands]])
    assert np.linalg.norm(np.diff(tool, axis=0), axis=1).max() * rate_hz <= 0.3 * 1.01
    assert "0.3 m/s" in limiter.held_why


@pytest.mark.parametrize("rate_hz", [125, 500])
def test_when_the_way_leads_into_the_table_expect_a_hold_before_it(rate_hz):
    guard = WorkspaceGuard("ur3", Workspace(table_z_m=0.3))
    limiter = Limiter(LIMITS, 1 / rate_hz, guard)
    limiter.seed(HOME)
    down = [0.0, -1.2, 1.85, -2.2, -1.57, 0.0]
    assert "table" in guard.violation(down)
    commands = [limiter.step(down, [0.0] * 6) for _ in range(2 * rate_hz)]
    assert max(guard.depth_m(q) for q in commands) < 1e-4, "of a margin of 10 mm"
    assert limiter.held > 0
    assert "table" in limiter.held_why
    assert_within_limits(commands, rate_hz)
    assert np.ptp(commands[-rate_hz // 4 :], axis=0).max() < 0.01
    back = [limiter.step(HOME, [0.0] * 6) for _ in range(2 * rate_hz)]
    np.testing.assert_allclose(back[-1], HOME, atol=1e-3)


def test_when_seeded_beyond_a_limit_expect_the_way_in_and_none_further_out():
    limiter = Limiter(LIMITS, 0.008)
    outside = [*HOME[:2], LIMITS.upper_rad[2] + 0.2, *HOME[3:]]
    limiter.seed(outside)
    away = [*HOME[:2], LIMITS.upper_rad[2] + 1.0, *HOME[3:]]
    assert all(limiter.step(away, [0.0] * 6)[2] <= outside[2] for _ in range(100))
    for _ in range(300):
        last = limiter.step(HOME, [0.0] * 6)
    np.testing.assert_allclose(last, HOME, atol=1e-3)


@given(st.floats(1e-6, 3), st.floats(1, 30), st.sampled_from([0.008, 0.002]))
def test_when_braking_from_the_greatest_speed_expect_to_end_within_the_distance(
    distance, deceleration, period_s
):
    speed = greatest_speed(distance, deceleration, period_s)
    left, walked = speed, 0.0
    while left > 0:
        walked += left * period_s
        left -= deceleration * period_s
    assert walked == pytest.approx(distance, rel=1e-6)


def test_when_the_period_is_no_time_expect_it_refused():
    with pytest.raises(ConfigError, match="period"):
        Limiter(LIMITS, 0.0)
