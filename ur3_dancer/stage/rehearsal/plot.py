"""One long picture of a rehearsal: music, joints, speeds and margins over the beat grid."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.rehearsal import FullMotion
from ur3_dancer.stage.rehearsal import colours
from ur3_dancer.stage.rehearsal.findings import NAMES, Shares

_DPI = 110
_LEFT_IN, _RIGHT_IN = 1.75, 0.35
_LABELS_IN = 1.62
_INCH_PER_S = 0.26
_NARROWEST_IN, _WIDEST_IN = 14.0, 110.0
"""Long songs get a long picture: 110 inches are seven minutes at a readable scale."""
_HEIGHT_IN = 10.6
_STRIPS_HZ = 25.0
_HEAT = "inferno"
_ENVELOPE_HZ = 100.0


@dataclass(frozen=True)
class Axis:
    """Where time lies in the picture, as shares of its width, for whoever puts a cursor on it."""

    left: float
    right: float
    start_s: float
    end_s: float


def draw(
    picture: Path,
    title: str,
    motion: FullMotion,
    used: Shares,
    arm: ArmConfig,
    samples: np.ndarray,
    sample_rate_hz: int,
    beats_s: np.ndarray,
) -> Axis:
    """Draw a rehearsal as PNG and return where its time axis lies.

    Args:
        picture: file to write.
        title: line above.
        motion: what would be sent.
        used: its shares of the limits.
        arm: its limits.
        samples: (n,) float32 mono, the song.
        sample_rate_hz: of the samples.
        beats_s: (B,) beat times.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    # Matplotlib without a display, and only here: it takes half a second to load.
    try:
        import matplotlib
    except ImportError as error:
        raise ConfigError("no picture without matplotlib: pip install matplotlib") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    end_s = float(motion.times_s[-1])
    inside_in = float(np.clip(end_s * _INCH_PER_S, _NARROWEST_IN, _WIDEST_IN))
    width_in = _LEFT_IN + inside_in + _RIGHT_IN
    axis = Axis(_LEFT_IN / width_in, (_LEFT_IN + inside_in) / width_in, 0.0, end_s)
    heights = [0.9, *[0.62] * 6, 1.5, 1.25, 1.05]
    with pyplot.rc_context(_style()):
        figure, panels = pyplot.subplots(
            len(heights),
            figsize=(width_in, _HEIGHT_IN),
            sharex=True,
            gridspec_kw={
                "height_ratios": heights,
                "left": axis.left,
                "right": axis.right,
                "top": 0.945,
                "bottom": 0.045,
                "hspace": 0.16,
            },
        )
        try:
            plain = title.replace("$", r"\$")  # a name is no formula
            figure.text(0.1 / width_in, 0.975, plain, size=13, weight="bold", va="center")
            _music(panels[0], samples, sample_rate_hz)
            for i in range(6):
                _joint(panels[1 + i], i, motion, arm)
            _speeds(panels[7], motion, used)
            margins = np.column_stack(
                [np.maximum.reduce([used.speed, used.acceleration, used.position]), used.tool]
            )
            _strip(panels[8], motion, margins, (*NAMES, "tool"), "limit used")
            _strip(panels[9], motion, 1.0 - motion.amplitude, NAMES, "shrunk by")
            for panel in panels:
                _beat_grid(panel, beats_s)
            panels[0].set_xlim(axis.start_s, axis.end_s)
            _time_axis(panels[-1], end_s)
            figure.savefig(picture, dpi=_DPI, format="png")
        finally:
            pyplot.close(figure)
    return axis


def _style() -> dict:
    return {
        "figure.facecolor": colours.BACKGROUND,
        "savefig.facecolor": colours.BACKGROUND,
        "axes.facecolor": colours.PANEL,
        "axes.edgecolor": colours.LINES,
        "text.color": colours.TEXT,
        "axes.labelcolor": colours.TEXT,
        "xtick.color": colours.FAINT,
        "ytick.color": colours.FAINT,
        "font.size": 9,
    }


def _music(panel, samples: np.ndarray, rate_hz: int) -> None:
    step = max(1, int(rate_hz / _ENVELOPE_HZ))
    blocks = samples[: len(samples) // step * step].reshape(-1, step)
    times_s = (np.arange(len(blocks)) + 0.5) * step / rate_hz
    panel.fill_between(
        times_s, blocks.min(axis=1), blocks.max(axis=1), color=colours.MUSIC, linewidth=0
    )
    panel.set_ylim(-1, 1)
    panel.set_yticks([])
    _label(panel, "music")


def _joint(panel, i: int, motion: FullMotion, arm: ArmConfig) -> None:
    q, low, high = motion.q[:, i], arm.limits.lower_rad[i], arm.limits.upper_rad[i]
    panel.axhline(arm.home_rad[i], color=colours.FAINT, linewidth=0.6, alpha=0.6)
    panel.plot(motion.times_s, q, color=colours.JOINTS[i], linewidth=1.2)
    room = max(0.15, 1.15 * float(np.abs(q - arm.home_rad[i]).max()))
    panel.set_ylim(arm.home_rad[i] - room, arm.home_rad[i] + room)
    for bound in (low, high):
        panel.axhline(bound, color=colours.ALARM, linewidth=1.0)
    panel.yaxis.set_major_locator(_few_ticks())
    _label(panel, f"{NAMES[i]}\nrad", colours.JOINTS[i])


def _speeds(panel, motion: FullMotion, used: Shares) -> None:
    for i, colour in enumerate(colours.JOINTS):
        panel.plot(motion.times_s, used.speed[:, i], color=colour, linewidth=0.9, alpha=0.9)
    panel.plot(motion.times_s, used.tool, color=colours.TEXT, linewidth=0.9, label="tool")
    panel.axhline(1.0, color=colours.ALARM, linewidth=1.0)
    panel.set_ylim(0.0, 1.12)
    panel.set_yticks([0.0, 0.5, 1.0], ["0", "50 %", "100 %"])
    _label(panel, "speed,\nof its limit\n(white: tool)")


def _strip(panel, motion: FullMotion, values: np.ndarray, names, label: str) -> None:
    """Draw shares 0 to 1 as one row a name: bright is worth a look; a cell shows its greatest."""
    step = max(1, round(motion.rate_hz / _STRIPS_HZ))
    whole = values[: len(values) // step * step].reshape(-1, step, values.shape[1])
    cells = whole.max(axis=1)
    panel.imshow(
        cells.T,
        aspect="auto",
        cmap=_HEAT,
        vmin=0.0,
        vmax=1.0,
        interpolation="nearest",
        extent=(0.0, len(cells) * step / motion.rate_hz, len(names) - 0.5, -0.5),
    )
    panel.set_yticks(range(len(names)), names, size=7)
    bar = panel.inset_axes([(0.14 - _LABELS_IN) / _inches(panel), 0.06, 0.1 / _inches(panel), 0.66])
    scale = np.linspace(0.0, 1.0, 64)[:, None]
    bar.imshow(scale, aspect="auto", cmap=_HEAT, origin="lower", extent=(0, 1, 0, 1))
    bar.set_xticks([])
    bar.set_yticks([0.0, 1.0], ["0", "1"], size=7)
    panel.text(
        -_LABELS_IN / _inches(panel), 0.84, label, transform=panel.transAxes, size=9, va="bottom"
    )


def _inches(panel) -> float:
    return panel.get_position().width * panel.figure.get_figwidth()


def _label(panel, text: str, colour: str = colours.TEXT) -> None:
    panel.text(
        -_LABELS_IN / _inches(panel),
        0.5,
        text,
        transform=panel.transAxes,
        color=colour,
        va="center",
        linespacing=1.35,
    )


def _few_ticks():
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(3, steps=[1, 2, 5, 10], prune="both")


def _beat_grid(panel, beats_s: np.ndarray) -> None:
    panel.vlines(
        beats_s,
        0.0,
        1.0,
        transform=panel.get_xaxis_transform(),
        color=colours.BEAT,
        linewidth=0.5,
        alpha=0.3,
    )
    panel.tick_params(length=2)


def _time_axis(panel, end_s: float) -> None:
    step_s = 5 if end_s <= 600 else 30
    ticks_s = np.arange(0, end_s, step_s)
    panel.set_xticks(ticks_s, [f"{int(t) // 60}:{int(t) % 60:02d}" for t in ticks_s])
    panel.tick_params(axis="x", length=4)
