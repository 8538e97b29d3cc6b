"""One comparison in a process of its own, which may be stopped: ``python -m studies.cli.pages.one NAME FOLDER``."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from fem.errors import IncompatibleError, MemfemError
from studies.cli.pages.outcome import Outcome
from studies.cli.things import about
from studies.comparisons.compared import Compared
from studies.comparisons.tables import quick_table, table
from studies.results.gathering import gathered
from studies.results.provenance import reason_of

if TYPE_CHECKING:
    from studies.results.trace import Trace

_MOST = 4  # pictures of traces of one comparison


def outcome(name: str, *, quick: bool) -> Outcome:
    """Return what becomes of a comparison, errors as its reason; raises UnknownNameError for no published device."""
    known, begin = about(name), monotonic()
    told = {"name": name, "title": known.name, "stack": known.stack}
    rows: list[Compared] = []
    short, reason = False, ""
    with gathered() as traces:
        try:
            rows, short = quick_table(name) if quick else (table(name, progress=False), False)
        except Exception as error:
            reason = str(error) if isinstance(error, MemfemError) else reason_of(error)
    sources = {key for figure in rows for key in figure.source.split()}
    sources |= {key for trace in traces for key in trace.provenance.get("citations", ())}
    return Outcome(
        **told,
        rows=tuple(rows),
        seconds=monotonic() - begin,
        short=short,
        reason=reason,
        pictures=_pictures(traces),
        citations=tuple(sorted(sources)),
    )


def _pictures(traces: Sequence[Trace]) -> dict[str, bytes]:
    """Return pictures of some of the traces, from the first to the last, by caption."""
    count = min(len(traces), _MOST)
    chosen = sorted({round(k * (len(traces) - 1) / max(1, count - 1)) for k in range(count)})
    found: dict[str, bytes] = {}
    for k in chosen:
        caption = f"run {k + 1} of {len(traces)}: {_what(traces[k].provenance)}"
        try:
            found[caption] = _png(traces[k])
        except (IncompatibleError, ValueError):  # nothing that a picture could show
            continue
    return found


def _what(provenance: dict[str, Any]) -> str:
    protocol = provenance.get("protocol", {})
    text = protocol.get("text", "") if isinstance(protocol, dict) else str(protocol)
    return f"{provenance.get('contact', '')}: {text}"[:160]


def _png(trace: Trace) -> bytes:
    from studies.cli.pages.pictures import trace_figure

    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of logarithmic axes of nothing
        trace_figure(trace, size=(4.8, 3.4)).savefig(content, format="png", dpi=80)
    return content.getvalue()


def main(name: str, folder: str, *options: str) -> None:
    """Write the outcome of the comparison into the folder."""
    outcome(name, quick="--quick" in options).write(Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
