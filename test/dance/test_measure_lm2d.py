import torch
from support.clock import FakeClock
from support.lm2d import tiny_network
from support.lm2d_songs import as_student, learnt

from ur3_dancer.dance.checkpoint import save
from ur3_dancer.dance.measure_lm2d import measure


class TickingClock(FakeClock):
    """Each look at it takes a millisecond."""

    def now_s(self):
        self.advance_s(0.001)
        return super().now_s()


def test_when_a_chunk_is_measured_expect_the_stated_keys(tmp_path):
    threads = torch.get_num_threads()
    _, _, checkpoint = learnt()
    save(tmp_path, as_student(checkpoint), tiny_network())
    result = measure(tmp_path, chunks=2, teacher_chunks=1, clock=TickingClock())["lm2d"]
    torch.set_num_threads(threads)
    assert result["one_step"] == {"p50_ms": 1.0, "p99_ms": 1.0}
    assert result["teacher"] == {"p50_ms": 1.0, "p99_ms": 1.0}
    assert result["speed_up"] == 1.0
