"""A store of thousands of small cases: how soon its table and a figure are there, and after its index was lost."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from time import perf_counter

import numpy as np

from studies import Grid, Store, Study, Trace, sweep
from tests.benchmarks.table import Row, at_most

SIDE = 64


def small(x: float, y: float) -> dict[str, object]:
    """Return five figures and a trace of 200 samples."""
    time = np.linspace(0.0, 1.0, 200)
    trace = Trace.from_columns({"time": time, "voltage": time, "current": x * time + y}, {})
    figures = {f"figure_{k}": (x + k * y, "V") for k in range(5)}
    return {**figures, "trace": trace}


def rows() -> Iterator[Row]:
    """Yield the seconds of a table and of datasets of 4096 cases."""
    study = Study(small, {"x": "nm", "y": "V/s"}, version="1")
    plan = Grid(x=np.linspace(0, 1, SIDE), y=np.linspace(0, 1, SIDE))
    with tempfile.TemporaryDirectory() as folder:
        begin = perf_counter()
        sweep(study, plan, store=folder, workers=2, progress=False)
        each = (perf_counter() - begin) / SIDE**2 * 2
        yield at_most(f"{SIDE**2} cases on two processes, a case of one", 100.0, 1e3 * each, "ms")
        yield at_most("index opens", 1.0, _seconds(lambda: Store(folder).index()), "s")
        yield at_most("dataset of one figure", 5.0, _seconds(lambda: Store(folder).dataset("figure_0")), "s")
        data = Store(folder).dataset("figure_3")["figure_3"]
        exact = data.x + 3 * data.y
        off = float(np.abs(data - exact).max())
        yield at_most("its values", 0.0, off, "V")
        yield at_most(
            "lazy dataset of a column of all traces",
            5.0,
            _seconds(lambda: Store(folder).dataset("current")),
            "s",
        )
        took = _seconds(lambda: Store(folder).dataset("current")["current"].isel(x=3).load())
        yield at_most(f"the column of {SIDE} of them", 5.0, took, "s")
        begin = perf_counter()
        (Store(folder).path / "index.sqlite").unlink()
        rebuilt = len(Store(folder).index()) == SIDE**2
        said = f"{perf_counter() - begin:.0f} s"
        yield Row("index made again from the files", "all cases", said, met=rebuilt)


def _seconds(call: object) -> float:
    begin = perf_counter()
    call()  # type: ignore[operator]
    return perf_counter() - begin
