"""What every linearised device obeys, and what the spectrum answers to bad and good questions."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, GateContact, State, equilibrium, integrate, steady
from fem.constants import VACUUM_PERMITTIVITY
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.physics import Poisson
from fem.solvers.smallsignal import SmallSignal, admittance
from fem.units import nm
from geometries import Dot, Layer, Planar, VerticalStack
from studies.experiments.impedance import ImpedanceSpectrum, impedance

COARSE = {"size": 20 * nm, "interface_size": 2 * nm, "growth": 1.5}


@pytest.fixture(scope="module")
def cell(devices: ModuleType) -> Device:
    return devices.three_layers(ions=devices.CATION, light=True, **COARSE)


@pytest.fixture(scope="module")
def lit(cell: Device) -> State:
    return steady(cell, {"top": 1.0}, light=1.0)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_admittance_does_not_depend_on_the_weight(cell: Device, lit: State, power: float) -> None:
    system = SmallSignal(lit)
    equilibrium(cell)  # what else the device has been used for does not matter
    cell.context.unknown.x.array[:] = 0.1
    x = cell.context.scalar_space.tabulate_dof_coordinates()[:, 0]
    for f in (1e-3, 1.0, 1e3, 1e9):
        response = system.response("top", f)
        bottom, top = system.admittance(response, f)
        other = system.admittance_with((x / x.max()) ** power, response, f)
        mirrored = system.admittance_with(1 - (x / x.max()) ** power, response, f)
        assert abs(other / top - 1) < 1e-8
        assert abs(mirrored / bottom - 1) < 1e-8
        assert abs(top + bottom) < 1e-10 * abs(top)


def test_sectional_device_has_the_admittance_of_its_line(devices: ModuleType, cell: Device) -> None:
    flat = devices.three_layers(
        ions=devices.CATION, light=True, shape=Planar(width=60 * nm, lateral_size=30 * nm), **COARSE
    )
    f = [1e-2, 1e2, 1e8]
    line, section = (admittance(equilibrium(d), "top", f) for d in (cell, flat))
    assert section == pytest.approx(line * 60 * nm, rel=1e-3)


def test_volume_solved_by_iteration_obeys_the_same_truths(devices: ModuleType) -> None:
    shape = Dot(side=60 * nm, dot_radius=20 * nm, lateral_size=20 * nm)
    rest = equilibrium(devices.three_layers(ions=devices.CATION, light=True, shape=shape, **COARSE))
    z = rest.device.context.scalar_space.tabulate_dof_coordinates()[:, 2]
    system = SmallSignal(rest)
    for f in (1.0, 1e4, 1e9):
        top, bottom = (system.response(name, f) for name in ("top", "bottom"))
        across, own = system.admittance(top, f)
        assert across == pytest.approx(system.admittance(bottom, f)[1], rel=1e-6)
        assert abs(system.admittance_with(z / z.max(), top, f) / own - 1) < 1e-4


def test_contacts_in_equilibrium_are_reciprocal(cell: Device) -> None:
    f = [1.0, 1e4, 1e8]
    rest = equilibrium(cell)
    across = admittance(rest, "top", f)[0]  # into the bottom per volt at the top
    back = admittance(rest, "bottom", f)[1]
    assert across == pytest.approx(back, rel=1e-8)


def test_order_of_frequencies_does_not_matter(lit: State) -> None:
    f = np.array([1e6, 1e-2, 1e2])
    assert admittance(lit, "top", f[::-1])[:, ::-1] == pytest.approx(admittance(lit, "top", f), rel=1e-9)


def test_real_part_follows_from_the_imaginary_part(lit: State) -> None:
    r"""Kramers and Kronig: :math:`G(\infty) - G(0) = (2/\pi)\int (C - C_\infty)\,d\omega`."""
    f = np.logspace(-4, 4, 801)
    found = impedance(lit, "top", f)
    extra = found.capacitance - found.capacitance[-1]
    integral = 4 * np.trapezoid(extra * f, np.log(f))
    step = found.admittance.real[-1] - found.admittance.real[0]
    assert integral == pytest.approx(step, rel=1e-2)


def test_a_transient_goes_on_as_if_nothing_had_been_asked(cell: Device, lit: State) -> None:
    def run(ask: bool) -> list[float]:
        found = []
        bias = lambda t: {"top": 1.0 + 0.1 * t}  # noqa: E731
        for state in integrate(cell, lit, bias=bias, end=1.0, light=1.0):
            found.append(state.current("top"))
            if ask:
                y = admittance(state, "top", [1.0, 1e5], frozen_ions=True)
                assert np.isfinite(y).all() and (y[1].real > 0).all()
        return found

    assert run(True) == run(False)


@pytest.mark.parametrize(
    "bad", [0.0, -1.0, float("nan"), float("inf"), [1.0, -2.0], [], "fast", [[1.0, 2.0]]]
)
def test_bad_frequencies_are_named(lit: State, answer: Any, bad: Any) -> None:
    with answer(OutOfRangeError, "frequenc", "Hz", "must be"):
        impedance(lit, "top", bad)


def test_bad_contacts_and_states_are_named(lit: State, answer: Any) -> None:
    with answer(UnknownNameError, "contact", "topp", "top"):
        impedance(lit, "topp", 1.0)
    with answer(IncompatibleError, "state", "State"):
        impedance("rest", "top", 1.0)  # type: ignore[arg-type]


def test_spectrum_has_units_and_comes_back_from_its_file(lit: State, tmp_path: Path) -> None:
    spectrum = impedance(lit, "top", np.logspace(-1, 6, 8))
    assert spectrum.unit == "Ohm m^2"
    assert spectrum.data["capacitance"].attrs["units"] == "F/m^2"
    assert spectrum.impedance * spectrum.admittance == pytest.approx(np.ones(8), rel=1e-12)
    assert spectrum.provenance["bias"] == {"bottom": 0.0, "top": 1.0}
    assert spectrum.provenance["frozen_ions"] is False
    again = ImpedanceSpectrum.load(spectrum.save(tmp_path / "spectrum.nc"))
    assert np.array_equal(again.impedance, spectrum.impedance)
    assert np.array_equal(again.transfer("bottom"), spectrum.transfer("bottom"))
    assert "8 frequencies" in repr(again)
    with pytest.raises(UnknownNameError):
        again.transfer("side")


def test_spectrum_draws_its_two_pictures(devices: ModuleType) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    device = devices.three_layers(ions=devices.CATION, light=True, **COARSE)
    spectrum = impedance(steady(device, {"top": 1.4}), "top", np.logspace(-3, 6, 19))
    nyquist, capacitance = spectrum.plot(), spectrum.plot_capacitance()
    assert "Ohm m^2" in nyquist.get_xlabel() and nyquist.get_aspect() == 1.0
    assert [text.get_text() for text in capacitance.get_legend().get_texts()] == ["C > 0", "C < 0"]
    plt.close("all")


def test_metals_with_nodes_of_their_own_are_no_obstacle(devices: ModuleType) -> None:
    """A plate capacitor, Im Y = ωC."""
    layers = [Layer("base", 4 * nm), Layer("oxide", 8 * nm), Layer("head", 4 * nm)]
    device = Device(
        mesh=VerticalStack(*layers).mesh(size=2 * nm, interface_size=1 * nm),
        materials={"base": devices.metal(4.5), "oxide": devices.insulator(), "head": devices.metal(4.5)},
        physics=[Poisson()],
        contacts={"bottom": GateContact(), "top": GateContact()},
        temperature=300.0,
    )
    found = admittance(equilibrium(device), "top", [1e3])[:, 0]
    capacitance = 3.9 * VACUUM_PERMITTIVITY / (8 * nm)
    np.testing.assert_allclose(found, 2j * np.pi * 1e3 * capacitance * np.array([-1, 1]), rtol=1e-10)
