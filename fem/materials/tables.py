r"""Laws of the temperature as they are measured or printed: a table of values, or a formula.

Both are of a range of temperature, and beyond it keep the value that they have at its end; a device that is outside of
the range warns of it. Values are positive. A table is interpolated by the logarithm of its values, monotonic between
points and with a continuous slope (F. N. Fritsch and R. E. Carlson, SIAM J. Numer. Anal. 17, 238, 1980).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from fem.errors import OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import Kind, each, positive, quantity
from fem.errors.checking import text as words
from fem.materials.temperature_laws import ROOM_TEMPERATURE

_MOST = 64  # points of a table
_PIECES = 40  # of a formula, where a device's temperature is an unknown
_HIGHEST = 1e5  # [K]
_LONGEST = 1000  # characters of a formula
_RANGE: Kind = each(quantity(1.0, _HIGHEST, "K"), 2, 2)
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "abs": np.abs,
}
_OPERATIONS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd)


@dataclass(frozen=True)
class Table:
    """A value at some temperatures [K], which rise; two or more. ``values`` are in the unit of the Datum that holds it.

    >>> law = Table((200.0, 300.0, 400.0), (4.0, 2.0, 1.0))
    >>> round(law(300.0), 12), round(law(250.0), 3), law(500.0)
    (2.0, 2.828, 1.0)
    """

    temperatures: tuple[float, ...]
    values: tuple[float, ...]

    kinds: ClassVar[dict[str, Kind]] = {
        "temperatures": each(quantity(1.0, _HIGHEST, "K"), 2, _MOST),
        "values": each(positive, 2, _MOST),
    }

    def __post_init__(self) -> None:
        settle(self, "a table of a material", **self.kinds)
        for name in ("temperatures", "values"):
            object.__setattr__(self, name, tuple(float(x) for x in getattr(self, name)))
        if len(self.temperatures) != len(self.values):
            raise OutOfRangeError(
                "number of values of a table",
                len(self.values),
                f"that of its temperatures, {len(self.temperatures)}",
            )
        if any(b <= a for a, b in zip(self.temperatures, self.temperatures[1:], strict=False)):
            raise OutOfRangeError("temperatures of a table [K]", self.temperatures, "rising")

    def __call__(self, temperature: Any, exp: Callable[[Any], Any] = math.exp) -> Any:
        """Return the value at ``temperature`` [K], a number or an array."""
        found = np.exp(self._logarithm(np.clip(temperature, *self.between)))
        return float(found) if np.ndim(temperature) == 0 else found

    @cached_property
    def _logarithm(self) -> Any:
        from scipy.interpolate import PchipInterpolator

        return PchipInterpolator(self.temperatures, np.log(self.values))

    @property
    def between(self) -> tuple[float, float]:
        """The lowest and the highest temperature [K]."""
        return self.temperatures[0], self.temperatures[-1]

    @property
    def knots(self) -> tuple[float, ...]:
        """Temperatures [K] between which a cubic of the temperature is the logarithm of the law."""
        return self.temperatures

    @property
    def size(self) -> float:
        """The value at 300 K, or at the end that is nearest."""
        return float(self(ROOM_TEMPERATURE))

    def __str__(self) -> str:
        low, high = self.between
        return f"{self.size:.6g} at {min(max(ROOM_TEMPERATURE, low), high):g} K, a table from {low:g} to {high:g} K"


@dataclass(frozen=True)
class Formula:
    """A formula of the temperature ``T`` [K] as text, ``between`` two temperatures [K], times ``factor``.

    Numbers, T, k (Boltzmann's constant in eV/K), + - * / **, brackets, exp, log, sqrt, tanh and abs. The value is in
    the unit of the Datum that holds it, and positive in all of the range. Raises OutOfRangeError, UnknownNameError.

    >>> law = Formula("1.4e-3*(T/300)**-1.5*exp(0.02/(k*300) - 0.02/(k*T))", between=(150.0, 400.0))
    >>> f"{law(300.0):.3g}, {law(200.0):.3g}"
    '0.0014, 0.00175'
    """

    text: str
    between: tuple[float, float]
    factor: float = 1.0

    kinds: ClassVar[dict[str, Kind]] = {"text": words, "between": _RANGE, "factor": positive}

    def __post_init__(self) -> None:
        settle(self, "a formula of a material", **self.kinds)
        object.__setattr__(self, "between", tuple(float(x) for x in self.between))
        if not self.between[0] < self.between[1]:
            raise OutOfRangeError("range of a formula [K]", self.between, "two rising temperatures")
        tried = self._values(np.array(self.knots))
        if not (np.isfinite(tried).all() and (tried > 0).all()):
            worst = self.knots[int(np.argmin(np.where(np.isfinite(tried), tried, -np.inf)))]
            raise OutOfRangeError(
                f"formula {self.text!r} at {worst:g} K", float(self._values(worst)), "positive and finite"
            )

    def __call__(self, temperature: Any, exp: Callable[[Any], Any] = math.exp) -> Any:
        """Return the value at ``temperature`` [K], a number or an array."""
        found = self.factor * self._values(np.clip(temperature, *self.between))
        return float(found) if np.ndim(temperature) == 0 else found

    def _values(self, temperature: Any) -> Any:
        from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE

        names = {**_FUNCTIONS, "T": np.float64(1.0) * temperature, "k": BOLTZMANN / ELEMENTARY_CHARGE}
        try:
            with np.errstate(all="ignore"):
                found = eval(self._code, {"__builtins__": {}}, names)  # of which _checked has seen every name
        except ArithmeticError:  # of its numbers alone
            found = math.nan
        return np.zeros_like(temperature, dtype=float) + found

    @cached_property
    def _code(self) -> Any:
        return compile(_checked(self.text), "formula", "eval")

    @property
    def knots(self) -> tuple[float, ...]:
        """Temperatures [K] between which a cubic of the temperature stands for the logarithm of the law."""
        return tuple(np.geomspace(*self.between, _PIECES + 1).clip(*self.between).tolist())

    @property
    def size(self) -> float:
        """The value at 300 K, or at the end of the range that is nearest."""
        return float(self(ROOM_TEMPERATURE))

    def __str__(self) -> str:
        factor = "" if self.factor == 1.0 else f"{self.factor:g} "
        return f"{factor}{self.text} from {self.between[0]:g} to {self.between[1]:g} K"


def _checked(formula: str) -> ast.Expression:
    """Return the tree of a formula, after a look at all of it."""
    if len(formula) > _LONGEST:
        raise OutOfRangeError("length of a formula", len(formula), f"at most {_LONGEST} characters")
    try:
        tree = ast.parse(formula.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise OutOfRangeError(
            "formula of a material", formula, f"an expression of T ({error.args[0]})"
        ) from None
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in _without_contexts(tree):
        if isinstance(node, ast.Name):
            known = _FUNCTIONS if id(node) in called else ("T", "k")
            if node.id not in known:
                raise UnknownNameError(
                    "function of a formula" if id(node) in called else "name in a formula", node.id, known
                )
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, bool) or not isinstance(node.value, int | float):
                raise OutOfRangeError("formula of a material", formula, "made of numbers and T")
            node.value = float(node.value)  # 10**999999 ends as infinity, and soon
        elif isinstance(node, ast.Call):
            if len(node.args) != 1 or node.keywords:
                raise OutOfRangeError("formula of a material", formula, "with one argument in each function")
        elif not isinstance(node, (ast.Expression, ast.BinOp, ast.UnaryOp, *_OPERATIONS)):
            raise OutOfRangeError(
                "formula of a material", formula, "made of numbers, T, k, + - * / **, brackets and functions"
            )
    return tree


def _without_contexts(tree: ast.AST) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if not isinstance(node, ast.expr_context))
