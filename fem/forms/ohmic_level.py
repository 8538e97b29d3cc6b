r"""Where the Fermi level of neutral ohmic contacts lies in the bands at a temperature that is an unknown.

A neutral contact has the net doping C at any temperature: :math:`n = C/2 + \sqrt{C^2/4 + n_i^2(T)}` (holes where C is
negative), and so the potential :math:`\psi = (kT/q)\ln(n/N(T))` at Fermi level 0, with the density N(T) at potential 0.
Degenerate carriers, and dopants and traps that hold some of them, have a level that is another by a polynomial in ln T
(``fem.device.neutral_levels``), which is 0 at the ambient temperature. The unknown "potential" at such a node is that
at the ambient temperature, which only the voltage moves: a given value. To it comes the rise of :math:`\psi` with the
temperature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class OhmicLevel:
    """Ohmic contacts whose carriers follow the temperature, as functions of the nodes.

    ``free``: 0 at their nodes, else 1. ``at_rest``: their potential at zero bias and the ambient temperature [kT0/q].
    ``neutral``: 1 at nodes of neutral contacts, None without any; ``net``: C [N0] there; ``states``: by carrier the
    logarithm of N [N0] at the ambient temperature, and power and energy [kT0] of its law. ``beyond``: coefficients of
    the polynomial in ln T/ln ``span`` [kT], lowest first, none where there is none.
    """

    free: Any
    at_rest: Any
    neutral: Any
    net: Any
    states: Mapping[str, tuple[Any, Any, Any]]
    beyond: tuple[Any, ...] = ()
    span: float = 1.0

    def rise(self, warmth: Any) -> Any:
        """Return by how much the potential is higher than at the ambient temperature, in UFL; ``warmth`` [T0]."""
        if self.neutral is None:
            return 0.0
        functions = (ufl.exp, ufl.ln, ufl.sqrt, ufl.conditional, ufl.ge)
        found = _rise(warmth, self.net, self.states, self.at_rest, functions)
        if self.beyond:
            held = ufl.max_value(ufl.min_value(warmth, self.span), 1 / self.span)
            found = found + warmth * _polynomial(self.beyond, ufl.ln(held) / np.log(self.span))
        return self.neutral * found

    def rise_of(self, warmth: Array) -> Array:
        """Return the same as numbers, shape (nodes,)."""
        if self.neutral is None:
            return np.zeros_like(warmth)
        states = {name: tuple(f.x.array for f in parts) for name, parts in self.states.items()}
        functions = (np.exp, np.log, np.sqrt, np.where, np.greater_equal)
        found = _rise(warmth, self.net.x.array, states, self.at_rest.x.array, functions)
        if self.beyond:
            held = np.clip(warmth, 1 / self.span, self.span)
            found += warmth * _polynomial([f.x.array for f in self.beyond], np.log(held) / np.log(self.span))
        return np.asarray(self.neutral.x.array * found)


def _rise(
    warmth: Any, net: Any, states: Mapping[str, Any], at_rest: Any, functions: tuple[Callable[..., Any], ...]
) -> Any:
    exp, log, sqrt, where, at_least = functions
    many = {
        name: value + power * log(warmth) + energy * (1 - 1 / warmth)
        for name, (value, power, energy) in states.items()
    }
    size = where(at_least(net, 0.0), net, -net)
    major = size / 2 + sqrt(size * size / 4 + exp(many["electron"] + many["hole"]))
    level = where(at_least(net, 0.0), log(major) - many["electron"], many["hole"] - log(major))
    return warmth * level - at_rest


def _polynomial(coefficients: Sequence[Any], x: Any) -> Any:
    found = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        found = c + x * found
    return found
