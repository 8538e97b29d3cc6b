"""Equations of a compact model as text: read once, differentiated, and written for numpy, C, SPICE and Verilog-A.

The text has the operators + - * / ** and brackets, numbers, and these functions of real numbers:

=============================  ======================================================================
exp, sinh, cosh                of arguments cut at -230 and 230, so that no back end overflows
log, sqrt, tanh, asinh, atan   as usual
abs, sign, min, max            sign(0) is 0; min and max of two
where(c, a, b)                 a where c > 0, b elsewhere
=============================  ======================================================================

sympy reads them (by Python's own parser: text of a family is code, as trusted as the file that it stands in) and
differentiates; the corners of abs, min, max and where have the slope of one of their sides.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.errors import OutOfRangeError, UnknownNameError

if TYPE_CHECKING:
    from sympy import Expr, Symbol

#: Largest size of the argument of an exponential function: keeps it from overflowing in every back end.
LARGEST_EXPONENT = 230.0
#: Names that an equation may not take for a parameter or a state: v is the voltage, T the ambient temperature.
VOLTAGE, TEMPERATURE = "v", "T"


@cache
def functions() -> dict[str, Any]:
    """Return name -> function of the language, as sympy has it."""
    import sympy

    class where(sympy.Function):
        nargs = 3

        def _eval_derivative(self, by: Any) -> Any:  # of the side that is taken: the other one may be nan
            return where(self.args[0], self.args[1].diff(by), self.args[2].diff(by))

    class sign_of(sympy.Function):
        nargs = 1

        def fdiff(self, argindex: int = 1) -> Any:
            return sympy.Integer(0)

    class size_of(sympy.Function):
        nargs = 1

        def fdiff(self, argindex: int = 1) -> Any:
            return sign_of(self.args[0])

    class cut_exp(sympy.Function):
        nargs = 1

        def fdiff(self, argindex: int = 1) -> Any:
            return cut_exp(self.args[0])

    class cut_sinh(sympy.Function):
        nargs = 1

        def fdiff(self, argindex: int = 1) -> Any:
            return cut_cosh(self.args[0])

    class cut_cosh(sympy.Function):
        nargs = 1

        def fdiff(self, argindex: int = 1) -> Any:
            return cut_sinh(self.args[0])

    def least(a: Any, b: Any) -> Any:
        return where(b - a, a, b)

    def largest(a: Any, b: Any) -> Any:
        return where(a - b, a, b)

    return {
        "exp": cut_exp, "sinh": cut_sinh, "cosh": cut_cosh, "tanh": sympy.tanh, "asinh": sympy.asinh,
        "atan": sympy.atan, "log": sympy.log, "sqrt": sympy.sqrt, "abs": size_of, "sign": sign_of,
        "min": least, "max": largest, "where": where,
    }  # fmt: skip


def symbol(name: str) -> Symbol:
    """Return the real symbol ``name``."""
    import sympy

    return sympy.Symbol(name, real=True)


def read(text: str, names: Collection[str], where: Mapping[str, Expr] | None = None) -> Expr:
    """Return the expression in ``text`` of the symbols ``names``, with those of ``where`` put in.

    Raises OutOfRangeError for text that is no expression, UnknownNameError for a symbol that is not among ``names``.
    """
    import sympy
    from sympy.parsing.sympy_parser import parse_expr

    known = {name: symbol(name) for name in names} | dict(where or {})
    allowed = known | functions()
    bare = {"Integer": sympy.Integer, "Float": sympy.Float, "Rational": sympy.Rational, "Symbol": symbol,
            "Function": _unknown(allowed), "__builtins__": {}}  # fmt: skip
    try:
        found = parse_expr(text, local_dict=allowed, global_dict=bare)
        found = sympy.sympify(found)
    except UnknownNameError:
        raise
    except Exception as error:
        raise OutOfRangeError("equation of a compact model", text, _meant(text, error)) from error
    if not isinstance(found, sympy.Expr) or found.has(sympy.I, sympy.zoo, sympy.nan, sympy.oo):
        raise OutOfRangeError("equation of a compact model", text, f"a finite real number, not {found}")
    for free in sorted(map(str, found.free_symbols)):
        if free not in names:
            raise UnknownNameError("symbol of an equation", free, allowed)
    return found


def _meant(text: str, error: Exception) -> str:
    """Return what a text that cannot be read should be, in words for the usual slips."""
    if "^" in text:
        return "an expression: a power is x**2"
    if re.search(r"\b(np|numpy|math|sympy)\.", text):
        return "an expression: functions stand alone, sinh(v) and not np.sinh(v)"
    if text.count("(") != text.count(")"):
        return f"an expression: it opens {text.count('(')} brackets and closes {text.count(')')}"
    return f"an expression ({error})"


def _unknown(allowed: Mapping[str, Any]) -> Any:
    def refuse(name: str) -> Any:
        raise UnknownNameError("function of an equation", name, allowed)

    return refuse


#: The functions in numpy.
NUMPY: dict[str, Any] = {
    "cut_exp": lambda x: np.exp(np.clip(x, -LARGEST_EXPONENT, LARGEST_EXPONENT)),
    "cut_sinh": lambda x: np.sinh(np.clip(x, -LARGEST_EXPONENT, LARGEST_EXPONENT)),
    "cut_cosh": lambda x: np.cosh(np.clip(x, -LARGEST_EXPONENT, LARGEST_EXPONENT)),
    "size_of": np.abs,
    "sign_of": np.sign,
    "where": lambda c, a, b: np.where(np.asarray(c) > 0, a, b),
}
#: The functions that C's library lacks, in C.
C_FUNCTIONS = f"""
static double cut(double x) {{ return x > {LARGEST_EXPONENT} ? {LARGEST_EXPONENT} : (x < -{LARGEST_EXPONENT} ? -{LARGEST_EXPONENT} : x); }}
static double cut_exp(double x) {{ return exp(cut(x)); }}
static double cut_sinh(double x) {{ return sinh(cut(x)); }}
static double cut_cosh(double x) {{ return cosh(cut(x)); }}
static double size_of(double x) {{ return fabs(x); }}
static double sign_of(double x) {{ return (x > 0) - (x < 0); }}
static double where(double c, double a, double b) {{ return c > 0 ? a : b; }}
"""  # noqa: E501
_IN_C = ("cut_exp", "cut_sinh", "cut_cosh", "size_of", "sign_of", "where")


def c_text(expression: Expr) -> str:
    """Return the expression as C has it, with ``C_FUNCTIONS``."""
    import sympy

    return str(sympy.ccode(expression, user_functions={name: name for name in _IN_C}))
