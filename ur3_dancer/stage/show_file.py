"""Show files: the set list of an evening, checked as a whole before anything moves."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ur3_dancer.dance.default import DEFAULT_MODEL
from ur3_dancer.errors import ConfigError, DancerError
from ur3_dancer.stage import calibration

CUES = ("key", "service", "level", "none")
ENDS = ("song", "key")
_BUILT_IN = ("mic", "demo")
_SIMULATED = ("embedded", "ursim")


@dataclass(frozen=True)
class ShowSong:
    """One entry of the set list.

    Attributes:
        title: for people.
        audio: `mic`, `demo`, or a sound file, relative to the show file.
        model: by name or folder.
        lyrics: an LRC file for models that hear words; empty for none.
        seed: of whatever the model draws.
        amplitude: size of the motion, 0 to 1.
        cue: what begins the music: `key` (Enter in the terminal), `service` (~/cue of the
            microphone node), `level` (sound at the microphone), or `none` (at once).
        duration_s: end after so many seconds of music; 0 for the song's own end. With `mic` and 0
            the song ends by Enter.
    """

    title: str
    audio: str = "mic"
    model: str = DEFAULT_MODEL
    lyrics: str = ""
    seed: int = 0
    amplitude: float = 1.0
    cue: str = "key"
    duration_s: float = 0.0


@dataclass(frozen=True)
class ShowFile:
    """A whole evening.

    Attributes:
        title: for people.
        robot_ip: `embedded`, `ursim`, or a robot's address.
        allow_motion: needed for an address.
        arm: arm configuration with the limits of this stage: a model or a file.
        idle: `breathe` or `still`, in silence.
        songs: in order.
        calibration: delays of this stage.
    """

    title: str
    robot_ip: str
    allow_motion: bool
    arm: str
    idle: str
    songs: tuple[ShowSong, ...]
    calibration: calibration.Calibration

    @property
    def simulated(self) -> bool:
        """Return whether no physical arm takes part."""
        return self.robot_ip in _SIMULATED


_SHOW_KEYS: dict[str, tuple[type, object]] = {
    "title": (str, ""),
    "robot_ip": (str, "embedded"),
    "allow_motion": (bool, False),
    "arm": (str, "ur3"),
    "idle": (str, "breathe"),
}
_SONG_KEYS: dict[str, tuple[type, object]] = {
    "title": (str, ""),
    "audio": (str, "mic"),
    "model": (str, DEFAULT_MODEL),
    "lyrics": (str, ""),
    "seed": (int, 0),
    "amplitude": (float, 1.0),
    "cue": (str, "key"),
    "duration_s": (float, 0.0),
}


def read_show(path: Path, check_model: Callable[[str], object]) -> ShowFile:
    """Read and check a show file, every song of it.

    Args:
        path: a YAML file.
        check_model: raises `DancerError` for a model that cannot be used.

    Raises:
        ConfigError: with one line for each thing that is wrong, all of them at once.
    """
    content = _content(path)
    wrong: list[str] = []
    songs = content.pop("songs", None)
    section = content.pop(calibration.SECTION, None)
    shared = content.pop("defaults", {})
    given = _values(content, _SHOW_KEYS, "the show", wrong)
    try:
        delays = calibration.from_section(section, str(path))
    except ConfigError as error:
        wrong.append(str(error))
        delays = calibration.Calibration()
    defaults = {**{key: value for key, (_, value) in _SONG_KEYS.items()}}
    defaults |= _values(shared, _SONG_KEYS, "defaults", wrong, fill=False)
    if not isinstance(songs, list) or not songs:
        wrong.append("songs is missing or empty: list at least one song")
        songs = []
    listed = [_song(entry, i, defaults, path.parent, wrong) for i, entry in enumerate(songs, 1)]
    show = ShowFile(**given, songs=tuple(listed), calibration=delays)
    _check_show(show, path.parent, wrong)
    _check_models(show, check_model, wrong)
    if wrong:
        raise ConfigError(f"show file {path}:\n  " + "\n  ".join(wrong))
    return show


def _content(path: Path) -> dict:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"show file {path} cannot be read ({error}): give a YAML file") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"show file {path} is not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"show file {path} holds no names with values: see docs/show.md")
    return dict(content)


def _values(content, keys: dict, where: str, wrong: list[str], fill: bool = True) -> dict:
    """Return the values of known keys; what is wrong with others is noted."""
    values = {key: default for key, (_, default) in keys.items()} if fill else {}
    if not isinstance(content, dict):
        wrong.append(f"{where} is {content!r}: must map names to values")
        return values
    for key, value in content.items():
        if key not in keys:
            wrong.append(f"{where} has an unknown key {key!r}: known are {', '.join(keys)}")
            continue
        kind = keys[key][0]
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            wrong.append(f"{where}: {key} is {value!r}: must be a {kind.__name__}")
            continue
        values[key] = value
    return values


def _song(entry, number: int, defaults: dict, folder: Path, wrong: list[str]) -> ShowSong:
    name = entry.get("title") if isinstance(entry, dict) else None
    where = f"song {number} ({name})" if name else f"song {number}"
    values = defaults | _values(entry, _SONG_KEYS, where, wrong, fill=False)
    values["title"] = values["title"] or f"song {number}"
    if values["audio"] not in _BUILT_IN:
        values["audio"] = _file(folder, values["audio"], f"{where}: audio", wrong)
    if values["lyrics"]:
        values["lyrics"] = _file(folder, values["lyrics"], f"{where}: lyrics", wrong)
    if not 0.0 <= values["amplitude"] <= 1.0:
        wrong.append(f"{where}: amplitude is {values['amplitude']:g}: must be from 0 to 1")
    if values["cue"] not in CUES:
        wrong.append(f"{where}: cue is {values['cue']!r}: choose {', '.join(CUES)}")
    if values["cue"] == "level" and values["audio"] != "mic":
        wrong.append(f"{where}: a cue by level needs audio: mic; it is {values['audio']!r}")
    if not values["duration_s"] >= 0.0:
        wrong.append(f"{where}: duration_s is {values['duration_s']:g}: must be 0 or more")
    return ShowSong(**values)


def _file(folder: Path, name: str, what: str, wrong: list[str]) -> str:
    path = folder / name
    if not path.is_file():
        wrong.append(f"{what}: there is no file {path}")
    return str(path)


def _check_show(show: ShowFile, folder: Path, wrong: list[str]) -> None:
    from ur3_dancer.motion.arm_config import load_arm_config

    if show.idle not in ("breathe", "still"):
        wrong.append(f"the show: idle is {show.idle!r}: choose breathe or still")
    try:
        load_arm_config(show.arm)
    except ConfigError as error:
        wrong.append(str(error))
    if show.simulated:
        return
    if not show.allow_motion:
        wrong.append(
            f"robot_ip {show.robot_ip} is a physical arm: set allow_motion: true when "
            "everybody is out of its reach"
        )
    for song in show.songs:
        if song.cue in ("level", "none"):
            wrong.append(
                f"{song.title}: cue {song.cue!r} would start a physical arm unasked: choose key or "
                "service"
            )


def _check_models(show: ShowFile, check_model: Callable[[str], object], wrong: list[str]) -> None:
    for model in dict.fromkeys(song.model for song in show.songs):
        try:
            check_model(model)
        except DancerError as error:
            titles = [song.title for song in show.songs if song.model == model]
            wrong.append(f"{', '.join(titles)}: {error}")
