r"""Ions that cross a face: an electrode takes them up and gives them back.

.. math:: \Gamma\cdot n = k_0\,(c - c_{eq})

out of the film [1/(m^2 s)]: a reservoir that holds the density :math:`c_{eq}` at the face, such as a halide that a
reactive electrode absorbs and releases (first order in the density, as Butler-Volmer kinetics without an
overpotential: J. Newman and K. E. Thomas-Alyea, Electrochemical Systems, 2004, ch. 8). :math:`k_0` [m/s] may follow
an Arrhenius law; :math:`k_0 \to \infty` gives :math:`c = c_{eq}`. Lumped at the nodes of the face. The charge of
what crosses goes on in the electrode as terminal current.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.checking import Kind, any_of, instance, number
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.faces import area_per_volume, face_regions
from fem.forms.setting import Field, Setting
from fem.materials.datum import Arrhenius
from fem.materials.material import Material
from fem.physics.term import Composition, Term

_FASTEST = 1e6  # [m/s]: above it a unit was left out


@dataclass(frozen=True)
class IonExchange(Term):
    """Exchange of ``ion`` at ``face``: an outer face by its contact's name, or an interface "a|b".

    ``velocity`` k0 [m/s], or Arrhenius(prefactor [m/s], activation_energy [eV]). ``density`` c_eq [1/m^3]: that with
    which the face is in equilibrium; 0 for a face that only absorbs. With ``Poisson()`` the face is that of an
    electrode: an electrical contact, or an interface with its metal.

    Raises OutOfRangeError, UnknownNameError or IncompatibleError.
    """

    face: str
    ion: str
    _: KW_ONLY
    velocity: float | Arrhenius
    density: float

    kinds: ClassVar[Mapping[str, Kind]] = {"velocity": any_of(instance(Arrhenius), number)}

    def __post_init__(self) -> None:
        super().__post_init__()
        speed = self.velocity.prefactor if isinstance(self.velocity, Arrhenius) else self.velocity
        if not (speed > 0 and math.isfinite(speed)):
            raise OutOfRangeError(f"velocity of {self.ion} at {self.face!r} [m/s]", speed, "positive")
        if not isinstance(self.velocity, Arrhenius) and not speed <= _FASTEST:
            raise OutOfRangeError(
                f"velocity of {self.ion} at {self.face!r} [m/s]", speed, f"at most {_FASTEST:g}"
            )
        if not (self.density >= 0 and math.isfinite(self.density)):
            raise OutOfRangeError(
                f"density of {self.ion} at {self.face!r} [1/m^3]", self.density, "zero or positive"
            )

    @property
    def exchanges(self) -> tuple[str, ...]:
        """The ion that crosses the face."""
        return (self.ion,)

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return no unknown; raises UnknownNameError if the mesh has no such face."""
        if self.face not in {*setting.mesh.contacts, *setting.mesh.interfaces}:
            raise UnknownNameError("face", self.face, [*setting.mesh.contacts, *setting.mesh.interfaces])
        return ()

    def check(self, whole: Composition) -> None:
        """Raise unless the ion moves on one side of the face, and an electrode takes its charge."""
        setting, ion = whole.setting, whole.ion(self.ion)
        limit = ion.upper_bound
        if limit is not None and not self.density < limit:
            raise OutOfRangeError(
                f"density of {self.ion} at {self.face!r} [1/m^3]", self.density, f"below {limit:g}"
            )
        sides = face_regions(setting.mesh, self.face)
        if len(sides & set(ion.regions)) != 1:
            raise IncompatibleError(
                f"{self.ion} is exchanged at {self.face!r}, between {sorted(sides)}, but it moves in "
                f"{list(ion.regions)}; name a face of one of these, such as 'film|metal'."
            )
        metal = any(setting.materials[r].kind == "metal" for r in sides)
        if not (whole.neutral or metal or self.face in whole.contacts):
            raise IncompatibleError(
                f"{self.ion} is exchanged at {self.face!r}, which is no electrode; with Poisson() its charge needs "
                "an electrical contact or a metal there."
            )

    def residual(self, context: Context) -> Expr:
        """Return the outflow of the ion through the face."""
        return self.outflow(context, context.row_scale(self.ion) * context.test(self.ion))

    def inflows(self, context: Context) -> dict[tuple[str, str], Expr]:
        """Return the ions that enter through the face."""
        return {(self.face, self.ion): -self.outflow(context, context.constant(1.0))}

    def outflow(self, context: Context, v: Expr) -> Expr:
        """Return the form of the ions that leave, for a test function; of 1 it is their number per time."""
        c = context.calculus
        regions = context.fields[context.index(self.ion)].regions
        inside, near = context.indicator(regions), area_per_volume(context, self.face, regions)
        speed = context.law(f"{self.ion} at {self.face}", lambda r, m, t: self._speed(context, r, m, t))
        balance = context.constant(self.density / context.scaling.density)

        def loss(i: int) -> Expr:
            excess = c.at(context.field(self.ion), i) - balance
            return context.ion_motion * inside * c.at(near, i) * speed(context.warmth(i)) * excess

        return c.lump(loss, v)

    def _speed(self, context: Context, _region: str, _material: Material, temperature: float) -> float:
        """Return k0 [D0/L0]."""
        given = self.velocity
        return (given(temperature) if isinstance(given, Arrhenius) else given) / context.scaling.velocity
