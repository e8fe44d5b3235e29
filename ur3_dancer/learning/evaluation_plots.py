"""Pictures of an evaluation, beside its Markdown."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.tables import write_whole

_DPI = 110
_SECONDS = 8.0


def draw_beats(path: Path, names: list[str], figures: list[dict]) -> None:
    """Draw how far on-beat and beat alignment are above the shifted music, as bars.

    Args:
        path: PNG to write.
        names: of the dancers.
        figures: of each, with the keys that `Score.to_dict` and a summary have.
    """
    ways = (
        ("F within 70 ms", "on_beat", "shifted", "f"),
        ("BAS over music", "beat_alignment", "shifted_beat_alignment", "over_music_beats"),
        ("BAS over motion", "beat_alignment", "shifted_beat_alignment", "over_motion_beats"),
    )

    def draw(figure) -> None:
        at = np.arange(len(names))
        for i, (title, own, shifted, key) in enumerate(ways):
            axes = figure.add_subplot(1, len(ways), i + 1)
            axes.barh(at - 0.2, [one[own][key] for one in figures], 0.4, label="own music")
            axes.barh(at + 0.2, [one[shifted][key] for one in figures], 0.4, label="shifted")
            axes.set(title=title, xlim=(0, 1), yticks=at, yticklabels=names if i == 0 else [])
            axes.invert_yaxis()
        axes.legend()

    save_picture(path, (11, 1.2 + 0.45 * len(names)), draw)


def draw_errors(path: Path, rows: list[dict]) -> None:
    """Draw AJE and FID of each row of a set's evaluation, and AJE by horizon where there is one."""

    def draw(figure) -> None:
        at, names = np.arange(len(rows)), [row["name"] for row in rows]
        for i, (title, key) in enumerate((("AJE, rad", "aje_rad"), ("FID, rad²", "fid_rad2"))):
            axes = figure.add_subplot(1, 3, i + 1)
            axes.barh(at, [row["paper"][key] for row in rows])
            axes.set(title=title, yticks=at, yticklabels=names if i == 0 else [])
            axes.invert_yaxis()
        axes = figure.add_subplot(1, 3, 3)
        for row in rows:
            ahead = row["aje_rad_by_horizon_s"]
            if ahead:
                axes.plot([float(s) for s in ahead], list(ahead.values()), "o-", label=row["name"])
        axes.set(title="AJE by horizon, rad", xlabel="seconds ahead", ylim=(0, None))
        axes.legend()

    save_picture(path, (12, 1.2 + 0.45 * max(len(rows), 5)), draw)


def draw_dance(
    path: Path,
    names: tuple[str, ...],
    times_s: np.ndarray,
    truth_rad: np.ndarray,
    danced_rad: np.ndarray,
    beats_s: np.ndarray,
) -> None:
    """Draw eight seconds of one song: each angle as danced beside the truth, with the beats.

    Args:
        path: PNG to write.
        names: of the A angles.
        times_s: (T,) seconds.
        truth_rad: (T, A).
        danced_rad: (T, A).
        beats_s: (N,) seconds.
    """
    middle_s = float(times_s[len(times_s) // 2])
    shown = np.abs(times_s - middle_s) <= _SECONDS / 2
    first_s, last_s = float(times_s[shown][0]), float(times_s[shown][-1])
    beats_s = beats_s[(beats_s >= first_s) & (beats_s <= last_s)]

    def draw(figure) -> None:
        for i, name in enumerate(names):
            axes = figure.add_subplot(len(names), 1, i + 1)
            axes.vlines(beats_s, 0, 1, transform=axes.get_xaxis_transform(), color="0.85")
            axes.plot(times_s[shown], truth_rad[shown, i], label="true")
            axes.plot(times_s[shown], danced_rad[shown, i], label="danced")
            axes.set(ylabel=f"{name}\nrad", xlim=(first_s, last_s))
        axes.set(xlabel="seconds; vertical lines are beats")
        axes.legend(loc="upper right")

    save_picture(path, (11, 1.5 * len(names) + 1), draw)


def save_picture(path: Path, size: tuple[float, float], draw: Callable) -> None:
    """Save what `draw` draws on a figure of `size` inches as PNG, whole or not at all.

    Raises:
        ConfigError: Matplotlib is not installed, or the file cannot be written.
    """
    # Without a display, and only here: Matplotlib takes half a second to load.
    try:
        import matplotlib
    except ImportError as error:
        raise ConfigError(
            f"pictures need Matplotlib ({error}): pip install 'ur3_dancer[stage]', or ask for none"
        ) from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=size, layout="constrained")
    try:
        draw(figure)
        write_whole(path, lambda beside: figure.savefig(beside, dpi=_DPI, format="png"))
    finally:
        pyplot.close(figure)
