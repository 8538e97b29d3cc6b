"""Terms of a user's own: an unknown that no term of memfem knows, steady, in time, linearised and on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import (
    Device,
    OhmicContact,
    State,
    StepControl,
    admittance,
    equilibrium,
    integrate,
    load_checkpoint,
    save_checkpoint,
    steady,
)
from fem.errors import IncompatibleError
from fem.forms.context import Context
from fem.forms.setting import Field, Setting
from fem.physics import Carriers, Poisson, Term
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
