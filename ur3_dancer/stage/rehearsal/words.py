"""A rehearsal's findings in sentences, for the terminal and the page."""

_MOST = 60


def summary(report: dict) -> list[str]:
    """Return what a performer wants to know, the most important first."""
    return [
        _on_beat(report),
        _speed(report),
        _too_fast(report),
        _limits(report),
        _quiet(report),
        _pace(report),
    ]


def spans_of_interest(report: dict) -> list[tuple[float, str]]:
    """Return start and text of the moments worth a look, in order of time."""
    found = [(span["start_s"], _asks(span)) for span in report["too_fast"]]
    found += [
        (span["start_s"], f"{span['joint']} at its {span['limit']} limit")
        for span in report["limits_bind"]
    ]
    found += [(span["start_s"], span["why"]) for span in report["held_by_workspace"]]
    found += [
        (span["start_s"], f"the arm rests for {span['end_s'] - span['start_s']:.1f} s")
        for span in report["quiet"]
    ]
    return sorted(found)[:_MOST]


def _on_beat(report: dict) -> str:
    beats, lag = report["beats"], report["motion"]["beat_lag_ms"]
    whose = "known" if beats["from"] == "known" else "as heard"
    if lag is None:
        return f"No beat to dance on could be measured ({beats['count']} beats, {whose})."
    when = "after" if lag["median"] >= 0 else "before"
    return (
        f"On the beat: the arm is slowest {abs(lag['median']):.0f} ms {when} the beat (median "
        f"of {lag['beats']} of {beats['count']} beats, {whose}; middle half within "
        f"{lag['iqr']:.0f} ms)."
    )


def _speed(report: dict) -> str:
    name, joint = max(report["joints"].items(), key=lambda item: item[1]["greatest_speed_share"])
    tool = report["tool"]
    return (
        f"Fastest: {name} reaches {joint['greatest_speed_rad_s']:.2f} rad/s, "
        f"{joint['greatest_speed_share']:.0%} of its limit; the tool "
        f"{tool['greatest_m_s']:.2f} m/s, {tool['greatest_share']:.0%}. Mean joint speed "
        f"{report['motion']['energy_rad_s']:.2f} rad/s."
    )


def _too_fast(report: dict) -> str:
    spans, reduced = report["too_fast"], report["amplitude_reduced"]
    if not spans:
        return "Nothing is too fast: the model never asks for more than the limits allow."
    worst = max(spans, key=lambda span: max(span["speed_share"], span["acceleration_share"]))
    shrunk_s = sum(span["end_s"] - span["start_s"] for span in reduced)
    return (
        f"Too fast in {_count(len(spans), 'place')}: most at {worst['start_s']:.1f} s, where "
        f"{_asks(worst)}. The motion is made smaller for {shrunk_s:.0f} s in all; its beat stays."
    )


def _asks(span: dict) -> str:
    if max(span["speed_share"], span["acceleration_share"]) <= 1.0:
        return f"the tool asks for {span['tool_share']:.1f} x the speed it may have"
    what = "speed" if span["speed_share"] >= span["acceleration_share"] else "acceleration"
    share = max(span["speed_share"], span["acceleration_share"])
    return f"{span['joint']} asks for {share:.1f} x the {what} it may have"


def _limits(report: dict) -> str:
    spans, held = report["limits_bind"], report["held_by_workspace"]
    text = "No command meets a limit"
    if spans:
        joints = sorted({f"{span['joint']} ({span['limit']})" for span in spans})
        text = f"Commands meet a limit in {_count(len(spans), 'place')}: {', '.join(joints)}"
    if held:
        text += f"; the workspace holds the arm back in {_count(len(held), 'place')}: "
        text += held[0]["why"]
    return text + "."


def _quiet(report: dict) -> str:
    spans = report["quiet"]
    if not spans:
        return "The arm never rests for two seconds or more."
    rests = ", ".join(f"{span['start_s']:.1f}–{span['end_s']:.1f} s" for span in spans[:5])
    more = f" and {len(spans) - 5} more" if len(spans) > 5 else ""
    return f"Quiet moments, in which the arm rests: {rests}{more}."


def _pace(report: dict) -> str:
    pace = report["pace"]
    return (
        f"Rehearsed {report['song']['duration_s']:.1f} s of music in {pace['took_s']:.1f} s: "
        f"{pace['times_real_time']:.1f} x real time."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
