"""``memfem plot``: a picture of a trace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from fem.errors import IncompatibleError, OutOfRangeError
from studies.cli.answers import as_json

_FORMATS = (".png", ".svg", ".pdf")


def plot(
    trace: Annotated[Path, Parameter(help="a file of a trace, or a folder of results")],
    output: Annotated[Path | None, Parameter(help=".png, .svg or .pdf; PNG beside the trace if none")] = None,
    *,
    against: Annotated[
        Literal["voltage", "time"] | None, Parameter(help="voltage if one is swept, else time")
    ] = None,
    json: Annotated[bool, Parameter(help="print JSON", negative="")] = False,
) -> None:
    """Draw the current of a trace against its voltage or time."""
    from fem.io.files import save_figure
    from studies.cli.pages.pictures import trace_figure
    from studies.results.trace import Trace

    file = trace_file(trace)
    target = output or file.with_suffix(".png")
    if target.suffix.lower() not in _FORMATS:
        raise OutOfRangeError("picture", str(target), f"a name that ends with {', '.join(_FORMATS)}")
    path = save_figure(trace_figure(Trace.load(file), against=against or ""), target, dpi=150)
    print(as_json({"picture": path}) if json else path)


def trace_file(path: Path) -> Path:
    """Return the file of a trace: that given, or trace.nc of a folder of results; raises IncompatibleError."""
    if not path.is_dir():
        return path
    if not (found := path / "trace.nc").is_file():
        raise IncompatibleError(
            f"{path} has no trace.nc in it; name a file, or the folder of a finished run."
        )
    return found
