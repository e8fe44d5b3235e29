"""What an evaluation found, as tables. Every column is defined in docs/evaluation.md."""

from ur3_dancer.learning.evaluation import Score
from ur3_dancer.learning.set_evaluation import Row
from ur3_dancer.learning.tables import Table

_BEAT_NOTE = (
    "Own / shifted: the same motion against its music, and against that shifted by random "
    "fractions of a beat. F: joint-speed minima and beats within 70 ms of each other. BAS: "
    "exp(-d²/18), d in frames of 60 Hz, motion smoothed by σ = 5 frames; over the beats of the "
    "music (Bailando) and of the motion (FACT). By chance: how likely as many minima would be on a "
    "beat, at the share of the shifted song."
)
_BEAT_HEADER = (
    "F own / shifted", "minima on beat", "beats met", "by chance", "BAS music", "BAS motion",
)  # fmt: skip


def song_tables(scores: list[Score], what: str) -> list[Table]:
    """Return the table of policies on songs with known beats."""
    lines = [
        (
            score.policy,
            *_beat_cells(score.to_dict()),
            f"{score.aje_rad:.3f}",
            f"{score.energy_ratio:.2f}",
            f"{score.jerk_ratio:.2f}",
            f"{100 * score.limit_share:.1f} %",
            _lag(score.to_dict()["lag_ms"]),
        )
        for score in scores
    ]
    header = (
        "dancer", *_BEAT_HEADER, "AJE rad", "energy ×", "jerk ×", "at limits", "lag ms",
    )  # fmt: skip
    return [Table(what, header, tuple(lines), _BEAT_NOTE)]


def set_tables(rows: list[Row], what: str) -> list[Table]:
    """Return the tables of dancers on a prepared set: the paper's, and what that is blind to."""
    found = [row.to_dict() for row in rows]
    tables = [_paper_table(found, what), _sight_table(found, what)]
    ahead = [row for row in rows if len(row.horizons_rad) > 1]
    if ahead:
        tables.append(_horizon_table(ahead))
    return tables


def _paper_table(found: list[dict], what: str) -> Table:
    shown = [row for row in found if not row["name"].endswith(", wrong song")]
    genres = list(found[0]["genres"])
    lines = [
        (
            genre,
            str(found[0]["genres"][genre]["songs"]),
            *(_paper_cell(row["genres"][genre]) for row in shown),
        )
        for genre in genres
    ]
    songs = sum(int(line[1]) for line in lines)
    lines.append(("average", str(songs), *(_paper_cell(row["paper"]) for row in shown)))
    return Table(
        f"{what}: as the paper defines it, AJE rad / FID rad²",
        ("genre", "songs", *(row["name"] for row in shown)),
        tuple(lines),
        "AJE prefers a frozen mean pose to a lively dance at the wrong time; FID calls shuffled "
        "frames perfect. The average is over genres.",
    )


def _sight_table(found: list[dict], what: str) -> Table:
    lines = []
    for row in found:
        all_songs = row["all"]
        lines.append(
            (
                row["name"],
                *_beat_cells(all_songs),
                _times(all_songs["energy_ratio"]),
                _times(all_songs["jerk_ratio"]),
                f"{all_songs['velocity_fid_rad2_s2']:.3f}",
                f"{all_songs['diversity']:.2f}",
                _lag(all_songs["lag_ms"]),
            )
        )
    header = (
        "dancer", *_BEAT_HEADER, "energy ×", "jerk ×", "velocity FID", "diversity", "lag ms",
    )  # fmt: skip
    return Table(f"{what}: what those two do not see", header, tuple(lines), _BEAT_NOTE)


def _horizon_table(rows: list[Row]) -> Table:
    times_s = sorted({ahead_s for row in rows for ahead_s in row.horizons_rad})
    lines = []
    for row in rows:
        errors = (row.horizons_rad.get(ahead_s) for ahead_s in times_s)
        lines.append((row.name, *("–" if e is None else f"{e:.3f}" for e in errors)))
    return Table(
        "AJE by horizon: rad, of the pose foretold so long before it is due",
        ("dancer", *(f"{1000 * ahead_s:.0f} ms" for ahead_s in times_s)),
        tuple(lines),
    )


def _paper_cell(figures: dict) -> str:
    return f"{figures['aje_rad']:.3f} / {figures['fid_rad2']:.4f}"


def _beat_cells(figures: dict) -> tuple[str, ...]:
    own, shifted = figures["on_beat"], figures["shifted"]
    bas, shifted_bas = figures["beat_alignment"], figures["shifted_beat_alignment"]
    return (
        f"{own['f']:.2f} / {shifted['f']:.2f}",
        f"{own['minima_on_beat']:.0f} of {own['minima']:.0f}",
        f"{own['beats_met']:.0f} of {own['beats']:.0f}",
        f"{figures['by_chance']:.0e}",
        *(
            f"{bas[way]:.2f} / {shifted_bas[way]:.2f}"
            for way in ("over_music_beats", "over_motion_beats")
        ),
    )


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.2f}"


def _lag(lag_ms: float | None) -> str:
    return "–" if lag_ms is None else f"{lag_ms:+.0f}"
