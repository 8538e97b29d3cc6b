"""One self-contained HTML page with the tables and pictures of comparisons."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape

from studies.cli.pages.outcome import Outcome
from studies.comparisons.compared import STATUSES, Compared
from studies.results.citations import known, references
from studies.results.software import software

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1b1b1b; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 1rem; font-size: 13.5px; }
th, td { text-align: left; padding: .22rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
figure { display: inline-block; margin: .3rem .6rem .3rem 0; max-width: 31rem; vertical-align: top; }
figure img { max-width: 100%; } figcaption { font-size: 12px; color: #555; }
.predicted { color: #0a6b2d; } .calibrated { color: #1f4e8c; } .missed, .reason { color: #a3260f; }
.arithmetic { color: #555; } small { color: #555; }
"""


def page(outcomes: Sequence[Outcome], *, quick: bool, seconds: float) -> str:
    """Return the text of the page; ``seconds``: what all of it took."""
    return "\n".join(
        [
            "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>memfem: published devices</title>",
            f"<style>{_STYLE}</style></head><body><h1>Published devices, simulated beside published</h1>",
            *_summary(outcomes, quick, seconds),
            *(line for one in outcomes for line in _section(one)),
            *_sources(outcomes),
            "</body></html>\n",
        ]
    )


def _summary(outcomes: Sequence[Outcome], quick: bool, seconds: float) -> Iterator[str]:
    how = "shortest comparison of each" if quick else "whole comparisons"
    made = ", ".join(f"{name} {text}" for name, text in software().items())
    when = datetime.now(UTC).isoformat(timespec="seconds")
    yield f"<p>{len(outcomes)} tables, {how}, {seconds:.0f} s, {when}. <small>{escape(made)}</small></p>"
    figures = [figure for one in outcomes for figure in one.rows]
    if any(_has_ratio(figure) for figure in figures):
        yield _image(ratio_picture(outcomes), "simulated over published, of all figures that have both")
    head = "".join(f"<th>{title}</th>" for title in ("device", "figures", *STATUSES, "s", ""))
    yield f"<table><tr>{head}</tr>"
    for one in outcomes:
        counted = one.counted()
        cells = [len(one.rows), *(counted.get(status, 0) for status in STATUSES), f"{one.seconds:.0f}"]
        numbers = "".join(f"<td class='n'>{cell}</td>" for cell in cells)
        note = (
            f"<span class='reason'>{escape(one.reason)}</span>"
            if one.reason
            else "a part"
            if one.short
            else ""
        )
        yield f"<tr><td><a href='#{escape(one.name)}'>{escape(one.name)}</a></td>{numbers}<td>{note}</td></tr>"
    yield "</table>"


def _section(one: Outcome) -> Iterator[str]:
    yield f"<h2 id='{escape(one.name)}'>{escape(one.name)}: {escape(one.title)}</h2><p>{escape(one.stack)}</p>"
    if one.reason:
        yield f"<p class='reason'>{escape(one.reason)}</p>"
    if one.rows:
        titles = ("figure", "simulated", "published", "unit", "ratio", "status", "source", "note")
        yield "<table><tr>" + "".join(f"<th>{title}</th>" for title in titles) + "</tr>"
        yield from map(_row, one.rows)
        yield "</table>"
    yield from (_image(content, caption) for caption, content in one.pictures.items())
    if not one.pictures and any(map(_has_ratio, one.rows)):
        yield _image(ratio_picture([one]), f"simulated over published values of {one.name}")


def _row(figure: Compared) -> str:
    ends = " to ".join(f"{end:.3g}" for end in (figure.published, figure.up_to) if end is not None)
    ratio = "" if math.isnan(figure.ratio) else f"{figure.ratio:.3g}"
    name, simulated = escape(figure.name), "-" if math.isnan(figure.simulated) else f"{figure.simulated:.3g}"
    return (
        f"<tr><td>{name}</td><td class='n'>{simulated}</td><td class='n'>{ends or '-'}</td>"
        f"<td>{escape(figure.unit)}</td><td class='n'>{ratio}</td><td class='{figure.status}'>{figure.status}</td>"
        f"<td>{escape(figure.source)}</td>"
        f"<td><small>{escape(figure.note)}</small></td></tr>"
    )


def _image(content: bytes, caption: str) -> str:
    data = base64.b64encode(content).decode("ascii")
    text = escape(caption, quote=True)
    return f"<figure><img alt='{text}' src='data:image/png;base64,{data}'><figcaption>{text}</figcaption></figure>"


def _has_ratio(figure: Compared) -> bool:
    return math.isfinite(figure.ratio) and figure.ratio > 0


def ratio_picture(outcomes: Iterable[Outcome]) -> bytes:
    """Return the PNG of simulated over published values, a line of dots for each device; 1 is agreement."""
    from matplotlib.figure import Figure

    colours = {"predicted": "#0a6b2d", "calibrated": "#1f4e8c", "missed": "#a3260f", "arithmetic": "#777777"}
    shown = [one for one in outcomes if any(map(_has_ratio, one.rows))]
    figure = Figure(figsize=(8.5, 1.2 + 0.28 * len(shown)), layout="constrained")
    axes = figure.subplots()
    for status in STATUSES:
        dots = [
            (f.ratio, k)
            for k, one in enumerate(shown)
            for f in one.rows
            if f.status == status and _has_ratio(f)
        ]
        if dots:
            ratios, rows = zip(*dots, strict=True)
            axes.scatter(ratios, rows, s=22, color=colours[status], label=status, alpha=0.8)
    axes.axvline(1.0, color="black", lw=0.8)
    axes.set(xscale="log", xlabel="simulated / published", yticks=range(len(shown)))
    axes.set_yticklabels([one.name for one in shown])
    axes.invert_yaxis()
    axes.legend(loc="upper right", fontsize="small")
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=90)
    return content.getvalue()


def _sources(outcomes: Sequence[Outcome]) -> Iterator[str]:
    keys, _ = known(sorted({key for one in outcomes for key in one.citations}))
    if not keys:
        return
    yield "<h2>Sources</h2><ul>"
    for key in keys:
        entry = references().entries[key]
        people = ", ".join(str(p) for p in entry.persons.get("author", entry.persons.get("editor", [])))
        said = [entry.fields.get(name, "") for name in ("title", "journal", "volume", "pages", "year", "doi")]
        text = ". ".join(part for part in (people, *said) if part).replace("{", "").replace("}", "")
        yield f"<li><b>{key}</b>: {escape(text)}</li>"
    yield "</ul>"
