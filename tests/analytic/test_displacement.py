r"""The displacement current beside that of the carriers: films of ``Conduction`` charge as capacitors that leak.

Two layers between plates relax with :math:`\tau = (\varepsilon_1/d_1 + \varepsilon_2/d_2)/(\sigma_1/d_1 +
\sigma_2/d_2)` (J. C. Maxwell, A Treatise on Electricity and Magnetism, 1873, art. 328; K. W. Wagner, Arch.
Elektrotech. 2, 371, 1914).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import Circuit, Device, OhmicContact, State, StepControl, admittance, equilibrium, integrate, steady
from fem.constants import VACUUM_PERMITTIVITY
from fem.errors import ModelWarning
from fem.materials import Arrhenius
from fem.physics import Conduction, MobileIons, Screening, VacancyConductivity
from fem.units import nm
from geometries import Axisymmetric, Layer, VerticalStack
from tests.conducting import VACANCY, material, resistor, vacancies

Array = npt.NDArray[np.float64]
FIRST, SECOND = (
    (40 * nm, 25.0, 1e-6),
    (60 * nm, 8.0, 1e-8),
)  # thickness [m], permittivity [1], conductivity [S/m]
DISC = Axisymmetric(radius=30 * nm, lateral_size=10 * nm)
#: carriers so slow, and so many, that no potential of ions parts from that of the current
SCREENED = Screening(carrier_mobility=1e-16)


def layered(shape: Any = None, screening: Screening | None = None) -> Device:
    """Return two films of different permittivity and conductivity."""
    names = {"first": FIRST, "second": SECOND}
    return resistor(
        layers=[Layer(name, thick) for name, (thick, _, _) in names.items()],
        materials={
            name: material(electrical_conductivity=(sigma, "S/m"), relative_permittivity=(epsilon, "1"))
            for name, (_, epsilon, sigma) in names.items()
        },
        shape=shape,
        physics=[Conduction(screening=screening)],
    )


def relaxation_time() -> float:
    (d1, e1, s1), (d2, e2, s2) = FIRST, SECOND
    return VACUUM_PERMITTIVITY * (e1 / d1 + e2 / d2) / (s1 / d1 + s2 / d2)


def relaxing(time: Array) -> Array:
    """Return the current per area after a step of 1 V at 0 [A/m^2]."""
    (d1, e1, s1), (d2, e2, s2) = FIRST, SECOND
    first = (d1 / e1) / (d1 / e1 + d2 / e2)  # of the voltage, at once
    last = (d1 / s1) / (d1 / s1 + d2 / s2)
    fading = (first - last) * np.exp(-time / relaxation_time())
    return np.asarray(s1 / d1 * (last + fading) - VACUUM_PERMITTIVITY * e1 / d1 * fading / relaxation_time())


def stepped(device: Device, control: StepControl, **more: Any) -> list[State]:
    """Return the states of six relaxation times after a step to 1 V, which takes 1e-4 of one."""
    tau = relaxation_time()
    ramp, start = 1e-4 * tau, equilibrium(device)
    run = integrate(
        device,
        start,
        bias=lambda t: {"top": min(t / ramp, 1.0)},
        end=6 * tau,
        kinks=[ramp],
        control=control,
        **more,
    )
    return [state for state in run if state.time > ramp]


def relaxation_errors(states: list[State], area: float) -> tuple[float, float]:
    """Return by what share currents, at most, and the time constant that they have are not Maxwell's and Wagner's."""
    time = np.array([state.time for state in states])
    current = np.array([state.current("top") for state in states]) / area
    later = time > 0.02 * relaxation_time()
    rest = current - relaxing(np.array([np.inf]))
    seen = later & (time < 3 * relaxation_time())
    slope = np.polyfit(time[seen], np.log(rest[seen]), 1)[0]
    apart = float(np.abs(current / relaxing(time) - 1)[later].max())
    return apart, abs(float(1 / slope / relaxation_time() + 1))


def closely(shape: Any, screening: Screening | None) -> tuple[float, float]:
    """Return both errors in steps of a fiftieth of the relaxation time."""
    states = stepped(layered(shape, screening), StepControl(max_step=relaxation_time() / 50))
    return relaxation_errors(states, 1.0 if shape is None else np.pi * DISC.radius**2)


@pytest.mark.parametrize("screening", [None, SCREENED], ids=["one potential", "two potentials"])
@pytest.mark.parametrize("shape", [None, DISC], ids=["line", "disc"])
def test_two_layers_relax_with_the_time_of_maxwell_and_wagner(
    shape: Any, screening: Screening | None
) -> None:
    """Within 0.5 % in steps of a fiftieth of it; also in the neutral limit of the screened potential."""
    assert max(closely(shape, screening)) < 0.005


def test_steps_follow_the_relaxation_as_closely_as_the_tolerance_asks() -> None:
    """Within 1 % with the default control: the potential has a history of its own."""
    states = stepped(layered(), StepControl())
    assert max(relaxation_errors(states, 1.0)) < 0.01
    assert len(states) < 120


@pytest.mark.parametrize("screening", [None, SCREENED], ids=["one potential", "two potentials"])
def test_displacement_is_in_the_terminal_current_and_what_enters_leaves(screening: Screening | None) -> None:
    """To 1e-10 of the current; while it charges, nearly all of it is displacement."""
    device = layered(DISC, screening)
    ramp = 1e-4 * relaxation_time()
    run = integrate(device, equilibrium(device), bias=lambda t: {"top": t / ramp}, end=ramp)
    *_, charging = run
    series = FIRST[0] / FIRST[1] + SECOND[0] / SECOND[1]
    expected = VACUUM_PERMITTIVITY / series * np.pi * DISC.radius**2 / ramp
    assert charging.current("top") == pytest.approx(expected, rel=1e-3)
    assert charging.current("top", "displacement") == pytest.approx(charging.current("top"), rel=1e-3)
    for state in (charging, *stepped(device, StepControl(max_step=relaxation_time() / 10))):
        total = state.current("top")
        assert state.current("bottom") == pytest.approx(-total, rel=1e-10)
        parts = state.current("top", "conduction") + state.current("top", "displacement")
        assert parts == pytest.approx(total, rel=1e-9)


def test_film_behind_a_resistor_charges_with_the_resistances_in_parallel() -> None:
    r""":math:`\tau = C\,RR_s/(R + R_s)` of its voltage, to 1 %; it begins at 0 V, though its source is at 1 V."""
    thick, sigma = 100 * nm, 1e-6
    resistance, capacity = thick / sigma, 25 * VACUUM_PERMITTIVITY / thick
    series = 0.5 * resistance
    tau = capacity * resistance * series / (resistance + series)
    device = resistor(conductivity=sigma)
    ramp = 1e-4 * tau
    run = integrate(
        device,
        equilibrium(device),
        bias=lambda t: {"top": min(t / ramp, 1.0)},
        end=4 * tau,
        kinks=[ramp],
        circuits={"top": Circuit(series_resistance=series)},
        control=StepControl(max_step=tau / 50),
    )
    states = [state for state in run if state.time > 0.02 * tau]
    time, voltage = (np.array([f(s) for s in states]) for f in (lambda s: s.time, lambda s: s.bias["top"]))
    final = resistance / (resistance + series)
    np.testing.assert_allclose(voltage, final * (1 - np.exp(-time / tau)), rtol=0.01)
    slope = np.polyfit(time[time < 3 * tau], np.log(final - voltage[time < 3 * tau]), 1)[0]
    assert -1 / slope == pytest.approx(tau, rel=0.01)


@pytest.mark.parametrize("screening", [None, SCREENED], ids=["one potential", "two potentials"])
def test_admittance_of_two_layers_is_that_of_their_conductances_and_capacities(
    screening: Screening | None,
) -> None:
    device = layered(screening=screening)
    frequencies = np.array([0.1, 1.0, 10.0]) / (2 * np.pi * relaxation_time())
    _, found = admittance(steady(device, {"top": 0.2}), "top", frequencies)  # into the bottom, into the top
    omega = 2j * np.pi * frequencies
    impedance = sum(d / (sigma + omega * e * VACUUM_PERMITTIVITY) for d, e, sigma in (FIRST, SECOND))
    np.testing.assert_allclose(found, 1 / impedance, rtol=1e-4)


@pytest.mark.parametrize("ramp", [1e-8, 1e-12], ids=["10 ns", "1 ps"])
def test_short_steps_charge_a_screened_film_behind_a_layer_that_conducts_nothing(ramp: float) -> None:
    """As plates do, to 1e-3; the Fermi level of the layer was lost in the rounding of the displacement."""
    device = stack_with_insulator()
    states = list(
        integrate(
            device,
            equilibrium(device),
            bias=lambda t: {"top": min(t / ramp, 1.0)},
            end=2 * ramp,
            kinks=[ramp],
        )
    )
    charging = [state for state in states if state.time <= ramp]
    assert len(states) < 150
    for state in states:
        phi = state.potential()
        assert phi.min() > -1e-3
        assert phi.max() < 1.0 + 1e-3
        assert state.current("bottom") == pytest.approx(
            -state.current("top"), abs=2 * state.current_error("top")
        )
    field = 1.0 / ramp / (10 * nm + 4 * nm)
    assert charging[0].current("top") == pytest.approx(25 * VACUUM_PERMITTIVITY * field, rel=1e-3)


def stack_with_insulator() -> Device:
    """Return 10 nm of a film with vacancies, which hardly conducts, and 4 nm of an insulator."""
    law = VacancyConductivity(
        ion=VACANCY,
        poor=Arrhenius(1e-3, 0.0),
        rich=Arrhenius(3e4, 0.0),
        density=1.2e27,
        averaging_length=2 * nm,
    )
    mesh = VerticalStack(Layer("film", 10 * nm), Layer("barrier", 4 * nm)).mesh(
        size=1 * nm, interface_size=1 * nm
    )
    screening = Screening(carrier_mobility=1e-4)
    with pytest.warns(ModelWarning, match="no current can flow"):
        return Device(
            mesh=mesh,
            materials={"film": material(ions={VACANCY: vacancies()}), "barrier": material()},
            physics=[Conduction({"film": law}, screening=screening), MobileIons(VACANCY)],
            contacts={name: OhmicContact() for name in ("bottom", "top")},
            temperature=300.0,
        )
