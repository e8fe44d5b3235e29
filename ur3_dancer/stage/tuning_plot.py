"""Four panels that show what each knob does; docs/tuning.md has them."""

from pathlib import Path

from ur3_dancer.errors import ConfigError


def draw_tuning(figures: dict, picture: Path) -> None:
    """Draw what `measure_tuning` returned.

    Raises:
        ConfigError: Matplotlib is missing, or the picture cannot be written.
    """
    # Without a display, and only here: Matplotlib takes half a second to load.
    try:
        import matplotlib
    except ImportError as error:
        raise ConfigError(f"--plot needs Matplotlib ({error}): pip install matplotlib") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(2, 2, figsize=(11, 7.5), layout="constrained")
    _draw_delay(panels[0, 0], figures["servo"])
    _draw_step(panels[0, 1], figures["step"])
    _draw_horizon(panels[1, 0], figures["horizon"])
    _draw_amplitude(panels[1, 1], figures["amplitude"])
    for axes in panels.flat:
        axes.grid(alpha=0.3)
    try:
        figure.savefig(picture, dpi=100)
    except (OSError, ValueError) as error:
        raise ConfigError(f"picture {picture} cannot be written: {error}") from error
    finally:
        pyplot.close(figure)


def _draw_delay(axes, servo: dict) -> None:
    for gain, delay_ms in zip(servo["gain"], servo["delay_ms"], strict=True):
        axes.plot(servo["lookahead_s"], delay_ms, "o-", label=f"gain {gain:g}")
    axes.set(title="look-ahead and gain: how late the arm is")
    axes.set(xlabel="look-ahead, s", ylabel="delay, ms", ylim=(0, None))
    axes.legend()


def _draw_step(axes, step: dict) -> None:
    for label, share in step["share"].items():
        axes.plot(step["times_s"], share, label=label)
    axes.set(title="the same, after a sudden step", xlabel="time, s", ylabel="share done")
    axes.legend(fontsize="small")


def _draw_horizon(axes, horizon: dict) -> None:
    for H, error_rad in horizon["worst_error_rad"].items():
        axes.plot(horizon["outage_s"], error_rad, "o-", label=f"{H} poses left when played")
    axes.set(title="horizon: how far off when music is lost")
    axes.set(xlabel="lost every two seconds, s", ylabel="worst joint error, rad", ylim=(0, None))
    axes.legend(fontsize="small")


def _draw_amplitude(axes, amplitude: dict) -> None:
    axes.plot(amplitude["share"], amplitude["energy_rad_s"], "o-", color="tab:blue")
    axes.set(title="amplitude: energy, and what it takes of the limit", xlabel="amplitude")
    axes.set_ylabel("mean joint speed, rad/s", color="tab:blue")
    axes.set_ylim(0, None)
    other = axes.twinx()
    other.plot(amplitude["share"], amplitude["acceleration_share"], "s-", color="tab:orange")
    other.set_ylabel("acceleration used of its limit, 99 %", color="tab:orange")
    other.set_ylim(0, 1.05)
