import numpy as np
import pytest
from support.lm2d import tiny_network
from support.lm2d_songs import as_student, danced_song, learnt

from ur3_dancer.dance.catalog import load_policy
from ur3_dancer.dance.checkpoint import save
from ur3_dancer.learning.generated import make_song
from ur3_dancer.learning.lm2d.seams import measure_seams
from ur3_dancer.motion.arm_config import load_arm_config

ARM = load_arm_config("ur3")


def test_when_seams_are_measured_expect_one_for_each_answer(tmp_path):
    _, _, checkpoint = learnt()
    save(tmp_path, as_student(checkpoint), tiny_network())
    policy = load_policy(tmp_path, ARM)
    seams = measure_seams(policy, ARM, danced_song(frames=300).features)
    windows = 300 - policy.spec.window_frames + 1
    assert seams.count == pytest.approx(windows / 3, abs=1), "every third window is answered"
    assert seams.minutes == pytest.approx(300 / 30 / 60)
    assert seams.ratio == pytest.approx(seams.jerk_rad_s3[0] / seams.jerk_rad_s3[1])


@pytest.mark.slow
def test_when_the_shipped_model_dances_expect_seams_as_smooth_as_the_interior():
    frames = make_song(5, 24.0, "lm2d30").frames
    policy = load_policy("lm2d", ARM)
    policy.warm_up()
    seams = measure_seams(policy, ARM, frames)
    assert seams.count > 100
    assert np.isfinite(seams.jerk_rad_s3).all() and seams.jerk_rad_s3[1] > 0.5, "it moves"
    assert seams.ratio < 1.2
