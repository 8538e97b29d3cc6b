"""Studies carried out: the sweep of a TOML file, which resumes where it was stopped, or the results of a script."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from fem.errors import IncompatibleError, MemfemError
from fem.errors.records import logger
from fem.io.files import save_figure
from studies.cli.study_files.store import Store
from studies.cli.study_files.study import Study
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem import State

_LOG = logger(__name__)
_NEEDS = "needs a function study() that takes no arguments and returns a Trace, a Run, or a dictionary of them by name"


def carried_out(study: Study, store: Store) -> dict[str, Path]:
    """Return the files of the results of a study by what they are; from its checkpoint if it was stopped before."""
    from fem import load_checkpoint
    from studies import iv_sweep

    files = {"trace": store.file("trace.nc"), "state": store.file("state.h5")}
    begin = monotonic()
    device = study.device()
    store.begin()
    trace = iv_sweep(
        device,
        contact=study.contact,
        protocol=study.protocol,
        start=study.start(device),
        checkpoint=files["state"],
        save_partial=store.file("partial.nc"),
        **study.experiment,
    )
    trace.save(files["trace"])
    store.file("partial.nc").unlink(missing_ok=True)
    files |= _kept(study, store, trace, load_checkpoint(device, files["state"]))
    about = {
        "seconds": monotonic() - begin,
        "title": study.title,
        "files": {k: p.name for k, p in files.items()},
    }
    told = trace.provenance
    store.finish(**about, citations=told["citations"], device=told["device"])
    return files


def _kept(study: Study, store: Store, trace: Trace, state: State) -> dict[str, Path]:
    """Return the files of what else is to be kept: columns as text, fields, pictures."""
    from fem.io import write_fields

    found: dict[str, Path] = {}
    if study.keep["csv"]:
        found["csv"] = trace.to_csv(store.file("trace.csv"))
    if study.keep["fields"]:
        found["fields"] = write_fields(state, store.file("fields.vtkhdf"))
    if study.keep["pictures"]:
        found |= pictures(store.folder, trace, state)
    return found


def pictures(folder: Path, trace: Trace, state: State | None = None) -> dict[str, Path]:
    """Return the pictures of a trace, and of the last state where its device has bands to show, by name."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    found: dict[str, Path] = {}
    try:
        from studies.cli.pages.pictures import trace_figure

        found["picture"] = save_figure(trace_figure(trace), folder / "trace.png", dpi=120)
        if state is not None and state.device.mesh.dim == 1:
            found["bands"] = _bands(folder, state)
    except IncompatibleError as error:
        _LOG.info("no picture: %s", error)
    finally:
        plt.close("all")
    return {name: path for name, path in found.items() if path is not None}


def _bands(folder: Path, state: State) -> Any:
    """Return the picture of the bands; None for a device without."""
    from fem.visualize import plot_band_diagram

    try:
        (axes,) = plot_band_diagram(state)
    except IncompatibleError:
        return None
    return save_figure(axes.figure, folder / "bands.png", dpi=120)


def results_of_script(path: Path) -> dict[str, Trace]:
    """Return the traces by name that ``study()`` of a script gives; raises IncompatibleError with what it needs."""
    function = runpy.run_path(str(path), run_name="memfem_study").get("study")
    if not callable(function):
        raise IncompatibleError(f"{path.name} {_NEEDS}; it has none.")
    try:
        found = function()
    except TypeError as error:
        if "study()" in str(error) and "argument" in str(error):
            raise IncompatibleError(f"{path.name} {_NEEDS}; {error}.") from error
        raise
    several = found if isinstance(found, Mapping) else {"trace": found}
    return {str(name): _trace(value, path) for name, value in several.items()}


def _trace(value: Any, path: Path) -> Trace:
    value = getattr(value, "trace", value)
    if not isinstance(value, Trace):
        raise IncompatibleError(f"{path.name} {_NEEDS}; it has returned a {type(value).__name__}.")
    return value


def carried_out_script(path: Path, store: Store) -> dict[str, Path]:
    """Return the files of the traces of a script, by name."""
    begin = monotonic()
    found = results_of_script(path)
    store.begin()
    files: dict[str, Path] = {}
    for name, trace in found.items():
        files[name] = trace.save(store.file(f"{name}.nc"))
        files |= {f"{name} {k}": p for k, p in _pictures_of(store.folder / name, trace, len(found)).items()}
    told = sorted({key for trace in found.values() for key in trace.provenance.get("citations", ())})
    names = {k: str(p.relative_to(store.folder)) for k, p in files.items()}
    store.finish(seconds=monotonic() - begin, title=path.stem, files=names, citations=told)
    return files


def _pictures_of(folder: Path, trace: Trace, count: int) -> dict[str, Path]:
    try:
        return pictures(folder if count > 1 else folder.parent, trace)
    except MemfemError as error:
        _LOG.info("no picture: %s", error)
        return {}
