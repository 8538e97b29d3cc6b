"""Terms of a user's own: an unknown that no term of memfem knows, steady, in time, linearised and on disk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import (
    Device,
    HeatSink,
    OhmicContact,
    State,
    StepControl,
    admittance,
    equilibrium,
    integrate,
    ion_flow,
    load_checkpoint,
    materials,
    save_checkpoint,
    steady,
)
from fem.errors import IncompatibleError
from fem.forms.context import Context
from fem.forms.setting import Field, Setting
from fem.heat.of_state import heat_parts
from fem.materials import Arrhenius
from fem.physics import (
    Carriers,
    Conduction,
    ElectrodeReaction,
    Heat,
    InterfaceRecombination,
    IonExchange,
    MobileIons,
    Poisson,
    Term,
)
from fem.physics.term import Composition
from fem.units import eV, nm
from geometries import Layer, VerticalStack

SPEED, MADE, FIRST = 2.0, 3e22, 1e21  # [1/s], [1/(m^3 s)], [1/m^3]


@dataclass(frozen=True)
class Bleaching(Term):
    """A dye that is made at ``made`` [1/(m^3 s)] and bleaches at ``speed`` [1/s] times its density."""

    speed: float
    made: float = 0.0
    name: str = "dye"

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        return (Field(name=self.name, charge_number=0, regions=tuple(setting.mesh.regions), controlled=True),)

    def check(self, whole: Composition) -> None:
        if not {"electron", "hole"} <= whole.names:
            raise IncompatibleError("the dye needs Carriers().")

    def equilibrium_values(self, context: Context, potential: npt.NDArray[np.float64]) -> dict[str, Any]:
        return {self.name: np.full(len(potential), FIRST / context.scaling.density)}

    def residual(self, context: Context) -> Any:
        c, scaling = context.calculus, context.scaling
        speed, made = context.constant(self.speed * scaling.time), context.constant(self.made / scaling.rate)
        density, v = context.field(self.name), context.test(self.name)
        return c.lump(lambda i: context.rate(self.name, i) + speed * c.at(density, i) - made, v)


def dyed(devices: ModuleType, *terms: Term) -> Device:
    stack = VerticalStack(Layer("film", 100 * nm))
    return Device(
        mesh=stack.mesh(size=10 * nm, interface_size=2 * nm),
        materials={"film": devices.film()},
        physics=[Poisson(), Carriers(), *terms],
        contacts={"bottom": OhmicContact(), "top": OhmicContact(work_function=4.6 * eV)},
        temperature=300.0,
    )


def dye(state: State) -> npt.NDArray[np.float64]:
    return state.density("dye")


def test_an_unknown_of_a_users_own_starts_where_its_term_says(devices: ModuleType) -> None:
    np.testing.assert_allclose(dye(equilibrium(dyed(devices, Bleaching(SPEED)))), FIRST, rtol=1e-14)


def test_an_unknown_of_a_users_own_decays_as_its_residual_says(devices: ModuleType) -> None:
    device = dyed(devices, Bleaching(SPEED))
    control = StepControl(tolerance=1e-5)
    *_, last = integrate(device, equilibrium(device), bias=lambda t: {"top": 0.1}, end=1.0, control=control)
    np.testing.assert_allclose(dye(last), FIRST * np.exp(-SPEED), rtol=2e-3)


def test_an_unknown_of_a_users_own_has_the_steady_value_of_its_residual(devices: ModuleType) -> None:
    device = dyed(devices, Bleaching(SPEED, made=MADE))
    np.testing.assert_allclose(dye(steady(device, {"top": 0.1})), MADE / SPEED, rtol=1e-9)


def test_what_a_users_own_term_leaves_alone_is_as_without_it(devices: ModuleType) -> None:
    plain, device = (steady(dyed(devices, *terms), {"top": 0.2}) for terms in ((), (Bleaching(SPEED, MADE),)))
    assert device.current("top") == pytest.approx(plain.current("top"), rel=1e-9)
    frequencies = [1e3]
    np.testing.assert_allclose(
        admittance(device, "top", frequencies), admittance(plain, "top", frequencies), rtol=1e-9
    )


def test_an_unknown_of_a_users_own_comes_back_from_a_checkpoint(devices: ModuleType, tmp_path: Path) -> None:
    device = dyed(devices, Bleaching(SPEED, made=MADE))
    state = steady(device, {"top": 0.1})
    save_checkpoint(state, tmp_path / "dyed.h5")
    np.testing.assert_array_equal(load_checkpoint(device, tmp_path / "dyed.h5").values, state.values)


def test_a_users_own_term_checks_the_others(devices: ModuleType) -> None:
    stack = VerticalStack(Layer("film", 100 * nm))
    with pytest.raises(IncompatibleError, match="the dye needs"):
        Device(
            mesh=stack.mesh(size=10 * nm, interface_size=2 * nm),
            materials={"film": devices.film()},
            physics=[Poisson(), Carriers(("electron",)), Bleaching(SPEED)],
            contacts={"bottom": OhmicContact(), "top": OhmicContact()},
            temperature=300.0,
        )


def test_a_term_that_answers_nothing_changes_nothing(devices: ModuleType) -> None:
    one, other = (steady(dyed(devices, *terms), {"top": 0.2}) for terms in ((), (Term(),)))
    np.testing.assert_array_equal(one.values, other.values)


@dataclass(frozen=True)
class Dye(Bleaching):
    """A dye that needs no carriers."""

    def check(self, whole: Composition) -> None:
        pass


def test_an_unknown_of_a_users_own_starts_where_its_term_says_in_a_neutral_film_too() -> None:
    stack = VerticalStack(Layer("film", 100 * nm))
    device = Device(
        mesh=stack.mesh(size=10 * nm, interface_size=2 * nm),
        materials={"film": materials.MAPBI3.with_(electrical_conductivity=1.0)},
        physics=[Conduction(), Dye(SPEED)],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )
    np.testing.assert_allclose(dye(equilibrium(device)), FIRST, rtol=1e-14)


def test_a_term_is_refused_twice(devices: ModuleType) -> None:
    term = Bleaching(SPEED)
    with pytest.raises(IncompatibleError, match="twice"):
        dyed(devices, term, term)


@dataclass(frozen=True)
class Ember(Term):
    """Gives off heat [kT0 N0/t0] by the name of the electrons' own."""

    power: float

    def heat(self, context: Context, v: Any) -> dict[str, Any]:
        power = context.constant(self.power)
        return {"electron": context.calculus.lump(lambda i: power, v)}


def test_heat_of_one_name_from_two_terms_is_added(devices: ModuleType) -> None:
    def parts(*terms: Term) -> dict[str, float]:
        stack = VerticalStack(Layer("film", 100 * nm))
        device = Device(
            mesh=stack.mesh(size=10 * nm, interface_size=2 * nm),
            materials={"film": devices.film(thermal_conductivity=(0.5, "W/(m K)"))},
            physics=[Poisson(), Carriers(), Heat(coupled=False), *terms],
            contacts={"bottom": [OhmicContact(), HeatSink(300.0)], "top": OhmicContact()},
        )
        return heat_parts(steady(device, {"top": 0.1}))

    alone, both, twice = (parts(*terms)["electron"] for terms in ((), (Ember(1e-6),), (Ember(2e-6),)))
    assert twice - both == pytest.approx(both - alone, rel=1e-9)
    assert alone > 0 and both > alone


def test_ions_that_enter_by_two_terms_are_counted_together(devices: ModuleType) -> None:
    ions = {"cation": devices.ion(1e23, site=1e26, mobility=1e-13)}
    reaction = ElectrodeReaction(
        "top",
        "cation",
        exchange_flux=Arrhenius(1e20, 0.0),
        transfer_coefficient=0.5,
        reaction_layer=0.3 * nm,
        reference_density=3e23,
    )

    def flow(*terms: Term) -> float:
        stack = VerticalStack(Layer("film", 60 * nm))
        device = Device(
            mesh=stack.mesh(size=10 * nm, interface_size=3 * nm),
            materials={"film": devices.film(ions=ions)},
            physics=[Poisson(), Carriers(), MobileIons("cation"), *terms],
            contacts={
                "bottom": OhmicContact(work_function=4.3 * eV),
                "top": OhmicContact(work_function=4.6 * eV),
            },
            temperature=300.0,
        )
        return ion_flow(equilibrium(device), "top", "cation")

    slow, fast = (IonExchange("top", "cation", velocity=v, density=2e23) for v in (1e-4, 3e-4))
    parts = [flow(term) for term in (reaction, slow, fast)]
    assert flow(reaction, slow) == pytest.approx(parts[0] + parts[1], rel=1e-9)
    assert flow(slow, fast) == pytest.approx(parts[1] + parts[2], rel=1e-9)
    assert parts[2] == pytest.approx(3 * parts[1], rel=1e-9)


def test_two_recombinations_at_one_interface_have_levels_of_their_own(devices: ModuleType) -> None:
    def current(*terms: Term) -> float:
        stack = VerticalStack(Layer("one", 60 * nm), Layer("two", 60 * nm))
        device = Device(
            mesh=stack.mesh(size=10 * nm, interface_size=2 * nm),
            materials={name: devices.film() for name in ("one", "two")},
            physics=[Poisson(), Carriers(recombination=()), *terms],
            contacts={
                "bottom": OhmicContact(work_function=4.2 * eV),
                "top": OhmicContact(work_function=5.2 * eV),
            },
            temperature=300.0,
        )
        return steady(device, {"top": 0.6}).current("top")

    deep, shallow = (
        InterfaceRecombination("one|two", electron_velocity=10.0, hole_velocity=v, energy=e * eV)
        for v, e in ((10.0, 4.7), (30.0, 4.2))
    )
    assert current(deep, shallow) == pytest.approx(current(shallow, deep), rel=1e-9)
    assert current(deep, shallow) != pytest.approx(current(deep, deep_again(deep)), rel=1e-6)


def deep_again(term: InterfaceRecombination) -> InterfaceRecombination:
    """Return an equal term that is another object."""
    return replace(term)


@dataclass(frozen=True)
class Doping(Term):
    """Fixed charges of ``density`` [1/m^3], under one name whatever the density."""

    density: float

    def charge(self, context: Context, i: int) -> Any:
        return context.by_region("my doping", lambda _r, _m: self.density / context.scaling.density)

    def equilibrium_charge(self, context: Context, potential: Any, i: int) -> Any:
        return self.charge(context, i)

    def neutral_charge(self, setting: Setting, region: str, potential: float) -> float:
        return self.density


def test_terms_that_name_their_coefficients_alike_have_values_of_their_own(devices: ModuleType) -> None:
    def current(*densities: float) -> float:
        return steady(dyed(devices, *map(Doping, densities)), {"top": 0.1}).current("top")

    both = current(1e22, 3e22)
    assert both == pytest.approx(current(3e22, 1e22), rel=1e-9) == pytest.approx(current(4e22), rel=1e-9)


@pytest.mark.parametrize("name", ["temperature", "electron", "potential", "total", "displacement"])
def test_a_users_unknown_cannot_pass_for_one_of_memfem(devices: ModuleType, name: str) -> None:
    with pytest.raises(IncompatibleError, match=name):
        dyed(devices, Bleaching(SPEED, name=name))
