"""Spread of the cells of an array: from device to device, and from one write to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import array, each, instance, text, truth
from studies.arrays.cells import Cells
from studies.compact.model import CompactModel

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Spread:
    """How parameters differ from cell to cell: jointly normal with the ``covariance`` of the parameters in ``names``.

    A parameter whose range begins above 0 differs by its logarithm (a lognormal law), so that its covariance is that of
    relative changes; what leaves a parameter's range is put at its end.
    """

    names: tuple[str, ...]
    covariance: Array
    logarithmic: tuple[bool, ...]

    def __post_init__(self) -> None:
        settle(self, "a spread", names=each(text, 1), covariance=array, logarithmic=each(truth))
        if len(self.logarithmic) != len(self.names):
            raise IncompatibleError(
                f"a spread of {len(self.names)} parameters has {len(self.logarithmic)} laws."
            )
        c = np.array(self.covariance, dtype=float)
        if c.shape != (len(self.names),) * 2:
            raise IncompatibleError(f"a covariance {c.shape} of {len(self.names)} parameters.")
        if not np.isfinite(c).all() or np.linalg.eigvalsh(c).min(initial=0.0) < -1e-9 * np.abs(c).max(
            initial=0.0
        ):
            raise OutOfRangeError("covariance of a spread", c.tolist(), "finite, with no eigenvalue below 0")
        object.__setattr__(self, "covariance", c)

    @classmethod
    def of(cls, model: CompactModel, relative: Mapping[str, float]) -> Spread:
        """Return independent spreads: the ``relative`` standard deviation of each parameter [1]."""
        declared = model.family.parameters
        for name, share in relative.items():
            if name not in declared:
                raise UnknownNameError("compact-model parameter", name, declared)
            if not (np.isfinite(share) and share >= 0):
                raise OutOfRangeError(f"relative spread of {name}", share, "finite and not negative")
        wide = tuple(declared[n].logarithmic for n in relative)
        deviations = [
            s if log else s * abs(model[n]) for (n, s), log in zip(relative.items(), wide, strict=True)
        ]
        return cls(names=tuple(relative), covariance=np.diag(np.square(deviations)), logarithmic=wide)

    @classmethod
    def of_fit(cls, model: CompactModel) -> Spread:
        """Return the spread that the covariance of a fit says: how little the fitted trace tells of the parameters.

        It is the spread of devices only if the fit was to traces of several of them. Raises IncompatibleError for a
        model without a covariance, as one of plain numbers.
        """
        if not model.fitted:
            raise IncompatibleError("the model has no covariance; give Spread.of the relative spreads.")
        covariance = np.array(model.covariance)
        if not np.isfinite(covariance).all():
            raise IncompatibleError("the covariance of the fit is not finite: a parameter is not determined.")
        wide = tuple(model.family.parameters[n].logarithmic for n in model.fitted)
        size = np.array([model[n] if log else 1.0 for n, log in zip(model.fitted, wide, strict=True)])
        return cls(names=model.fitted, covariance=covariance / np.outer(size, size), logarithmic=wide)

    def drawn(self, cells: Cells, random: np.random.Generator) -> Cells:
        """Return the cells with parameters drawn anew around those that they have.

        Raises UnknownNameError for a parameter that they do not have.
        """
        instance(np.random.Generator, say="numpy.random.default_rng(SEED)")(
            "random numbers of a spread", random
        )
        own = {}
        shifts = random.multivariate_normal(
            np.zeros(len(self.names)), self.covariance, size=cells.shape, method="eigh"
        )
        for k, name in enumerate(self.names):
            if name not in cells.family.parameters:
                raise UnknownNameError("compact-model parameter", name, cells.family.parameters)
            what = cells.family.parameters[name]
            now = cells.values[..., list(cells.family.parameters).index(name)]
            moved = now * np.exp(shifts[..., k]) if self.logarithmic[k] else now + shifts[..., k]
            own[name] = np.clip(moved, np.minimum(what.lower, now), np.maximum(what.upper, now))
        return cells.replaced(own)
