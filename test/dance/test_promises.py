import numpy as np
import pytest

from ur3_dancer.dance.promises import Promises

RATE_HZ = 60.0
K, H = 5, 4


def promises():
    return Promises(np.zeros(2), K, H, RATE_HZ)


def chunk(first):
    return np.arange(first, first + H)[:, None] * np.ones(2)


def test_when_nothing_was_promised_expect_home():
    np.testing.assert_array_equal(promises().past(1.0), np.zeros((K, 2)))


def test_when_every_window_comes_expect_the_first_point_of_each_chunk():
    kept = promises()
    for i in range(8):
        past = kept.past(1.0 + i / RATE_HZ)
        kept.keep(chunk(10 * (i + 1)))
    np.testing.assert_array_equal(past[:, 0], [30, 40, 50, 60, 70])


def test_when_windows_are_lost_expect_their_frames_filled_by_the_earlier_chunk():
    kept = promises()
    kept.past(1.0)
    kept.keep(chunk(10))
    past = kept.past(1.0 + 3 / RATE_HZ)
    np.testing.assert_array_equal(past[:, 0], [0, 0, 10, 11, 12])


def test_when_the_gap_is_longer_than_the_horizon_expect_the_last_pose_held():
    kept = promises()
    kept.past(1.0)
    kept.keep(chunk(10))
    np.testing.assert_array_equal(kept.past(1.0 + 6 / RATE_HZ)[:, 0], [11, 12, 13, 13, 13])
    assert kept.past(500.0)[:, 0].tolist() == [13] * K


def test_when_opinions_are_averaged_expect_the_newest_to_count_its_share():
    kept = Promises(np.zeros(2), K, H, RATE_HZ, newest_share=0.25)
    kept.past(1.0)
    first = kept.keep(chunk(10))
    kept.past(1.0 + 1 / RATE_HZ)
    second = kept.keep(chunk(21))
    np.testing.assert_array_equal(first, chunk(10))
    # 11, 12, 13 were promised for the times of 21, 22, 23; for the last time nothing was.
    np.testing.assert_allclose(second[:, 0], [13.5, 14.5, 15.5, 24.0])


def test_when_windows_were_lost_expect_only_real_promises_to_be_averaged():
    kept = Promises(np.zeros(2), K, H, RATE_HZ, newest_share=0.25)
    kept.past(1.0)
    kept.keep(chunk(10))
    kept.past(1.0 + 3 / RATE_HZ)
    np.testing.assert_allclose(kept.keep(chunk(21))[:, 0], [15.0, 22.0, 23.0, 24.0])
    kept.past(99.0)
    np.testing.assert_allclose(kept.keep(chunk(50)), chunk(50))


def test_when_capture_time_trembles_expect_whole_frames():
    steady, trembling = promises(), promises()
    random = np.random.default_rng(0)
    for i in range(50):
        past = steady.past(i / RATE_HZ)
        other = trembling.past(i / RATE_HZ + random.uniform(-0.004, 0.004))
        np.testing.assert_array_equal(past, other)
        steady.keep(chunk(i))
        trembling.keep(chunk(i))


def test_when_time_runs_backwards_expect_a_new_song():
    kept = promises()
    kept.past(100.0)
    kept.keep(chunk(10))
    np.testing.assert_array_equal(kept.past(3.0), np.zeros((K, 2)))


def test_when_the_stream_is_endless_expect_no_growth_and_no_end():
    kept = promises()
    for i in range(100_000):
        past = kept.past(i / RATE_HZ)
        kept.keep(chunk(i % 7))
    assert past.shape == (K, 2)
    assert past[-1, 0] == pytest.approx((99_998) % 7)
