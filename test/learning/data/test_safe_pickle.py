"""Pickles of arrays are read; pickles that want to run something are not."""

import os
import pickle
import subprocess

import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.safe_pickle import load_arrays

ARRAYS = {
    "poses": np.arange(12, dtype=np.float32).reshape(4, 3),
    "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "scale": np.array([2.5]),
    "number": np.float64(1.5),
    "loss": 0.25,
}


class Runs:
    """What a hostile file asks to be called when it is read."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_when_arrays_are_pickled_expect_them_back(tmp_path, protocol):
    path = tmp_path / "motion.pkl"
    path.write_bytes(pickle.dumps({**ARRAYS, "name": "not a number"}, protocol=protocol))
    found = load_arrays(path)
    assert set(found) == set(ARRAYS)
    for name, value in ARRAYS.items():
        np.testing.assert_array_equal(found[name], value)


def hostile(tmp_path):
    mark = tmp_path / "it_ran"
    command = f"touch {mark}"
    return mark, {
        "posix.system": Runs(os.system, command),
        "builtins.eval": Runs(eval, f"open({str(mark)!r}, 'w')"),
        "builtins.getattr": Runs(getattr, "text", "encode"),
        "subprocess.check_output": Runs(subprocess.check_output, ["touch", str(mark)]),
        "numpy.fromfile": Runs(np.fromfile, "/etc/hostname"),
        "builtins.exec": Runs(exec, f"import pathlib; pathlib.Path({str(mark)!r}).touch()"),
    }


@pytest.mark.parametrize(
    "name",
    [
        "posix.system",
        "builtins.eval",
        "builtins.getattr",
        "subprocess.check_output",
        "numpy.fromfile",
        "builtins.exec",
    ],
)
@pytest.mark.parametrize("inside_array", [False, True])
def test_when_pickle_is_hostile_expect_it_refused_by_name_and_nothing_run(
    tmp_path, name, inside_array
):
    mark, calls = hostile(tmp_path)
    value = np.array([calls[name], None], object) if inside_array else calls[name]
    data = pickle.dumps({"smpl_poses": np.zeros((3, 72)), "smpl_trans": value}, protocol=4)
    path = tmp_path / "gBR_sBM_cAll_d04_mBR0_ch01.pkl"
    path.write_bytes(data)
    room = name.split(".")[0]
    with pytest.raises(ConfigError, match=f"asks for {room}.*which no motion file needs"):
        load_arrays(path)
    assert not mark.exists()
    if name == "posix.system":
        # The same file does run for whoever reads it without care: the test can fail.
        pickle.loads(data)
        assert mark.exists()


def test_when_pickle_changes_what_it_may_call_expect_it_refused(tmp_path):
    """BUILD sets attributes of what is on the stack, so what is given has none to set."""
    path = tmp_path / "motion.pkl"
    for module, name in (("numpy", "ndarray"), ("_codecs", "encode"), ("numpy", "dtype")):
        given = b"c" + f"{module}\n{name}\n".encode()
        path.write_bytes(b"\x80\x02" + given + b"}U\x08__call__K\x01sb.")
        with pytest.raises(ConfigError, match="no whole pickle"):
            load_arrays(path)


def test_when_pickle_asks_for_gigabytes_expect_it_refused(tmp_path):
    path = tmp_path / "motion.pkl"
    path.write_bytes(b"\x80\x02}r\xff\xff\xff\x7f.")
    with pytest.raises(ConfigError, match="LONG_BINPUT of 2147483647 in a file of"):
        load_arrays(path)


def test_when_pickle_refers_outside_expect_it_refused(tmp_path):
    path = tmp_path / "motion.pkl"
    path.write_bytes(b"\x80\x04\x8c\x05thereQ.")
    with pytest.raises(ConfigError, match="outside of the file"):
        load_arrays(path)


def test_when_pickle_is_cut_anywhere_expect_one_clear_error(tmp_path):
    whole = pickle.dumps(ARRAYS, protocol=4)
    path = tmp_path / "motion.pkl"
    for end in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:end])
        with pytest.raises(ConfigError, match="no whole pickle"):
            load_arrays(path)


def test_when_bytes_are_changed_expect_arrays_or_a_clear_error(tmp_path):
    whole, random = pickle.dumps(ARRAYS, protocol=4), np.random.default_rng(0)
    path, refused = tmp_path / "motion.pkl", 0
    for _ in range(500):
        changed = bytearray(whole)
        for place in random.integers(len(whole), size=3):
            changed[place] = random.integers(256)
        path.write_bytes(changed)
        try:
            assert all(array.dtype.kind in "fiu" for array in load_arrays(path).values())
        except ConfigError:
            refused += 1
    assert 50 < refused < 500


@pytest.mark.parametrize("content", [b"", b"not a pickle at all", pickle.dumps([1, 2])])
def test_when_file_is_no_dictionary_of_arrays_expect_its_name(tmp_path, content):
    path = tmp_path / "motion.pkl"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"motion\.pkl"):
        load_arrays(path)


def test_when_file_is_missing_expect_its_name(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.pkl cannot be read"):
        load_arrays(tmp_path / "nowhere.pkl")
