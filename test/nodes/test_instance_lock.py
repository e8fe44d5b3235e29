"""A second node of the same name on this machine is refused while the first lives."""

import subprocess
import sys

import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.nodes.instance_lock import InstanceLock


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


def test_when_the_name_is_taken_expect_the_holders_process_named():
    code = (
        "from ur3_dancer.nodes.instance_lock import InstanceLock; import sys;"
        "lock = InstanceLock('/driver'); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(ConfigError, match=rf"/driver already runs .*process {holder.pid}\)"):
            InstanceLock("/driver")
        InstanceLock("/inference").release()
    finally:
        holder.kill()
        holder.communicate()
    InstanceLock("/driver").release()


def test_when_released_expect_the_name_free_again(monkeypatch):
    first = InstanceLock("/driver")
    monkeypatch.setenv("ROS_DOMAIN_ID", "42")
    InstanceLock("/driver").release()
    monkeypatch.delenv("ROS_DOMAIN_ID")
    first.release()
    InstanceLock("/driver").release()
