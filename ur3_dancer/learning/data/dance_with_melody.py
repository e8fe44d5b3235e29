"""Dance with Melody (Tang et al., ACM Multimedia 2018): ballroom dances as joint positions, 25 Hz.

    DANCE_C_1/   audio.mp3
                 config.json      {"start_position": s, "end_position": e}, frames of 25 a second
                 skeletons.json   {"length", "center" (T, 3), "skeletons" (T, 23, 3)}, cm, y up

C is cha-cha, R rumba, T tango, W waltz. Frame 0 sounds at s / 25 seconds, and the T frames span
e - s frames of music: the motion is up to 2 % short, so it is stretched evenly.

Which points are what was measured on the set: 3-4-6 and 12-13-15 are the arms, each about 30 and 25
cm. Knees bend and feet point such that, in a right-handed frame, the arm 3-4-6 is the right one.
Points 21 and 22 lie beside the forearms, 11 and 25 cm from the elbow, not beyond the wrists: the
set has no hands, so a hand goes on along its forearm and the wrist's angle is 0.
"""

from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.files import check_folder, check_rate, read_json
from ur3_dancer.learning.data.item import Catalogue, Entry, JointTrack

RATE_HZ = 25.0
GENRES = {"C": "cha-cha", "R": "rumba", "T": "tango", "W": "waltz"}
_POINTS = 23
_PELVIS = 2
_ARMS = {"right": (3, 4, 6), "left": (12, 13, 15)}
_HAND_SHARE = 0.35
"""Length of a hand as a share of its forearm (Drillis and Contini, in Winter, figure 4.1)."""
_MOST_STRETCH = 0.05


def catalogue(folder: Path) -> Catalogue:
    """Return the dances of a clone of the set's repository.

    Raises:
        ConfigError: it is no such folder.
    """
    check_folder(folder, {"DANCE_*_*/": "dances"}, "Dance with Melody")
    entries, skipped = [], []
    for place in sorted(folder.glob("DANCE_*_*"), key=_order):
        name, genre = place.name, GENRES.get(place.name.split("_")[1])
        sound, skeleton = place / "audio.mp3", place / "skeletons.json"
        lacks = [path.name for path in (sound, skeleton, place / "config.json") if not _full(path)]
        if not genre:
            skipped.append(f"{name}: of no known dance; known are {', '.join(GENRES)}")
        elif lacks:
            skipped.append(f"{name}: {' and '.join(lacks)} missing")
        else:
            try:
                start, _ = _span(place)
            except ConfigError as error:
                skipped.append(f"{name}: {error}")
                continue
            entries.append(Entry(name, genre, name, sound, skeleton, start / RATE_HZ))
    return Catalogue("recorded", tuple(entries), tuple(skipped))


def load_motion(entry: Entry) -> JointTrack:
    """Read the motion of a dance, stretched over its music.

    Raises:
        ConfigError: the file is damaged, or its motion is empty, not finite or of another length.
    """
    start, end = _span(entry.motion_path.parent)
    content = read_json(entry.motion_path)
    if not isinstance(content, dict):
        raise ConfigError("is no skeleton of Dance with Melody: it holds no names")
    check_rate(content, RATE_HZ)
    try:
        skeletons = np.array(content["skeletons"], float)
        center = np.array(content["center"], float)
    except KeyError as error:
        raise ConfigError(f"lacks {error}: it is no skeleton of Dance with Melody") from error
    except (TypeError, ValueError) as error:
        raise ConfigError(f"its numbers cannot be read ({error})") from error
    if not len(skeletons):
        raise ConfigError("holds no frames")
    if skeletons.shape != (len(skeletons), _POINTS, 3) or center.shape != (len(skeletons), 3):
        raise ConfigError(
            f"skeletons {skeletons.shape} and center {center.shape} do not fit: they must be "
            f"(T, {_POINTS}, 3) and (T, 3)"
        )
    stretch = (end - start) / len(skeletons)
    if abs(stretch - 1.0) > _MOST_STRETCH:
        raise ConfigError(
            f"has {len(skeletons)} frames for {end - start} of music: at {RATE_HZ:g} frames a "
            "second they may differ by 5 %; its rate or its span is wrong"
        )
    return JointTrack(_points_m(skeletons + center[:, None]), RATE_HZ / stretch)


def _points_m(places_cm: np.ndarray) -> dict[str, np.ndarray]:
    places = places_cm / 100.0
    points = {"pelvis": places[:, _PELVIS]}
    for side, (shoulder, elbow, wrist) in _ARMS.items():
        points[f"{side}_shoulder"] = places[:, shoulder]
        points[f"{side}_elbow"], points[f"{side}_wrist"] = places[:, elbow], places[:, wrist]
        points[f"{side}_hand"] = places[:, wrist] + _HAND_SHARE * (
            places[:, wrist] - places[:, elbow]
        )
    points["neck"] = (points["left_shoulder"] + points["right_shoulder"]) / 2
    return points


def _span(place: Path) -> tuple[int, int]:
    """Return the first frame and the one after the last, on the music's axis."""
    content = read_json(place / "config.json")
    try:
        start, end = int(content["start_position"]), int(content["end_position"])
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"config.json does not say where the dance begins ({error})") from error
    if not 0 <= start < end:
        raise ConfigError(f"config.json says that the dance lasts from {start} to {end}")
    return start, end


def _full(path: Path) -> bool:
    """A file that is there and not empty; some of the set's are missing or empty."""
    return path.is_file() and path.stat().st_size > 0


def _order(path: Path) -> tuple:
    parts = path.name.split("_")
    return (parts[1], int(parts[2])) if parts[2].isdigit() else (parts[1], -1)
