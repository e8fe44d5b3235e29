from dataclasses import replace
from pathlib import Path

from ur3_dancer import music
from ur3_dancer.learning.generated import _key, _sources
from ur3_dancer.learning.train_config import DataSettings


def test_when_sources_are_sought_expect_those_that_make_and_hear_songs_and_no_others():
    names = {path.name for path in _sources(("features", "resample", "synth"))}
    assert {"features.py", "synth.py", "beat.py", "spectrum.py", "arrangement.py"} <= names
    assert not {"microphone.py", "listener.py", "source.py"} & names
    assert all(path.parent == Path(music.__file__).parent for path in _sources(("synth",)))


def test_when_length_or_features_differ_expect_another_folder():
    settings = DataSettings()
    keys = {
        _key(settings, "mdlt60"),
        _key(settings, "mdlt30"),
        _key(replace(settings, song_s=41.0), "mdlt60"),
    }
    assert len(keys) == 3
    assert _key(replace(settings, train_songs=3), "mdlt60") == _key(settings, "mdlt60")
