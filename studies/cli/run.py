"""``memfem run``: a study of a file carried out, with its results in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from fem.errors import IncompatibleError, OutOfRangeError
from studies.cli.answers import as_json


def run(
    study: Annotated[Path, Parameter(help="a TOML file, or a script with a function study()")],
    *,
    output: Annotated[
        Path | None, Parameter(help="folder of the results, in place of the file's own")
    ] = None,
    set: Annotated[
        list[str] | None, Parameter(help='a value by its key: --set "protocol.rate=0.2 V/s"')
    ] = None,
    check: Annotated[
        bool, Parameter(help="check the study and its device, and compute nothing", negative="")
    ] = False,
    json: Annotated[bool, Parameter(help="print JSON", negative="")] = False,
) -> None:
    """Carry out a study, and keep trace, state, fields, pictures and provenance in a folder.

    A run that was stopped, by Ctrl-C too, goes on where it was. Results of another study or version are left alone.
    """
    if not study.is_file():
        raise OutOfRangeError("study file", str(study), "a file that exists")
    if study.suffix not in (".toml", ".py"):
        raise OutOfRangeError("study file", str(study), "TOML (.toml) or a script (.py)")
    _check_alone()
    try:
        if study.suffix == ".py":
            found = _script(study, output)
        else:
            found = _study(study, output, _changes(set or []), check)
    except KeyboardInterrupt as error:
        error.add_note("the same command goes on from there.")
        raise
    print(as_json(found) if json else "\n".join(f"{name}: {_said(value)}" for name, value in found.items()))


def _check_alone() -> None:
    """Raise IncompatibleError if mpiexec has started several processes, of which each would write the results."""
    from mpi4py import MPI

    if MPI.COMM_WORLD.size > 1:
        raise IncompatibleError("memfem run is for one process; under mpiexec run a script of Python itself.")


def _changes(texts: Sequence[str]) -> dict[str, str]:
    """Return values by key of texts "key=value"; raises OutOfRangeError for any other."""
    for text in texts:
        if not text.partition("=")[0].strip() or "=" not in text:
            raise OutOfRangeError("--set", text, 'a key and a value, as "protocol.rate=0.2 V/s"')
    return {key.strip(): value.strip() for key, _, value in (text.partition("=") for text in texts)}


def _study(path: Path, output: Path | None, changes: Mapping[str, str], check: bool) -> dict[str, Any]:
    """Return what is said of a study of a TOML file that has been carried out."""
    from studies.cli.study_files.carrying_out import carried_out
    from studies.cli.study_files.store import Store
    from studies.cli.study_files.study import read_study

    study = read_study(path, changes)
    if check:
        return {"study": study.title, "device": repr(study.device()), "protocol": study.protocol.text}
    store = Store(output or study.folder, study.describe())
    done_before = store.whole
    if not done_before:
        carried_out(study, store)
    return _told(study.title, store, done_before)


def _script(path: Path, output: Path | None) -> dict[str, Any]:
    """Return what is said of a script that has been carried out."""
    from studies.cli.study_files.carrying_out import carried_out_script
    from studies.cli.study_files.store import Store

    store = Store(output or Path("results") / path.stem, {"script": path.read_text(encoding="utf-8")})
    done_before = store.whole
    if not done_before:
        carried_out_script(path, store)
    return _told(path.stem, store, done_before)


def _told(title: str, store: Any, done_before: bool) -> dict[str, Any]:
    files = {name: str(store.file(file)) for name, file in store.about["files"].items()}
    how = "done before, as its folder says" if done_before else "done"
    return {
        "study": title,
        "status": how,
        "seconds": store.about["seconds"],
        "folder": str(store.folder),
        "files": files,
    }


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(str(item) for item in value.values())
    return f"{value:.3g}" if isinstance(value, float) else str(value)
