"""What checks of arguments and imports cost: python -m tests.benchmarks.checks_cost [--demo].

Prints the processor time of importing each package [s], and with ``--demo`` the share of the checks in that of the
demo. Asked for are less than 0.3 s of ``import fem`` and less than 1 % of the demo.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from functools import wraps
from pathlib import Path
from time import process_time
from typing import Any

from tests.benchmarks.own_process import said

SHARE = 0.01  #: wanted at most of the demo
IMPORT = 0.3  #: wanted at most for ``import fem`` [s]


def import_seconds(package: str = "fem", repeats: int = 5) -> float:
    """Return the processor time of importing a package in a new process [s], the median of so many."""
    code = f"from time import process_time as t; a = t(); import {package}; print(t() - a)"
    return statistics.median(float(said("-c", code)) for _ in range(repeats))


def share_of_checks() -> float:
    """Return the share of the checks of arguments in the processor time of the demo, run in a new process."""
    return float(said("-m", "tests.benchmarks.checks_cost", "--inside").split()[-1])


def _inside() -> float:
    """Return the share in this process, in which only what checks is imported yet."""
    spent = _timed_checks()
    from studies.demo.run import run_demo

    with tempfile.TemporaryDirectory() as folder:
        begin, before = process_time(), spent[0]
        run_demo(Path(folder))
        return (spent[0] - before) / (process_time() - begin)


def _timed_checks() -> list[float]:
    """Return a list whose one number grows by the time of all checks [s] of modules imported from now on."""
    from fem.errors import arguments

    spent = [0.0]
    checked, settle = arguments.checked, arguments.settle

    def timed(function: Any, sign: float) -> Any:
        """Return a function during which the clock runs, or stands still if the sign is negative."""

        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            spent[0] -= sign * process_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent[0] += sign * process_time()

        return run

    def timed_checked(**kinds: Any) -> Any:
        return lambda function: timed(checked(**kinds)(timed(function, -1.0)), 1.0)

    arguments.checked, arguments.settle = timed_checked, timed(settle, 1.0)
    return spent


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="also run the demo")
    parser.add_argument("--inside", action="store_true", help="print the share alone, from this process")
    asked = parser.parse_args()
    if asked.inside:
        print(_inside())
        return
    for package in ("fem", "geometries", "studies"):
        print(f"import {package:<10} {import_seconds(package):.2f} s")
    if asked.demo:
        print(f"checks in the demo {share_of_checks():.2%} (wanted at most {SHARE:.0%})")


if __name__ == "__main__":
    main()
