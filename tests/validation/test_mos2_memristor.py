"""The lateral MoS2 memristor of example 107 of ChargeTransport.jl: sulfur vacancies between Schottky contacts.

The example prints parameters and no currents; its loop is pinched, and the two contacts differ.
"""

from __future__ import annotations

import pytest

from fem import Device, OhmicContact, equilibrium
from fem.errors import IncompatibleError
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import nm
from studies.comparisons.mos2_memristor import figures
from studies.devices import mos2_memristor as mos2
from studies.experiments.iv import iv_sweep
from studies.protocols.shapes import Sweep
from studies.results.trace import Trace


@pytest.fixture(scope="module")
def loops() -> dict[bool, Trace]:
    """The loops of the line, with and without barrier lowering."""
    return {lowering: mos2.loop(mos2.device(lowering=lowering)) for lowering in (True, False)}


def test_vacancies_have_the_density_of_their_level() -> None:
    line = mos2.device()
    assert mos2.vacancy_level(line) == pytest.approx(4.38, abs=1e-4)
    rest = equilibrium(line)
    middle = len(rest.values) // 2
    donors = 2 * rest.density("sulfur_vacancy") + mos2.DONORS
    assert rest.density("electron")[middle] == pytest.approx(donors[middle], rel=1e-6)


def test_loop_is_pinched_and_open(loops: dict[bool, Trace]) -> None:
    for lowering, trace in loops.items():
        found = figures(trace)
        assert found["pinch"] < 1e-5
        assert found["opening +6 V"] < 0.9  # a lower current on the way back
        assert found["I(-12 V)"] < -found["I(+12 V)"] < 0
        # a higher one; with the image force the right contact limits the current less, and the loop all but closes
        assert 0.95 < found["opening -6 V"] < 1.05 if lowering else found["opening -6 V"] > 1.1


def test_image_force_raises_the_current_where_contacts_limit_it(loops: dict[bool, Trace]) -> None:
    """Carriers diffuse over these barriers, and the shifted potential of the example gives a factor of 3."""
    lowered, plain = (figures(loops[k]) for k in (True, False))
    for name in ("I(+12 V)", "I(-12 V)"):
        assert 2.3 < lowered[name] / plain[name] < 3.0


def test_electrons_are_not_degenerate() -> None:
    line, densest = mos2.device(), []
    iv_sweep(
        line,
        contact="top",
        protocol=Sweep(0, 12, rate=5),
        observe=lambda s: densest.append(s.density("electron").max()),
    )
    assert max(densest) < 0.01 * 1.024e25


def test_ions_without_a_background_leave_no_neutral_contact() -> None:
    line = mos2.device()
    with pytest.raises(
        IncompatibleError, match=r"OhmicContact 'top' has no work_function, and sulfur_vacancy"
    ):
        Device(
            mesh=line.mesh,
            materials=line.setting.materials,
            physics=[Poisson(), Carriers(), MobileIons(mos2.VACANCY, background=False)],  # type: ignore[arg-type]
            contacts={"bottom": line.contacts["bottom"], "top": OhmicContact()},
            temperature=300.0,
        )


@pytest.mark.slow
def test_contacts_on_top_change_the_loop_more_than_those_at_the_side() -> None:
    found = {place: figures(mos2.loop(mos2.device(place, fine=1 * nm))) for place in mos2.PLACES}
    line = figures(mos2.loop(mos2.device()))
    assert all(one["pinch"] < 1e-5 for one in found.values())
    off = {place: abs(one["opening -6 V"] / line["opening -6 V"] - 1) for place, one in found.items()}
    assert off["side"] < 0.05
    assert off["top"] > 2 * off["mixed"]
