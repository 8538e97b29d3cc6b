"""``memfem export``: a trace as text, netCDF or a spreadsheet; a compact model as SPICE or Verilog-A."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from fem.errors import IncompatibleError, MissingSoftwareError, OutOfRangeError, UnknownNameError
from studies.cli.answers import as_json
from studies.cli.plot import trace_file


def export(
    source: Annotated[Path, Parameter(help="a trace (.nc), a compact model (.json), or a folder of results")],
    output: Annotated[
        Path, Parameter(help="of a trace .csv, .nc or .xlsx; of a model .cir, .sp, .lib or .va")
    ],
    *,
    name: Annotated[str, Parameter(help="of the subcircuit or the module")] = "memristor",
    json: Annotated[bool, Parameter(help="print JSON", negative="")] = False,
) -> None:
    """Write a trace or a compact model for other programs, in the format that the name of the output says."""
    file = trace_file(source)
    write = _of_a_model(file, name) if file.suffix.lower() == ".json" else _of_a_trace(file)
    suffix = output.suffix.lower()
    if suffix not in write:
        what = "compact model" if file.suffix.lower() == ".json" else "trace"
        raise UnknownNameError(f"format of a {what}", suffix or str(output), write)
    path = write[suffix](output)
    print(as_json({"file": path}) if json else path)


def _of_a_trace(file: Path) -> dict[str, Callable[[Path], Path]]:
    """Return what writes a trace, by suffix."""
    from studies.results.trace import Trace

    return {
        ".csv": lambda path: Trace.load(file).to_csv(path),
        ".nc": lambda path: Trace.load(file).save(_elsewhere(file, path)),
        ".xlsx": lambda path: write_spreadsheet(Trace.load(file), path),
    }


def _elsewhere(file: Path, path: Path) -> Path:
    """Return ``path``; raises IncompatibleError if it is the trace itself."""
    if path.exists() and file.exists() and path.samefile(file):
        raise IncompatibleError(f"{path} is the trace itself; give another name.")
    return path


def _of_a_model(file: Path, name: str) -> dict[str, Callable[[Path], Path]]:
    """Return what writes a compact model, by suffix."""
    from fem.io.files import write_text
    from studies.compact.export import verilog_a
    from studies.compact.model import CompactModel

    def spice(path: Path) -> Path:
        return write_text(path, CompactModel.load(file).to_spice(name))

    def verilog(path: Path) -> Path:
        return verilog_a.write(CompactModel.load(file), name, path)

    return {".cir": spice, ".sp": spice, ".lib": spice, ".va": verilog}


def write_spreadsheet(trace: Any, path: Path) -> Path:
    """Return the path of a spreadsheet with the columns of a trace, and its provenance on a sheet of its own."""
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise MissingSoftwareError("spreadsheets need openpyxl: pip install 'memfem[excel]'.") from error
    book = Workbook(write_only=True)
    columns = {n: v for n, v in trace.data.variables.items() if v.dims == ("time",)}
    names = ["time", *(n for n in columns if n != "time")]
    if len(trace.time) >= 1_048_576:
        raise OutOfRangeError("samples of a spreadsheet", len(trace.time), "fewer than 1048576; export .csv")
    sheet = book.create_sheet("trace")
    sheet.append([f"{n} [{columns[n].attrs.get('units', '1')}]" for n in names])
    for row in zip(*(columns[n].values.tolist() for n in names), strict=True):
        sheet.append(list(row))
    about = book.create_sheet("provenance")
    for key, value in trace.provenance.items():
        about.append([key, value if isinstance(value, int | float) else str(value)[:32000]])
    from fem.io.files import replacing

    content = io.BytesIO()
    book.save(content)
    with replacing(path) as part:
        part.write_bytes(content.getvalue())
    return path
