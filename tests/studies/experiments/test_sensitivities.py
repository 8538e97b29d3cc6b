"""A trace that is recorded with sensitivities has them, labelled and with their units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fem import Circuit, parameters
from fem.errors import IncompatibleError, UnknownNameError
from studies import ImpedanceSpectrum, Sweep, Trace, apply, impedance, iv_sweep, sensitivity
from tests import sensitive
from tests.sensitive import FIXED, TIGHT, differences

NAMES = ["film.electron_mobility", "film.ions.iodide_vacancy.diffusivity"]
LOOP = Sweep(0.0, 0.4, 0.0, rate=2e3)


@pytest.fixture(scope="module")
def trace() -> Trace:
    device = sensitive.cell()
    return iv_sweep(device, contact="top", protocol=LOOP, control=FIXED, options=TIGHT, sensitivities=NAMES)


def test_the_sensitivities_of_a_trace_are_those_of_its_samples(trace: Trace) -> None:
    found = sensitivity(trace)
    assert found.sensitivity.dims == ("parameter", "contact", "time")
    np.testing.assert_array_equal(found.time, trace.time)
    np.testing.assert_array_equal(found.current.sel(contact="top"), trace.current)

    (parameter,) = parameters(sensitive.cell(), NAMES[1:])
    expected = differences(
        parameter,
        lambda d: iv_sweep(d, contact="top", protocol=LOOP, control=FIXED, options=TIGHT).current,
    )
    mine = found.sel(parameter=NAMES[1], contact="top")
    assert np.abs(mine.sensitivity * parameter.value - expected).max() < 1e-6 * np.abs(expected).max()
    relative = mine.relative_sensitivity.values[1:]
    np.testing.assert_allclose(relative, (mine.sensitivity * parameter.value / trace.current).values[1:])
    assert (mine.parameter_unit.item(), found.current.attrs["units"]) == ("m^2/s", "A/m^2")


def test_a_trace_keeps_its_sensitivities_in_its_file(trace: Trace, tmp_path: Path) -> None:
    again = Trace.load(trace.save(tmp_path / "loop.nc"))
    xr.testing.assert_allclose(sensitivity(again), sensitivity(trace))
    assert "sensitivity" not in trace.to_csv(tmp_path / "loop.csv").read_text()


def test_parameters_of_a_trace_are_chosen_by_name(trace: Trace) -> None:
    assert list(sensitivity(trace, NAMES[1:]).parameter.values) == NAMES[1:]
    with pytest.raises(UnknownNameError, match=r"film\.electron_mobility"):
        sensitivity(trace, ["film.hole_mobility"])


def test_apply_records_them_too() -> None:
    run = apply(sensitive.cell(), {"top": LOOP}, control=FIXED, sensitivities=NAMES[:1])
    assert sensitivity(run.trace).sizes == {"parameter": 1, "contact": 2, "time": run.trace.time.size}


def test_a_spectrum_has_the_sensitivities_of_its_impedance(tmp_path: Path) -> None:
    frequencies = [1e3, 1e6]
    state = sensitive.at_rest(sensitive.cell(), {"top": 0.3}, 1.0)
    spectrum = impedance(state, "top", frequencies, sensitivities=NAMES)
    (parameter,) = parameters(state.device, NAMES[:1])
    expected = differences(
        parameter,
        lambda d: impedance(sensitive.at_rest(d, {"top": 0.3}, 1.0), "top", frequencies).impedance,
        1e-3,
    )
    found = sensitivity(ImpedanceSpectrum.load(spectrum.save(tmp_path / "z.nc"))).sel(parameter=NAMES[0])
    np.testing.assert_allclose(found.impedance_sensitivity * parameter.value, expected, rtol=1e-6)
    np.testing.assert_allclose(found.relative_impedance_sensitivity, expected / spectrum.impedance, rtol=1e-6)
    assert found.impedance_sensitivity.attrs["units"] == "Ohm m^2 per parameter_unit"
    with pytest.raises(IncompatibleError, match="made without"):
        sensitivity(impedance(state, "top", frequencies))


def test_what_a_run_cannot_have_sensitivities_of_is_refused(tmp_path: Path) -> None:
    device = sensitive.cell()
    with pytest.raises(IncompatibleError, match="circuit"):
        iv_sweep(
            device, contact="top", protocol=LOOP, circuit=Circuit(series_resistance=1e-3), sensitivities=NAMES
        )
    with pytest.raises(IncompatibleError, match="checkpoint"):
        iv_sweep(device, contact="top", protocol=LOOP, checkpoint=tmp_path / "x.npz", sensitivities=NAMES)
    with pytest.raises(IncompatibleError, match="restart"):
        apply(device, {"top": LOOP}, restart=lambda state: state, sensitivities=NAMES)
    plain = iv_sweep(device, contact="top", protocol=LOOP, control=FIXED)
    with pytest.raises(IncompatibleError, match="recorded without"):
        sensitivity(plain)
