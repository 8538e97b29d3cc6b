"""A metal floating gate under pentacene: what a pulse of the gate writes."""

from __future__ import annotations

from collections.abc import Iterable

from fem import equilibrium, floating_charge
from fem.physics import OhmicLeakage
from studies.comparisons.compared import Compared
from studies.devices.cspbbr3_floating_gate import held, threshold
from studies.devices.pentacene_metal_gate import FOWLER_NORDHEIM, LEAK, PROGRAM, device, divided, programmed


def rows() -> Iterable[Compared]:
    """Yield the figures of the demonstration."""
    cell = device()
    fresh = threshold(equilibrium(cell))
    written = programmed(cell)
    charge = floating_charge(written, "floating")
    found = [
        (f"metal gate: shift by {PROGRAM:g} V, 10 ms", threshold(written) - fresh, "V", "holes enter it"),
        ("metal gate: its charge over the oxide", divided(charge), "V", "the shift in closed form"),
        (
            "metal gate: part left after 3000 s",
            floating_charge(held(written, 3e3), "floating") / charge,
            "1",
            "by Fowler-Nordheim tunnelling alone",
        ),
    ]
    leaking = programmed(device(FOWLER_NORDHEIM, OhmicLeakage(conductivity=LEAK)))
    first = floating_charge(leaking, "floating")
    left = floating_charge(held(leaking, 3e3), "floating") / first
    found.append(("metal gate: part left, leaking PMMA", left, "1", "3000 s, 1e-15 S/m"))
    for name, value, unit, note in found:
        yield Compared(
            name=name,
            simulated=value,
            published=None,
            unit=unit,
            kind="predicted",
            note=f"demonstration; {note}",
        )
