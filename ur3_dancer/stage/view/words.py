"""The panel's texts as HTML: state, beat, latencies, margins. Pure functions of what was seen."""

from html import escape

from ur3_dancer.stage.view.margins import JointMargin
from ur3_dancer.stage.view.performance import Answer, Beat, Seen

_COLOURS = {
    "DANCING": "#2f9e63",
    "HOLDING": "#b8860b",
    "HOMING": "#2f6fd0",
    "READY": "#2f6fd0",
    "IDLE": "#566074",
    "STOPPED": "#c92a2a",
    "FAULT": "#c92a2a",
}
_UNKNOWN_COLOUR = "#5c3a3a"
_DIM = "opacity:.65"
_BAD, _NEAR, _GOOD = "#fa5252", "#fab005", "#40c9a2"
_BLUE, _ORANGE = "#5adcff", "#f8944a"

STYLE = """<style>
.ur3 {font: 13px/1.45 system-ui, sans-serif; padding: 2px 10px}
.ur3 table {width: 100%; border-collapse: collapse} .ur3 td {padding: 1px 0; white-space: nowrap}
.ur3 td.n {text-align: right; font-variant-numeric: tabular-nums; font-weight: 600}
.ur3 .bar {height: 7px; border-radius: 4px; background: rgba(128,128,128,.28); position: relative}
.ur3 .bar i {position: absolute; top: 0; bottom: 0; border-radius: 4px}
.ur3 .state {border-radius: 8px; color: #fff; padding: 8px 12px; margin: 2px 0; min-height: 58px}
.ur3 .state b {font-size: 22px; letter-spacing: .04em; display: block}
.mantine-Button-root:has(.icon-tabler-hand-stop) {
  height: 68px !important; font-size: 26px; letter-spacing: .12em}
.ur3-gone {display: none}
div[style*="pointer-events: none"] .ur3-gone {
  display: block; background: #c92a2a; color: #fff; border-radius: 8px; padding: 8px 12px}
div[style*="pointer-events: none"] .ur3 .state {display: none}
</style>
<div class="ur3"><div class="ur3-gone"><b style="font-size:22px">DISCONNECTED</b><br>
This page has lost the view: nothing here is live, and no button works. If the arm must stop, press
its emergency stop, or say <code>ur3-dancer stop</code> in a shell. The page connects again by
itself.</div></div>"""
"""What stands above all else. viser freezes a page whose connection is lost, with
`pointer-events: none`; the rules that ask for that make it say so."""


def state_html(seen: Seen, now_s: float) -> str:
    """Return the driver's state as a banner; without word of the driver it says so instead."""
    if not seen.is_live(now_s):
        return _banner("NO DRIVER", _silence(seen, now_s), _UNKNOWN_COLOUR)
    state, reason = seen.state()
    return _banner(state or "?", reason, _COLOURS.get(state, _COLOURS["IDLE"]))


def beat_html(beat: Beat | None, now_s: float, lively: float | None) -> str:
    """Return tempo, phase as a running dot, confidence, and how lively the music is."""
    if beat is None or now_s - beat.time_s > 2.0:
        return _box("<table><tr><td>no music is heard</td></tr></table>")
    phase = beat.phase_at(now_s)
    size = 10 + 16 * beat.confidence * (1.0 - phase) ** 2
    dot = (
        f'<i style="display:inline-block;width:{size:.0f}px;height:{size:.0f}px;border-radius:50%;'
        f'background:#5adcff;opacity:{0.3 + 0.7 * beat.confidence:.2f}"></i>'
    )
    return _box(
        '<table><tr><td style="width:34px;height:32px;text-align:center;vertical-align:middle">'
        f'{dot}</td><td style="font-size:24px;font-weight:700">{beat.tempo_bpm:.0f}'
        f'<span style="font-size:13px;font-weight:400;{_DIM}"> BPM</span></td>'
        f'<td style="width:46%">{_named_bar("sure", beat.confidence, _BLUE)}'
        f"{_named_bar('lively', lively, _ORANGE)}</td></tr></table>"
        f"{_bar(100 * phase, 3, _BLUE)}"
    )


def figures_html(seen: Seen) -> str:
    """Return latency by stage, loop rate and losses, as the nodes state them once a second."""
    figure = seen.figure
    missed = figure("driver", "missed")
    refused = (figure("driver", "chunks_refused") or 0) + (
        figure("inference", "windows_refused") or 0
    )
    rows = [
        ("features", _ms(figure("microphone", "latency_ms"))),
        ("inference", _ms(figure("inference", "latency_ms"))),
        ("ear to arm", _ms(figure("driver", "ear_to_arm_ms"))),
        ("loop", _number(figure("driver", "rate_hz"), "{:.1f} Hz")),
        ("missed periods", _number(missed, "{:.0f}")),
        ("refused messages", f"{refused:.0f}"),
        ("model", escape(seen.figures.get("inference", {}).get("model", "") or "–")),
        ("source", escape(seen.figures.get("microphone", {}).get("source", "") or "–")),
        ("level", _number(figure("microphone", "level_db"), "{:.0f} dB")),
    ]
    cells = (
        f'<tr><td style="{_DIM}">{name}</td><td class="n">{value}</td></tr>' for name, value in rows
    )
    return _box(f"<table>{''.join(cells)}</table>")


def margins_html(margins: list[JointMargin], tool_speed: float, tool_limit: float) -> str:
    """Return each joint's place in its range and its speed, and the tool's speed in m/s."""
    rows = "".join(
        f'<tr><td style="{_DIM}">{margin.name}</td>'
        f'<td style="width:34%">{_place_bar(margin)}</td>'
        f'<td style="width:30%;padding-left:8px">{_share_bar(margin.speed)}</td></tr>'
        for margin in margins
    )
    tool = (
        f'<tr><td style="{_DIM}">tool speed</td><td class="n">{tool_speed:.2f} m/s</td>'
        f'<td style="padding-left:8px">{_share_bar(tool_speed / tool_limit)}</td></tr>'
    )
    head = (
        f'<tr style="{_DIM}"><td></td><td>place in range</td>'
        '<td style="padding-left:8px">speed</td></tr>'
    )
    return _box(f"<table>{head}{rows}{tool}</table>")


def answer_html(answer: Answer | None) -> str:
    """Return the last answer of the driver, red where it refused."""
    if answer is None:
        return ""
    colour = _GOOD if answer.success else _BAD
    text = f"<b>{escape(answer.word)}</b>: {escape(answer.text or 'done')}"
    return _box(f'<div style="border-left:3px solid {colour};padding-left:8px">{text}</div>')


def _silence(seen: Seen, now_s: float) -> str:
    if seen.q_rad is None:
        return "nothing heard yet: is the driver running, in this namespace and ROS domain?"
    silent_s = now_s - seen.joints_at_s
    return f"no word for {silent_s:.0f} s: what is drawn is old. Look at the arm itself"


def _banner(title: str, text: str, colour: str) -> str:
    return _box(
        f'<div class="state" style="background:{colour}"><b>{escape(title)}</b>{escape(text)}</div>'
    )


def _box(inner: str) -> str:
    return f'<div class="ur3">{inner}</div>'


def _named_bar(name: str, share: float | None, colour: str) -> str:
    width = 100 * min(max(share or 0.0, 0.0), 1.0)
    return (
        '<div style="display:flex;align-items:center;gap:6px">'
        f'<span style="width:36px;{_DIM}">{name}</span>'
        f'<div style="flex:1">{_bar(0, width, colour)}</div></div>'
    )


def _share_bar(share: float) -> str:
    return _bar(0, 100 * min(max(share, 0.0), 1.0), _colour(share))


def _place_bar(margin: JointMargin) -> str:
    left = 96 * min(max(margin.place, 0.0), 1.0)
    return _bar(left, 4, _colour(abs(2.0 * margin.place - 1.0)))


def _bar(left: float, width: float, colour: str) -> str:
    """Return a bar with a mark on it, percent of its length."""
    mark = f"left:{left:.0f}%;width:{width:.0f}%;background:{colour}"
    return f'<div class="bar"><i style="{mark}"></i></div>'


def _colour(used: float) -> str:
    return _BAD if used > 0.97 else _NEAR if used > 0.85 else _GOOD


def _ms(value: float | None) -> str:
    return _number(value, "{:.1f} ms")


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
