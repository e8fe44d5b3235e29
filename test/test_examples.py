"""Every example runs and says what it promises."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.live import own_settings

EXAMPLES = Path(__file__).parents[1] / "examples"
SAYS = {
    "1_hear_the_beat.py": r"beat  +\d+\.\d BPM",
    "2_dance_without_an_arm.py": r"mdlt-t   turns \d+ times, [1-9]\d* of them on the beat",
    "3_swing_the_simulated_arm.py": r"wrist_2 swung over 0\.[3-6]\d rad; the arm is STOPPED",
    "4_ask_the_controller.py": r"wrist_3 moved by 0\.50\d rad|wrist_3 moved by 0\.49\d rad",
}


def test_when_examples_are_listed_expect_each_of_them_run_here():
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == sorted(SAYS)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAYS)
def test_when_an_example_runs_expect_what_it_promises(name, tmp_path):
    done = subprocess.run(
        [sys.executable, EXAMPLES / name],
        env={**os.environ, **own_settings(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(SAYS[name], done.stdout), done.stdout
