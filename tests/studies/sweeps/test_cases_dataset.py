"""Datasets of sweeps: over parameters or cases, gaps marked with their reason, traces not read before they are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fem.errors import IncompatibleError, UnknownNameError
from fem.materials import Arrhenius
from studies import Cases, Choice, Described, Grid, Store, Study, Trace, trend
from studies.sweeps.case_file import Record, case_path, write_case
from studies.sweeps.dataset import Outcome, outcome_of
from studies.sweeps.plans import Plan


def loop(x: float, top: str) -> Any:
    """Return a figure and a trace with 3 + x samples; the fourth x fails at Au."""
    if x == 4.0 and top == "Au":
        raise ValueError("bad luck")
    time = np.linspace(0.0, 1.0, 3 + int(x))
    columns = {"time": time, "voltage": time, "current": x * time}
    return {"double": (2 * x, "nm"), "trace": Trace.from_columns(columns, {})}


STUDY = Study(loop, {"x": "nm", "top": Choice("Au", "Ag")})


def kept(folder: Path, plan: Plan, study: Study = STUDY) -> Store:
    store = Store.made(folder)
    store.entries.add_study(study.key, study.about, b"", [])
    jobs = study.jobs(plan).values()
    store.entries.add_cases(study.key, [(j.key, j.labels, j.content, b"") for j in jobs])
    for job in jobs:
        try:
            outcome = outcome_of(study.run(**job.arguments))
        except ValueError as error:
            outcome = Outcome(failure=str(error))
        what: dict[str, Any] = {"labels": job.labels, "content": job.content, "about": study.about}
        record = Record(key=job.key, outcome=outcome, seconds=0.5, **what)
        write_case(store.path, record)
        store.entries.enter(study.key, [record])
    return store


def test_a_grid_is_labelled_by_its_parameters_and_gaps_say_why(tmp_path: Path) -> None:
    data = kept(tmp_path, Grid(x=[4, 1, 2], top=["Au", "Ag"])).dataset()
    assert data["double"].dims == ("x", "top") and data["x"].values.tolist() == [1.0, 2.0, 4.0]
    assert data["top"].values.tolist() == ["Au", "Ag"] and data["x"].attrs["units"] == "nm"
    assert data["double"].sel(x=2, top="Ag") == 4.0 and data["double"].attrs["units"] == "nm"
    gap = data.sel(x=4, top="Au")
    assert np.isnan(gap["double"]) and gap["status"] == "failed" and gap["reason"] == "bad luck"
    assert data["current"].dims == ("x", "top", "sample") and data.sizes["sample"] == 7
    np.testing.assert_allclose(data["current"].sel(x=2, top="Au")[:5], np.linspace(0, 2, 5))
    assert np.isnan(data["current"].sel(x=2, top="Au")[5:]).all() and np.isnan(gap["current"]).all()
    assert data["current"].attrs["units"] == "A" and data["seconds"].sel(x=4, top="Au") == 0.5


def test_scattered_cases_are_a_list_unless_a_grid_is_asked_for(tmp_path: Path) -> None:
    store = kept(tmp_path, Cases(x=[1, 2, 3, 4, 5], top=["Au", "Ag", "Au", "Ag", "Au"]))
    assert store.dataset("double").sizes == {"x": 5, "top": 2}, "half of all combinations"
    data = store.dataset("double", grid=False)
    assert data.sizes == {"case": 5} and data["x"].dims == ("case",)
    kept(
        tmp_path,
        Cases(x=[1, 2, 3], top=["Au", "Ag", "Au"]),
        Study(loop, {"x": "m", "top": Choice("Au", "Ag")}),
    )
    more = Study(lambda x, y: {"sum": x + y}, {"x": "1", "y": "1"}, name="sum")
    other = kept(tmp_path / "other", Cases(x=[1, 2, 3], y=[4, 5, 6]), more)
    assert other.dataset().sizes == {"case": 3}
    forced = other.dataset("sum", grid=True)
    assert forced.sizes == {"x": 3, "y": 3} and (forced["status"] == "not asked for").sum() == 6
    assert np.nansum(forced["sum"]) == 21.0


def test_traces_are_read_when_their_values_are_asked_for_and_only_those(tmp_path: Path) -> None:
    store = kept(tmp_path, Grid(x=[1, 2, 3], top=["Au", "Ag"]))
    data = store.dataset()
    for row in store.entries.rows(STUDY.key):
        if row.labels["x"] != 2.0:
            case_path(store.path, row.key).unlink()
    np.testing.assert_allclose(data["current"].sel(x=2, top="Ag")[:5], np.linspace(0, 2, 5))
    assert data["double"].sel(x=3, top="Ag") == 6.0
    with pytest.raises(Exception, match="a file that exists"):
        data["current"].load()


def test_names_are_those_of_figures_and_columns(tmp_path: Path) -> None:
    store = kept(tmp_path, Grid(x=[1, 2], top=["Au"]))
    assert set(store.dataset("double").data_vars) == {"double"}
    assert set(store.dataset("double", "current").data_vars) == {"double", "current"}
    with pytest.raises(UnknownNameError, match=r"'doubel'; did you mean 'double'"):
        store.dataset("doubel")


def test_values_of_one_name_need_a_list(tmp_path: Path) -> None:
    film = Study(lambda law: {"y": law.prefactor}, {"law": Described()}, name="law")
    store = kept(tmp_path, Grid(law=[Arrhenius(1.0, 0.5), Arrhenius(2.0, 0.5)]), film)
    assert store.dataset("y").sizes == {"law": 2}
    with store.entries._write() as database:
        database.execute("""UPDATE cases SET labels = '{"law": "one"}'""")
    assert store.dataset("y").sizes == {"case": 2}
    with pytest.raises(IncompatibleError, match="grid=False"):
        store.dataset("y", grid=True)


def test_a_sweep_of_one_parameter_has_a_trend(tmp_path: Path) -> None:
    one = Study(lambda x: {"double": (2 * x, "V")}, {"x": "nm"}, name="one")
    found = trend(kept(tmp_path, Grid(x=[1, 2, 3, 4]), one).dataset(), "double")
    assert found.slope == pytest.approx(2.0) and found.unit == "V per nm"
