"""A metal floating gate under pentacene: what a pulse of the gate writes."""

from __future__ import annotations

from fem import State, floating_charge
from fem.physics import OhmicLeakage
from studies.comparisons.compared import Compared, row
from studies.devices import pentacene_metal_gate as metal
from studies.devices.cspbbr3_floating_gate import held, threshold
from studies.devices.pentacene_metal_gate import ABOUT


def compare() -> list[Compared]:
    """Return the figures of the demonstration: nothing is published beside them."""
    cell = metal.device()
    written = metal.programmed(cell)
    shift = threshold(written) - threshold(metal.start(cell))
    left = _kept(written)
    leaking = _kept(
        metal.programmed(metal.device(metal.FOWLER_NORDHEIM, OhmicLeakage(conductivity=metal.LEAK)))
    )
    charge = metal.divided(floating_charge(written, "floating"))
    alone = "by Fowler-Nordheim tunnelling alone"
    return [
        row(ABOUT, f"metal gate: shift by {metal.PROGRAM:g} V, 10 ms", shift, "V", "holes enter it"),
        row(ABOUT, "metal gate: its charge over the oxide", charge, "V", "the shift in closed form"),
        row(ABOUT, "metal gate: part left after 3000 s", left, "1", alone),
        row(ABOUT, "metal gate: part left, leaking PMMA", leaking, "1", "3000 s, 1e-15 S/m"),
    ]


def _kept(written: State) -> float:
    """Return what part of the charge is left after 3000 s."""
    return floating_charge(held(written, 3e3), "floating") / floating_charge(written, "floating")
