"""Equations of a family as ngspice and Verilog-A have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from studies.compact.equations import LARGEST_EXPONENT

if TYPE_CHECKING:
    from sympy import Expr

#: Words of ngspice and Verilog-A that no parameter may be called; such a one gets a line below it.
RESERVED = frozenset(
    "time temper hertz pi e c i v t kelvin echarge boltz planck yes no true false p n module real integer tamb".split()  # noqa: SIM905
    + "parameter analog begin end if else for while case from exclude inf branch electrical inout input output".split()  # noqa: SIM905
    + "ground function string initial default table noise params charge moved gnd".split()  # noqa: SIM905
    + "ln pow pwr pwl sgn floor ceil nint int u u2 uramp limit stp buf inv ddt idt ddx cos sin tan acos asin".split()  # noqa: SIM905
    + "acosh atanh arctan atan2 hypot ternary_fcn agauss gauss aunif unif above abstol access absdelay".split()  # noqa: SIM905
    + "aliasparam always and assign buf cmos connect continuous cross ddt_nature deassign disable discipline".split()  # noqa: SIM905
    + "discrete domain edge endcase endfunction endgenerate endmodule endnature enddiscipline event final".split()  # noqa: SIM905
    + "flow force forever fork generate genvar inertial join localparam nand nature negedge net nor not or".split()  # noqa: SIM905
    + "paramset endparamset posedge potential primitive reg release repeat signed slew specify supply0".split()  # noqa: SIM905
    + "supply1 task timer transition tri unsigned units use wait wire wor wand wreal xnor xor zi_nd zi_np".split()  # noqa: SIM905
)


def safe(name: str) -> str:
    """Return a name as a netlist may have it."""
    return f"{name}_" if name.lower() in RESERVED else name


def written(expression: Expr, symbols: Mapping[str, str], *, verilog: bool = False) -> str:
    """Return the text of an expression in which each symbol stands as ``symbols`` says, others by their safe name."""
    import sympy
    from sympy.printing.str import StrPrinter

    smooth = {"log": "ln", "tanh": "tanh", "asinh": "asinh", "atan": "atan"}
    low, high = f"-{LARGEST_EXPONENT:g}", f"{LARGEST_EXPONENT:g}"

    class Printer(StrPrinter):  # type: ignore[misc]
        def _print_Symbol(self, expr: Any) -> str:
            return symbols.get(expr.name, safe(expr.name))

        def _print_Float(self, expr: Any) -> str:
            return f"{float(expr):.17g}"

        def _print_Integer(self, expr: Any) -> str:
            return f"{int(expr)}.0" if verilog else str(int(expr))

        def _print_Rational(self, expr: Any) -> str:
            return f"({float(expr.p):.17g}/{float(expr.q):.17g})"

        def _print_Mul(self, expr: Any) -> str:
            above, below = sympy.fraction(expr)
            if below != 1:
                return f"({self._print(above)})/({self._print(below)})"
            return "*".join(f"({self._print(f)})" for f in expr.as_ordered_factors())

        def _print_Pow(self, expr: Any, rational: bool = False) -> str:
            base, power = self._print(expr.base), expr.exp
            if power.is_Integer and 0 < int(power) <= 64:  # a logarithm has no negative base
                return "(" + "*".join([f"({base})"] * int(power)) + ")"
            if power == sympy.Rational(1, 2):
                return f"sqrt({base})"
            if power.could_extract_minus_sign():
                return f"(1.0/({self._print(expr.base ** (-power))}))"
            return f"exp(({self._print(power)})*ln({base}))"

        def _print_Function(self, expr: Any) -> str:
            name, inside = type(expr).__name__, [self._print(a) for a in expr.args]
            if name in ("cut_exp", "cut_sinh", "cut_cosh"):
                return f"{name[4:]}(max({low},min({high},{inside[0]})))"
            if name == "where":
                return f"(({inside[0]}>0)?({inside[1]}):({inside[2]}))"
            if name == "size_of":
                return f"abs({inside[0]})"
            if name == "sign_of":
                x = inside[0]
                return f"(({x}>0)?1.0:(({x}<0)?-1.0:0.0))" if verilog else f"sgn({x})"
            return f"{smooth[name]}({inside[0]})"

    return str(Printer().doprint(expression))
