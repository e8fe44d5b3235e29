"""The evaluation of LM2D as a table, in words, and as a picture: steps against quality and time."""

from collections.abc import Sequence
from pathlib import Path

from ur3_dancer.learning.evaluation_plots import save_picture
from ur3_dancer.learning.lm2d.evaluation import STUDENT, TEACHER, TRUTH, Row
from ur3_dancer.learning.metrics.fairmotion import ENOUGH_DANCES

_COLUMNS = {
    "ms": "ms a chunk",
    "beats_music": "BAS music",
    "beats_motion": "BAS motion",
    "fid_kinetic": "FIDk",
    "fid_geometric": "FIDg",
    "diversity": "diversity k",
    "match": "match",
    "shuffled": "shuffled",
    "margin": "margin",
}
_DIGITS = {"ms": 1, "fid_kinetic": 1, "fid_geometric": 1, "diversity": 2}
_TRUTH_LABEL = "truth (generated)"
_PANELS = (("beats_music", "beat alignment"), ("fid_kinetic", "FIDk"), ("match", "words and moves"))


def table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown: means, with standard deviations where there are seeds."""
    lines = [" | ".join(["", *_COLUMNS.values()]), " | ".join(["---"] * (len(_COLUMNS) + 1))]
    for row in rows:
        lines.append(" | ".join([row.name, *(_cell(row, key) for key in _COLUMNS)]))
    return "\n".join(f"| {line} |" for line in lines)


def dances_note(count: int) -> str:
    """Return what the reader of a table must know of its Fréchet distances."""
    note = f"FIDk, FIDg and diversity are of {count} dances of 5 s."
    if count < ENOUGH_DANCES:
        note += (
            f" So few leave the covariance of FIDk singular: it says more of their count than of "
            f"how they dance, and means something from {ENOUGH_DANCES} on; give more --songs or "
            "--seconds."
        )
    return note


def _cell(row: Row, key: str) -> str:
    if row.name == TRUTH and key == "ms":
        return ""
    digits, deviation = _DIGITS.get(key, 3), row.deviation(key)
    spread = "" if deviation is None else f" ± {deviation:.{digits}f}"
    return f"{row.mean(key):.{digits}f}{spread}"


def comparison(rows: Sequence[Row]) -> list[str]:
    """Return how far the student in one step falls from the teacher in fifty, figure by figure."""
    of = {row.name: row for row in rows}
    truth, student, teacher = of[TRUTH], of[STUDENT], of[TEACHER]
    gaps = [abs(row.mean("diversity") - truth.mean("diversity")) for row in (student, teacher)]
    pairs = [
        ("beat alignment", student.mean("beats_music"), teacher.mean("beats_music")),
        ("diversity gap", *gaps),
        ("FIDk", student.mean("fid_kinetic"), teacher.mean("fid_kinetic")),
        ("semantic match", student.mean("match"), teacher.mean("match")),
    ]
    lines = [
        f"{name}: student {mine:.3f}, teacher {wanted:.3f}, {100 * (mine / wanted - 1):+.1f} %"
        for name, mine, wanted in pairs
    ]
    spread = student.deviation("margin")
    of_seeds = "" if spread is None else f", {spread:.3f} over {len(student.figures)} seeds"
    return [*lines, f"true over shuffled lyrics: {student.mean('margin'):.3f}{of_seeds}"]


def draw(rows: Sequence[Row], path: Path) -> None:
    """Save a picture of quality against time, one point for each number of steps.

    Raises:
        ConfigError: see `save_picture`.
    """
    truth = next(row for row in rows if row.name == TRUTH)

    def on(figure) -> None:
        panels = figure.subplots(1, len(_PANELS))
        for axes, (key, label) in zip(panels, _PANELS, strict=True):
            for who, colour in (("student", "tab:orange"), ("teacher", "tab:blue")):
                points = [row for row in rows if row.steps and row.name.startswith(who)]
                ms = [row.mean("ms") for row in points]
                values = [row.mean(key) for row in points]
                spread = [row.deviation(key) or 0.0 for row in points]
                axes.errorbar(ms, values, spread, marker="o", color=colour, label=who)
                for row, x, y in zip(points, ms, values, strict=True):
                    axes.annotate(f" {row.steps}", (x, y))
            if key == "fid_kinetic":
                axes.set_yscale("log")
            else:
                axes.axhline(truth.mean(key), color="grey", linestyle=":", label=_TRUTH_LABEL)
            axes.set(title=label, xscale="log", xlabel="ms a chunk of 1 s; numbers are steps")
        panels[0].legend()

    save_picture(path, (12.0, 3.6), on)
