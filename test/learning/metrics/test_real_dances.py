"""What the measures say of people who dance: five sequences of AIST++."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ur3_dancer.learning.data.aist import load_motion
from ur3_dancer.learning.metrics.fairmotion import body_score
from ur3_dancer.learning.metrics.poses import aje_rad, fid_rad2, velocity_fid_rad2_s2
from ur3_dancer.motion.arm_angles import arm_angles_rad, arm_points
from ur3_dancer.motion.body import body_fk

MOTIONS = Path(__file__).parents[3].parent / "shared" / "data" / "aist_mini" / "motions"

pytestmark = pytest.mark.skipif(not MOTIONS.is_dir(), reason=f"no AIST++ sequences in {MOTIONS}")


@pytest.fixture(scope="module")
def bodies():
    paths = sorted(MOTIONS.glob("*.pkl"))
    return [body_fk(load_motion(SimpleNamespace(motion_path=path))) for path in paths]


def test_when_people_dance_expect_both_of_the_papers_measures_to_be_blind_to_it(bodies):
    errors = []
    for body in bodies:
        truth = arm_angles_rad(arm_points(body, "right"), "right")
        late, on_time = truth[:-60], truth[60:]
        frozen = np.tile(on_time.mean(axis=0), (len(on_time), 1))
        shuffled = np.random.default_rng(0).permutation(on_time)
        assert aje_rad(frozen, on_time) < aje_rad(late, on_time)
        assert fid_rad2(shuffled, on_time) == pytest.approx(0.0, abs=1e-9)
        assert velocity_fid_rad2_s2(shuffled, on_time, 60.0) > 10 * velocity_fid_rad2_s2(
            frozen, on_time, 60.0
        )
        errors.append(aje_rad(frozen, on_time))
    # Docs: about what the paper reports of MDLT-T on AIST++, 0.44 rad.
    assert np.mean(errors) == pytest.approx(0.43, abs=0.05)


def test_when_bodies_are_scored_expect_people_near_themselves_and_far_from_statues(bodies):
    clips = [body[start : start + 200] for body in bodies for start in (0, 300)]
    clips = [clip for clip in clips if len(clip) == 200]
    statues = [np.tile(clip[:1], (200, 1, 1)) for clip in clips]
    other = body_score(clips[::2], clips[1::2], 60.0)
    still = body_score(statues[::2], clips[1::2], 60.0)
    assert other.fid_kinetic < still.fid_kinetic
    assert still.diversity_kinetic < 0.01 * still.true_diversity_kinetic
