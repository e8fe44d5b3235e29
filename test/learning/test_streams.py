from dataclasses import replace

import pytest
import torch

from ur3_dancer.learning.songs import Dances
from ur3_dancer.learning.streams import Streams
from ur3_dancer.learning.train_config import StreamSettings

B, K, H, J = 3, 6, 8, 6
RATE_HZ = 60.0
TRUTH = StreamSettings(life_steps=10**9, from_truth=1.0, noise=0.0)


def make_dances(songs=2, length=200):
    random = torch.Generator().manual_seed(0)
    time = torch.arange(length) / 10.0
    made = []
    for _ in range(songs):
        music = torch.rand(length, 11, generator=random)
        shifts = torch.arange(2)[:, None] * 3.14
        # Half of the joints a quarter of a round behind, so that no two dances ever meet.
        behind = torch.arange(J) % 2 * 1.57
        poses = 0.4 * torch.sin((time + shifts)[:, :, None] - behind)
        clock = torch.stack([torch.cos(time), torch.sin(time), torch.zeros(length)], dim=1)
        made.append((music, poses, clock))
    return Dances.in_memory(made)


def make_streams(settings=TRUTH, seed=0, dances=None):
    streams = Streams(
        dances or make_dances(), settings, (B, K, H), RATE_HZ, torch.full((J,), 0.2),
        torch.zeros(J), seed,
    )  # fmt: skip
    streams._life_steps[:] = settings.life_steps
    return streams


def test_when_in_the_teachers_steps_expect_targets_to_be_the_teachers_future():
    dances = make_dances()
    streams = make_streams(dances=dances)
    music, past, targets, clock = streams.batch()
    assert music.shape == (B, K, 11) and past.shape == (B, K, J) and targets.shape == (B, K, H, J)
    assert clock.shape == (B, K, 3)
    # What one position should answer first is what the next position sees.
    torch.testing.assert_close(targets[:, :-1, 0], past[:, 1:], atol=1e-6, rtol=0)
    torch.testing.assert_close(targets[:, 1:, 0], targets[:, :-1, 1], atol=1e-6, rtol=0)


def test_when_the_student_answers_right_expect_it_to_stay_in_the_teachers_steps():
    streams = make_streams()
    for _ in range(10):
        _, past, targets, _ = streams.batch()
        torch.testing.assert_close(targets[:, :-1, 0], past[:, 1:], atol=1e-5, rtol=0)
        streams.go_on(targets[:, -1])


def test_when_the_student_is_off_expect_to_be_led_back_to_the_nearest_dance():
    streams = make_streams()
    _, _, right, _ = streams.batch()
    streams._promised[:, :K] += 0.05
    _, _, targets, _ = streams.batch()
    gap = targets - right
    torch.testing.assert_close(gap[:, :, 0], torch.full_like(gap[:, :, 0], 0.05), atol=0.01, rtol=0)
    assert gap[:, :, -1].abs().max() < 0.6 * gap[:, :, 0].abs().min()


def test_when_at_rest_expect_to_be_told_to_begin_to_one_certain_side():
    streams = make_streams(replace(TRUTH, from_truth=0.0))
    streams._promised[:] = 0.0
    _, _, targets, _ = streams.batch()
    # Not the mean of dances to both sides, which would be to stay.
    assert targets[:, -1, -1, 0].abs().min() > 0.05


def test_when_moving_on_expect_the_newest_answer_as_past():
    streams = make_streams()
    before = streams._newest.clone()
    answer = torch.arange(H).float()[None, :, None].expand(B, H, J) / 100
    streams.go_on(answer)
    stride = int((streams._newest - before)[0])
    assert 1 <= stride <= H
    seen = min(stride, K)
    torch.testing.assert_close(
        streams._promised[:, K - seen : K], answer[:, stride - seen : stride]
    )


def test_when_songs_end_expect_streams_to_begin_elsewhere_and_never_to_leave_a_song():
    dances = make_dances()
    streams = make_streams(dances=dances)
    for _ in range(300):
        streams.go_on(torch.zeros(B, H, J))
        song = torch.bucketize(streams._newest, dances.starts, right=True) - 1
        start, end = dances.starts[song], dances.starts[song] + dances.lengths[song]
        assert (streams._newest - K + 1 >= start).all() and (streams._newest + H < end).all()


@pytest.mark.parametrize(("one", "other", "same"), [(1, 1, True), (1, 2, False)])
def test_when_seeded_expect_the_same_batches(one, other, same):
    settings = StreamSettings()
    pasts = []
    for seed in (one, other):
        streams = make_streams(settings, seed)
        for _ in range(5):
            _, past, _, _ = streams.batch()
            streams.go_on(past[:, -1:].expand(-1, H, -1))
        pasts.append(past)
    assert torch.equal(*pasts) == same


def test_when_the_training_goes_on_expect_every_second_stream_to_live_longer():
    streams = make_streams(StreamSettings(life_steps=40))
    streams._life_steps[:] = 2.0
    lives = []
    for done in (0.0, 0.3, 0.6, 1.0):
        streams.grow_up(done)
        lives.append(streams._life_steps.tolist())
    grown, short = [life[0] for life in lives], [life[1] for life in lives]
    assert grown[0] < 5 and grown == sorted(grown) and grown[-1] == grown[-2] == 40
    assert max(short) < 5
