"""``memfem demo``: the documented device from geometry to crosstalk."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


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
