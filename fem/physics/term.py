"""Term: a part of the equations, with a default for all that it may leave alone.

A device composes terms (``Device(physics=[...])``) and asks each of them the same questions. A term of a user's own
is a frozen dataclass that derives from ``Term`` and answers those that concern it::

    @dataclass(frozen=True)
    class Decay(Term):
        rate: float  #: [1/s]

        def fields(self, setting):  # one unknown of its own
            return (Field(name="dye", charge_number=0, regions=tuple(setting.mesh.regions), controlled=True),)

        def residual(self, context):
            c, speed = context.calculus, context.constant(self.rate * context.scaling.time)
            return c.lump(lambda i: context.rate("dye", i) + speed * c.at(context.field("dye"), i), context.test("dye"))

All numbers in forms are scaled, see ``fem.forms.scaling``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from fem.contacts import ElectricalContact, FloatingGate, HeatSink
from fem.errors import UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import Kind
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import Field, Setting

Array = npt.NDArray[np.float64]
CARRIERS_CONDUCT = "in whose conductivity the carriers are"  #: why carriers cannot be in a neutral device


@dataclass(frozen=True, kw_only=True)
class Composition:
    """The whole of which a term is a part, for its checks: all terms with their unknowns, and what lies at faces.

    ``contacts``: electrical contacts and floating gates by name; ``touching``: the regions that are no metal and meet
    each of them; ``heat_sinks``: by the name of their contact.
    """

    setting: Setting
    terms: Sequence[Term]
    fields: Sequence[Field]
    contacts: Mapping[str, ElectricalContact | FloatingGate]
    touching: Mapping[str, Sequence[str]]
    heat_sinks: Mapping[str, HeatSink]

    @property
    def names(self) -> set[str]:
        """The names of all unknowns."""
        return {field.name for field in self.fields}

    @property
    def ions(self) -> dict[str, Field]:
        """The unknowns of mobile ions by name."""
        return {field.name: field for field in self.fields if field.ionic}

    @property
    def neutral(self) -> bool:
        """Whether there is no space charge, with ``Conduction`` in the place of ``Poisson``."""
        return self.terms[0].neutral

    def ion(self, name: str, of: str = "mobile ion") -> Field:
        """Return the unknown of an ion; raises UnknownNameError, which says ``of`` what it is."""
        if name not in self.ions:
            raise UnknownNameError(of, name, self.ions)
        return self.ions[name]

    def others[T: Term](self, term: T) -> list[T]:
        """Return the other terms of the class of one."""
        return [other for other in self.terms if other is not term and isinstance(other, type(term))]


class Term:
    """A part of the equations: its unknowns, its space charge and its residual; all of them none by default."""

    sets_potential: ClassVar[bool] = False  #: the first term of a device, and only that, is one that does
    neutral: ClassVar[bool] = False  #: of the first: no space charge; its current and heat are all there are
    gives_temperature: ClassVar[bool] = False
    coupled: bool = True  #: of one that gives the temperature: whether it is an unknown, which all follows
    heats_contact: ClassVar[bool] = (
        False  #: whether its heat is that of the terminal current outside of the film
    )
    #: whether equilibrium finds the level of its unknown from the content: of MobileIons and what derives from it
    keeps_content: ClassVar[bool] = False
    #: whether all that it makes or takes at nodes, in a steady state, are pairs of an electron and a hole
    of_pairs: ClassVar[bool] = False
    needs_charge: ClassVar[str] = ""  #: why it cannot be in a neutral device, as messages say it
    kinds: ClassVar[Mapping[str, Kind]] = {}  #: of fields of which their declaration says too little

    def __post_init__(self) -> None:
        """Check the kinds of the fields that describe the term."""
        if hasattr(self, "__dataclass_fields__"):
            settle(self, self.title, **self.kinds)

    @property
    def title(self) -> str:
        """What messages call it."""
        return type(self).__name__

    @property
    def carrier_statistics(self) -> str:
        """The statistics of the carriers by its name, of the term that brings them; none of all others."""
        return ""

    @property
    def exchanges(self) -> tuple[str, ...]:
        """The unknowns that it makes or takes; the contents of all others are kept."""
        return ()

    @property
    def supplies(self) -> tuple[str, ...]:
        """The regions that it gives carriers or takes them from, to where there are none: floating gates."""
        return ()

    @property
    def uses_light(self) -> bool:
        """Whether the solvers' argument ``light`` does something here."""
        return False

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the unknowns this term brings; raises if the materials lack what it needs."""
        return ()

    def check(self, whole: Composition) -> None:
        """Raise unless the term fits to the others; called once all unknowns are known."""

    def residual(self, context: Context) -> Expr:
        """Return the weak form of this term's equations, or 0."""
        return 0

    def charge(self, context: Context, i: int) -> Expr:
        """Return the scaled space charge of this term at local vertex i."""
        return 0

    def charge_form(self, context: Context, v: Expr) -> Expr:
        """Return the integral of a charge that is no density in cells (on a face, of a polarisation) times v."""
        return 0

    def equilibrium_charge(self, context: Context, potential: Expr, i: int) -> Expr:
        """Return the scaled space charge at vertex i in equilibrium, as a function of the potential."""
        return 0

    def equilibrium_charge_form(self, context: Context, potential: Expr, v: Expr) -> Expr:
        """Return the integral of ``charge_form`` in equilibrium."""
        return 0

    def equilibrium_values(self, context: Context, potential: Array) -> dict[str, Array]:
        """Return its unknowns in equilibrium at a scaled potential, by name, shape (nodes,); others are 0."""
        return {}

    def following(self, context: Context, values: Array) -> dict[str, Array]:
        """Return its unknowns that follow from the others at once, by name, shape (nodes,); collective.

        ``values``: all unknowns, shape (nodes, unknowns per node), those of this rank and its ghosts.
        """
        return {}

    def neutral_charge(self, setting: Setting, region: str, potential: float) -> float:
        """Return the charge of bound states [q/m^3] at a scaled potential that neutral contacts compensate."""
        return 0.0

    def drift(self, context: Context, values: Array) -> dict[str, Array]:
        """Return the rates of change [N0/t0] of unknowns that need not rest in a given state, shape (nodes,).

        ``values``: all unknowns, shape (nodes, unknowns per node). A small signal is linearised around them.
        """
        return {}

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        r"""Return :math:`-\int J\cdot\nabla w` [J0 L0^(d-1)] of each species this term moves."""
        return {}

    def weight_form(self, context: Context, u: Expr, v: Expr) -> Expr | None:
        """Return the form that weights of terminal currents solve, of the first term; None for that of the carriers."""
        return None

    def inflows(self, context: Context) -> dict[tuple[str, str], Expr]:
        """Return the forms of the ions that enter through faces [N0 D0 L0^(d-2)], by contact and ion."""
        return {}

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return the forms of the heat [kT0 N0/t0] that this term gives off, by origin, for a test function."""
        return {}

    def mobility_gain(self, context: Context, species: str) -> Callable[[int, int], Expr] | None:
        """Return the factor by which it eases the flow of a carrier along an edge; None where it does not."""
        return None

    def conducted(self, context: Context, v: Expr) -> Expr:
        """Return the form of the heat that is conducted away [kT0 N0/t0], of the term that gives the temperature."""
        return 0

    def heat_conductivity(self, context: Context, i: int, j: int) -> Expr:
        """Return what carriers add to the thermal conductivity along an edge [k N0 D0], of the first term."""
        return 0

    def largest_conductivity(self, setting: Setting, region: str) -> float:
        """Return the largest σ [S/m] that a region can have at the ambient temperature, of the first term."""
        return 0.0

    def nodal_fields(self, context: Context, values: Array) -> dict[str, Array]:
        """Return what it makes of the unknowns ``values``, in SI units by name, shape (nodes,).

        ``State.polarization`` returns those whose name begins so [C/m^2].
        """
        return {}

    def cell_fields(self, context: Context, values: Array, warmth: Array) -> dict[str, Array]:
        """Return the same at the corners of the cells of this rank, where it jumps, shape (cells, corners).

        ``warmth``: the temperature there over the ambient one.
        """
        return {}
