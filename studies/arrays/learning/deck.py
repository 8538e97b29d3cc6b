"""Netlists of small circuits around exported compact models, for ``studies.compact.export.spice.run_deck``."""

from __future__ import annotations

from collections.abc import Sequence

from studies.compact.export.spice import longest_step, number
from studies.protocols.protocol import Protocol

_OPTIONS = "reltol=1e-6 abstol=1e-18 vntol=1e-9 chgtol=1e-22 gmin=1e-18 trtol=1"


def piecewise(protocol: Protocol) -> str:
    """Return the text of a piecewise-linear source."""
    points = zip(protocol.kinks, protocol.levels[protocol.bends], strict=True)
    return "PWL(" + "\n+ ".join(["", *(f"{t:.17g} {v:.17g}" for t, v in points)]) + ")"


def deck(title: str, elements: Sequence[str], protocol: Protocol, wanted: Sequence[str]) -> str:
    """Return a netlist that runs over ``protocol`` and writes what is ``wanted``, such as "v(m)", to out.txt."""
    longest = longest_step(protocol)
    return "\n".join(
        [
            title, *elements, f".options method=gear {_OPTIONS}", ".control", "set wr_singlescale", "set numdgt=15",
            f"tran {number('step', longest)} {number('duration', protocol.duration)} 0 {number('step', longest)}",
            f"wrdata out.txt {' '.join(wanted)}", "quit", ".endc", ".end", "",
        ]
    )  # fmt: skip
