r"""Ions that go from one medium into another: uptake of an electrolyte's ion by a film.

.. math:: j = k\left(\frac{a_a}{a_{ref}}\right)^{-\alpha}\left[S\,a_a\left(1-\frac{c_b}{m_b}\right) - c_b\right],
          \qquad a_a = \frac{c_a}{1-c_a/m_a}

per area and time from the ``source`` a on one side of an interface to the ``target`` b on the other, with their site
densities m (without one, 1 takes the place of a bracket). Both sides are at one potential, so that j = 0 where
:math:`\mu = kT\ln[c/(1-c/m)]` of b is that of a plus :math:`kT\ln S`: detailed balance, with the partition coefficient
:math:`S = e^{-\Delta G/kT}`. It is Butler-Volmer kinetics of insertion with the transfer coefficient α of extraction,
and with Frumkin's correction: the potential of the double layer is in the activity :math:`a_a` at the interface, that
grows by :math:`e^{-zq\psi/kT}` (J. Newman and K. E. Thomas-Alyea, Electrochemical Systems, 2004, ch. 8 and 22).

One ion is two species, because an unknown is continuous and its density is not. Lumped at the nodes of the
interface, which have both: what one loses the other gains, to rounding, and with it the charge. Equilibrium, which
keeps the content of every species, knows nothing of it: a device starts with what its materials have.
"""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass

import ufl

from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.faces import area_per_volume, face_regions
from fem.forms.setting import Field, Setting
from fem.physics.dissipation import logarithm
from fem.physics.term import Composition, Term

_FASTEST = 1e6  # [m/s]: above it a unit was left out


@dataclass(frozen=True)
class IonTransfer(Term):
    """Transfer at the interface ``face`` "a|b" of ions that are ``source`` on one side and ``target`` on the other.

    ``velocity`` k [m/s]: of the target that goes back where the source's activity is ``reference_density`` a_ref
    [1/m^3]. ``partition`` S [1]: target over source at rest, for few ions. ``transfer_coefficient`` α, from 0, where
    the source drives insertion alone, to 1.
    Raises OutOfRangeError, UnknownNameError or IncompatibleError.
    """

    face: str
    source: str
    target: str
    _: KW_ONLY
    velocity: float
    partition: float
    transfer_coefficient: float
    reference_density: float

    def __post_init__(self) -> None:
        super().__post_init__()
        title = f"transfer of {self.source} to {self.target}"
        if not 0 < self.velocity <= _FASTEST:
            raise OutOfRangeError(
                f"velocity of the {title} [m/s]", self.velocity, f"positive, at most {_FASTEST:g}"
            )
        for what, value in (
            ("partition of the", self.partition),
            ("reference density [1/m^3] of the", self.reference_density),
        ):
            if not (value > 0 and math.isfinite(value)):
                raise OutOfRangeError(f"{what} {title}", value, "positive")
        if not 0 <= self.transfer_coefficient <= 1:
            raise OutOfRangeError(
                f"transfer coefficient of the {title}", self.transfer_coefficient, "from 0 to 1"
            )

    @property
    def exchanges(self) -> tuple[str, ...]:
        """Both ions."""
        return (self.source, self.target)

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return no unknown; raises UnknownNameError if the mesh has no such interface."""
        setting.mesh.require("interface", self.face)
        return ()

    def check(self, whole: Composition) -> None:
        """Raise unless each ion moves on its own side of the interface, and both carry one charge."""
        one, other = (whole.ion(name) for name in self.exchanges)
        if one.charge_number != other.charge_number:
            raise IncompatibleError(
                f"{self.source} cannot become {self.target}: their charge numbers are {one.charge_number} and "
                f"{other.charge_number}."
            )
        sides = face_regions(whole.setting.mesh, self.face)
        found = [sides & set(f.regions) for f in (one, other)]
        if not (len(found[0]) == len(found[1]) == 1 and found[0] != found[1]):
            raise IncompatibleError(
                f"at {self.face!r} {self.source} moves in {sorted(found[0])} and {self.target} in {sorted(found[1])}; "
                "each must move on one side, and not on the same."
            )

    def residual(self, context: Context) -> Expr:
        """Return the loss of the source and the gain of the target."""
        form = 0
        for name, sign in ((self.source, 1), (self.target, -1)):
            form += sign * self.flow(context, name, context.row_scale(name) * context.test(name))
        return form

    def flow(self, context: Context, side: str, v: Expr) -> Expr:
        """Return the form of j over the interface, lumped on the ``side`` of one of the ions, for a test function."""
        c = context.calculus
        regions = context.fields[context.index(side)].regions
        inside, near = context.indicator(regions), area_per_volume(context, self.face, regions)
        speed = context.constant(self.velocity / context.scaling.velocity)
        share, alpha = context.constant(self.partition), context.constant(self.transfer_coefficient)
        reference = context.constant(self.reference_density / context.scaling.density)

        def rate(i: int) -> Expr:
            one, other = (c.at(context.field(name), i) for name in self.exchanges)
            activity = one / self._vacant(context, self.source, i)
            ease = ufl.exp(-alpha * logarithm(activity / reference))
            drive = share * activity * self._vacant(context, self.target, i) - other
            return inside * c.at(near, i) * speed * ease * drive

        return c.lump(lambda i: context.ion_motion * rate(i), v)

    @staticmethod
    def _vacant(context: Context, name: str, i: int) -> Expr:
        """Return the share of vacant sites at vertex i; 1 without a limit."""
        limit = context.fields[context.index(name)].upper_bound
        if limit is None:
            return 1.0
        return 1 - context.calculus.at(context.field(name), i) * context.constant(
            context.scaling.density / limit
        )
