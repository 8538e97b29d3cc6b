"""The main job in one run: the documented device from geometry to crosstalk, with files and pictures."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fem.io.files import write_text
from studies.demo import array, cell, compact, letters, pictures, sections
from studies.devices import prpyrpbi3 as dot
from studies.devices.shared import prpyrpbi3_array
from studies.progress import Line, progress_line

if TYPE_CHECKING:
    from fem.device.state import State
    from studies.comparisons.compared import Compared

#: The steps with their shares of the time, for the line that shows how much is done.
STEPS = {
    "two cycles": 0.45,
    "SET and RESET pulses": 0.20,
    "compact model and ngspice": 0.15,
    "array: sneak paths and lines": 0.01,
    "array: heat in three dimensions": 0.05,
    "array: letters written and read": 0.10,
    "fields and pictures": 0.04,
}


@dataclass
class Demo:
    """What the run has made so far."""

    folder: Path
    line: Line
    seconds: dict[str, float] = field(default_factory=dict)
    rows: list[Compared] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step and show which one it is."""
        begin = time.perf_counter()
        self.line.to(sum(STEPS[done] for done in self.seconds), name)
        yield
        self.seconds[name] = time.perf_counter() - begin


def run_demo(folder: Path) -> Demo:
    """Return the finished demo; files are in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with progress_line("demo") as line:
        demo = Demo(folder=folder, line=line)
        _run(demo)
    return demo


def _run(demo: Demo) -> None:
    """Do the steps."""
    folder = demo.folder
    steps = iter(STEPS)
    with demo.step(next(steps)):
        begin = dot.start(dot.device())
        loop = cell.loop(begin)
        loop.trace.save(folder / "trace.nc")
        demo.rows += cell.loop_rows(loop)
    with demo.step(next(steps)):
        pulses = cell.pulses(loop.last)
        demo.rows += cell.pulse_rows(pulses)
    with demo.step(next(steps)):
        model = compact.fitted(loop.last.trace, folder)
        demo.rows += compact.compact_rows(model)
    with demo.step(next(steps)):
        reads = array.reads(loop.last)
        demo.rows += array.read_rows(reads)
    with demo.step(next(steps)):
        thermal = array.heat()
        demo.rows += array.heat_rows(thermal, cell.largest_power(loop.last.trace))
        array.save(folder / "crosstalk.nc", reads, thermal)
    with demo.step(next(steps)):
        demo.rows += _write_letters(folder, model)
    with demo.step(next(steps)):
        _write_fields(folder / "cell_fields.vtkhdf", loop.states)
        sections.draw_sections(loop.states, folder / "filament_sections.png")
        pictures.draw_loop(loop.trace, folder / "iv_loop.png")
        pictures.draw_pulses(pulses, folder / "pulses.png")
        pictures.draw_model(loop.last.trace, model, folder / "compact_model.png")
        pictures.draw_block(folder)
    write_summary(demo)


def _write_letters(folder: Path, model: compact.Fitted) -> list[Compared]:
    """Write the letters' file and picture and return their rows, none for a model that was refused."""
    if model.model is None:
        for name in ("letters.nc", "letters.png"):
            (folder / name).unlink(missing_ok=True)
        return []
    found = letters.letters(model.model, array.heat(array.FAR))
    letters.save(folder / "letters.nc", found)
    letters.draw(found, folder / "letters.png")
    return letters.letter_rows(found)


def _write_fields(path: Path, states: dict[str, State]) -> None:
    """Write all fields of states, in the order of time."""
    from fem.io.fields import FieldWriter

    with FieldWriter(path, next(iter(states.values())).device) as writer:
        for state in sorted(states.values(), key=lambda state: state.time):
            writer.write(state)


def write_summary(demo: Demo) -> None:
    """Write summary.json: the table, what is assumed, and the seconds of each step."""
    table = [
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in asdict(r).items()}
        for r in demo.rows
    ]  # fmt: skip
    content = {"device": dot.ABOUT.stack, "table": table, "assumed": assumed(), "seconds": demo.seconds}
    write_text(demo.folder / "summary.json", json.dumps(content, indent=1) + "\n")


def assumed() -> dict[str, str]:
    """Return what is assumed of the device and its array, and why."""
    return {**dot.ABOUT.assumed, **prpyrpbi3_array.ASSUMED}
