"""The command ``memfem``."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from typing import Annotated, Any, NoReturn

from cyclopts import App, CycloptsError, Parameter

import fem
from fem.errors import MemfemError, ModelWarning
from studies.cli.answers import BROKEN_PIPE, FAILED, INTERRUPTED, MISUSED
from studies.cli.cite import cite
from studies.cli.compare import compare
from studies.cli.demo import demo
from studies.cli.doctor import doctor
from studies.cli.export import export
from studies.cli.materials import materials
from studies.cli.plot import plot
from studies.cli.run import run
from studies.cli.show import show
from studies.cli.speech import speak

_PYTHONS_FORMAT = warnings.formatwarning

app = App(
    name="memfem",
    help="""Finite-element simulation of halide-perovskite memristors and synapses.

    Exit codes: 0 done; 1 not done, for the reason that one sentence gives; 2 a command line that is not understood; 130
    stopped by Ctrl-C, what was saved stays; 141 the reader of the output went away.""",
    version=fem.__version__,
    suppress_keyboard_interrupt=False,
)
app.meta.suppress_keyboard_interrupt = False  # main says what Ctrl-C leaves


for verb in (demo, run, compare, show, materials, plot, export, cite, doctor):
    app.command(verb)


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
    app(tokens, print_error=False, exit_on_error=False)


def main() -> None:
    """Run the command; an error or a warning of memfem is one sentence. Exit codes are those of ``answers``."""
    warnings.formatwarning = _formatted  # type: ignore[assignment]
    try:
        try:
            app.meta(sys.argv[1:], print_error=False, exit_on_error=False)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except CycloptsError as error:
        _end(MISUSED, " ".join(str(error).split()) + " 'memfem --help' lists what there is.")
    except MemfemError as error:
        _end(FAILED, "; ".join([str(error), *getattr(error, "__notes__", ())]))
    except BrokenPipeError:  # head has what it wants, or a pager was left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python writes at its end
        raise SystemExit(BROKEN_PIPE) from None
    except OSError as error:
        _end(FAILED, "; ".join([_of_system(error), *getattr(error, "__notes__", ())]))
    except KeyboardInterrupt as error:
        _end(INTERRUPTED, "; ".join(["stopped, and what was saved stays", *getattr(error, "__notes__", ())]))


def _end(code: int, text: str) -> NoReturn:
    print(f"memfem: {text}", file=sys.stderr)
    raise SystemExit(code) from None


def _of_system(error: OSError) -> str:
    """Return an error of the system as a sentence."""
    name = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full{name}: nothing was written, older files are as they were; make room, and repeat."
    return f"{error.strerror or error}{name}."
