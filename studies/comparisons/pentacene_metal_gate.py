"""A metal floating gate under pentacene: what a pulse of the gate writes."""

from __future__ import annotations

from fem import State, floating_charge
from fem.physics import OhmicLeakage
from studies.comparisons.compared import Compared, row
from studies.devices.cspbbr3_floating_gate import held, threshold
from studies.devices.pentacene_metal_gate import (
    ABOUT,
    FOWLER_NORDHEIM,
    LEAK,
    PROGRAM,
    device,
    divided,
    programmed,
    start,
)


def compare() -> list[Compared]:
    """Return the figures of the demonstration: nothing is published beside them."""
    cell = device()
    written = programmed(cell)
    shift = threshold(written) - threshold(start(cell))
    left = _kept(written)
    leaking = _kept(programmed(device(FOWLER_NORDHEIM, OhmicLeakage(conductivity=LEAK))))
    charge = divided(floating_charge(written, "floating"))
    alone = "by Fowler-Nordheim tunnelling alone"
    return [
        row(ABOUT, f"metal gate: shift by {PROGRAM:g} V, 10 ms", shift, "V", "holes enter it"),
        row(ABOUT, "metal gate: its charge over the oxide", charge, "V", "the shift in closed form"),
        row(ABOUT, "metal gate: part left after 3000 s", left, "1", alone),
        row(ABOUT, "metal gate: part left, leaking PMMA", leaking, "1", "3000 s, 1e-15 S/m"),
    ]


def _kept(written: State) -> float:
    """Return what part of the charge is left after 3000 s."""
    return floating_charge(held(written, 3e3), "floating") / floating_charge(written, "floating")
