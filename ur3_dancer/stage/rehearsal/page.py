"""A rehearsal as one page that needs nothing beside it: film, findings, and the long picture."""

import base64
import html
from collections.abc import Iterable
from pathlib import Path

from ur3_dancer.stage.rehearsal import colours
from ur3_dancer.stage.rehearsal.plot import Axis
from ur3_dancer.stage.rehearsal.words import spans_of_interest

_LARGEST_INSIDE = 60_000_000
"""Bytes of film that are put into the page itself; a larger one is linked."""


def write(
    path: Path,
    report: dict,
    sentences: list[str],
    picture: Path | None,
    axis: Axis | None,
    film: Path | None,
) -> None:
    """Write the page.

    Args:
        path: HTML file to write.
        report: what `report.json` holds.
        sentences: the findings in words.
        picture: the long picture, or None where there is none.
        axis: where time lies in it.
        film: the film, or None.
    """
    title = html.escape(f"{report['song']['name']} danced by {report['model']}")
    parts = [
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>",
        f"<meta name='viewport' content='width=device-width'><style>{_STYLE}</style></head><body>",
        f"<header><h1>{title}</h1><p>{html.escape(_subtitle(report))}</p></header><main>",
        f"<div class='top'>{_film(film)}<section>{_sentences(sentences)}{_spans(report)}</section>",
        f"</div>{_picture(picture, axis)}{_joints(report)}",
        "<p class='faint'>What each figure means: docs/rehearse.md. The same figures for machines: "
        f"report.json.</p></main><script>{_SCRIPT}</script></body></html>",
    ]
    path.write_text("\n".join(parts), encoding="utf-8")


def _subtitle(report: dict) -> str:
    song = report["song"]
    tempo = "" if song["tempo_bpm"] is None else f", about {song['tempo_bpm']:.0f} BPM"
    return (
        f"{song['duration_s']:.1f} s of music{tempo}; arm {report['arm']}, amplitude "
        f"{report['amplitude']:g}, {report['rate_hz']:g} set-points a second"
    )


def _film(film: Path | None) -> str:
    if film is None:
        return ""
    if film.stat().st_size > _LARGEST_INSIDE:
        source = html.escape(film.name)
    else:
        source = f"data:video/mp4;base64,{_encoded(film)}"
    return f"<video id='film' controls src='{source}'></video>"


def _sentences(sentences: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(text)}</li>" for text in sentences) + "</ul>"


def _spans(report: dict) -> str:
    """Return the moments worth a look; a click goes there."""
    rows = [
        f"<button data-at='{start_s:.2f}'><b>{_clock(start_s)}</b> {html.escape(text)}</button>"
        for start_s, text in spans_of_interest(report)
    ]
    return f"<h2>Worth a look</h2><div class='spans'>{''.join(rows)}</div>" if rows else ""


def _picture(picture: Path | None, axis: Axis | None) -> str:
    if picture is None or axis is None:
        return ""
    place = f"data-left='{axis.left}' data-right='{axis.right}' data-end='{axis.end_s}'"
    return (
        f"<div id='scroll'><div id='plot' {place}>"
        f"<img alt='music, joints, speeds and limits over time' "
        f"src='data:image/png;base64,{_encoded(picture)}'><i id='now'></i></div></div>"
        "<p class='faint'>Yellow lines are beats. Bright cells: near a limit, and motion made "
        "smaller to keep one. A click in the picture goes there in the film.</p>"
    )


def _joints(report: dict) -> str:
    heads = (
        "joint",
        "from rad",
        "to rad",
        "greatest speed",
        "greatest acceleration",
        "smallest size",
    )
    rows = []
    for colour, (name, each) in zip(colours.JOINTS, report["joints"].items(), strict=True):
        least = each["least_amplitude"]
        cells = (
            f"{each['lowest_rad']:.2f}",
            f"{each['highest_rad']:.2f}",
            f"{each['greatest_speed_share']:.0%} of the limit",
            f"{each['greatest_acceleration_share']:.0%} of the limit",
            "–" if least is None else f"{least:.0%}",
        )
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f"<tr><th style='color:{colour}'>{name}</th>{row}</tr>")
    head = "".join(f"<th>{each}</th>" for each in heads)
    return f"<h2>Joints</h2><table><tr>{head}</tr>{''.join(rows)}</table>"


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _clock(time_s: float) -> str:
    return f"{int(time_s) // 60}:{time_s % 60:04.1f}"


_STYLE = f"""
body{{margin:0;background:{colours.BACKGROUND};color:{colours.TEXT};
font:15px/1.5 system-ui,sans-serif}}
header,main{{max-width:1500px;margin:auto;padding:0 24px}}
h1{{font-size:24px;margin:22px 0 0}} h2{{font-size:16px;margin:18px 0 6px}}
header p,.faint{{color:{colours.FAINT};margin:2px 0 14px}}
.top{{display:flex;gap:24px;flex-wrap:wrap;align-items:flex-start}}
video{{flex:3 1 560px;min-width:0;max-width:100%;border-radius:8px;background:#000}}
section{{flex:2 1 320px}} ul{{padding-left:18px;margin:0}} li{{margin-bottom:5px}}
.spans{{max-height:250px;overflow:auto}}
button{{display:block;width:100%;text-align:left;font:inherit;color:inherit;cursor:pointer;
background:{colours.PANEL};border:1px solid {colours.LINES};border-radius:5px;margin-bottom:4px;
padding:3px 9px}}
button:hover{{border-color:{colours.BEAT}}} button b{{color:{colours.BEAT};margin-right:6px}}
#scroll{{overflow-x:auto;margin:20px 0 4px;border:1px solid {colours.LINES};border-radius:8px}}
#plot{{position:relative;width:max-content}} #plot img{{display:block;height:820px}}
#now{{position:absolute;top:0;bottom:0;width:2px;background:{colours.BEAT};display:none}}
table{{border-collapse:collapse}} td,th{{padding:3px 16px 3px 0;text-align:left;font-weight:400}}
tr:first-child th{{color:{colours.FAINT}}}
"""

_SCRIPT = """
const film=document.getElementById('film'),plot=document.getElementById('plot');
const now=document.getElementById('now'),view=document.getElementById('scroll');
const go=s=>{if(film){film.currentTime=s;film.play()}place(s)};
function place(s){if(!plot)return;
 const {left,right,end}=plot.dataset,w=plot.clientWidth;
 const x=w*(+left+(+right-left)*Math.min(s/end,1));
 now.style.display='block';now.style.left=x+'px';
 if(x<view.scrollLeft+60||x>view.scrollLeft+view.clientWidth*0.8)
  view.scrollLeft=x-view.clientWidth*0.3}
document.querySelectorAll('button[data-at]').forEach(b=>b.onclick=()=>go(+b.dataset.at));
if(plot)plot.onclick=e=>{const {left,right,end}=plot.dataset;
 const x=(e.clientX-plot.getBoundingClientRect().left)/plot.clientWidth;
 go(Math.max(0,(x-left)/(right-left)*end))};
if(film){const tick=()=>{if(!film.paused)place(film.currentTime);
 requestAnimationFrame(tick)};tick();
 film.onseeked=()=>place(film.currentTime)}
"""
