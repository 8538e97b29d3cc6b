"""The command ``memfem``."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

import fem
from fem.errors import MemfemError, ModelWarning
from studies.cli.speech import speak

_PYTHONS_FORMAT = warnings.formatwarning
_BROKEN_PIPE = 141  # the exit status of a program that SIGPIPE ends

app = App(
    name="memfem",
    help="Finite-element simulation of halide-perovskite memristors and synapses.",
    version=fem.__version__,
)


@app.command
def demo(
    output: Annotated[Path, Parameter(help="folder for files and pictures")] = Path("results/demo"),
) -> None:
    """Simulate the documented device from geometry to crosstalk, and print its figures beside the published ones."""
    from rich.console import Console

    from studies.demo.run import assumed, run_demo
    from studies.demo.table import table_of
    from studies.devices.prpyrpbi3 import ABOUT

    console = Console(width=120 if not sys.stdout.isatty() else None)
    console.print(f"[bold]{ABOUT.name}[/]: {ABOUT.stack}")
    for thing, why in assumed().items():
        console.print(f"  assumed: {thing}: {why}", style="dim")
    result = run_demo(output)
    console.print(*table_of(result.rows), sep="\n")
    console.print(f"files in {output}: " + ", ".join(sorted(p.name for p in output.iterdir())))
    times = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in result.seconds.items())
    console.print(f"wall time {sum(result.seconds.values()):.0f} s: {times}")


@app.command
def materials(name: Annotated[str | None, Parameter(help="a material such as MAPbI3")] = None) -> None:
    """List the materials, or the data of one with units and sources."""
    from fem import materials as library

    print(library.get(name) if name else "\n".join(f"{m.name:14} {m.kind}" for m in library.ALL.values()))


@app.command
def compare(
    name: Annotated[str | None, Parameter(help="a published device such as mapbi3_filament_via")] = None,
) -> None:
    """Simulate a published device and print its figures beside those published, or list all without a name.

    Most take minutes, prpyrpbi3 half an hour.
    """
    from studies.comparisons.compared import compared_table
    from studies.comparisons.tables import listed, table

    print(compared_table(table(name)) if name else listed())


def _formatted(message: Warning | str, category: type[Warning], *where: Any) -> str:
    """Return a warning as a command prints it: those of memfem as one sentence."""
    ours = issubclass(category, ModelWarning)
    return f"memfem: {message}\n" if ours else _PYTHONS_FORMAT(message, category, *where)


@app.meta.default
def launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    verbose: Annotated[
        int,
        Parameter(
            name=["--verbose", "-v"], count=True, help="tell steps and bias points; -vv: iterations too"
        ),
    ] = 0,
    quiet: Annotated[
        bool,
        Parameter(name=["--quiet", "-q"], negative="", help="tell nothing but results and errors"),
    ] = False,
) -> None:
    """Do what the ``tokens`` say, and tell of it as much as is wanted."""
    speak(verbose, quiet=quiet)
    app(tokens)


def main() -> None:
    """Run the command; an error or a warning of memfem is one sentence."""
    warnings.formatwarning = _formatted  # type: ignore[assignment]
    try:
        try:
            app.meta()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except MemfemError as error:
        print(f"memfem: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:  # head has what it wants, or a pager was left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python writes at its end
        raise SystemExit(_BROKEN_PIPE) from None
