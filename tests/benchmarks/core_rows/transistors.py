"""Transistors: a pocket of holes that contacts of electrons cut off, and source and drain exchanged."""

from __future__ import annotations

from collections.abc import Iterator

from fem import Device, OhmicContact, equilibrium, steady
from fem.errors import ConvergenceError
from fem.units import eV
from tests import devices, transistors
from tests.benchmarks.table import Row, at_most

GATE = (-1.0, -2.0, -4.0)  # [V]


def transistor(coarse: int = 24) -> Device:
    """Return a film with both carriers between contacts that meet its conduction band alone."""
    contact = OhmicContact(work_function=3.9 * eV)
    film = devices.film(mobility=2e-4)
    return transistors.transistor(
        film, depth=1e-5, contacts={"source": contact, "drain": contact}, coarse=coarse
    )


def pocket() -> Iterator[Row]:
    """Yield what the currents of source and drain lack to balance, with holes below a gate, over the larger one."""
    device = transistor()
    start = equilibrium(device)
    for gate in GATE:
        figure = f"p pocket under n contacts, {gate:+g} V: balance"
        try:
            state = steady(device, {"gate": gate, "drain": 0.05}, start=start)
        except ConvergenceError as error:
            yield Row(figure, "at most 1e-06", " ".join(str(error).split())[:80], met=False)
            continue
        drain, source = state.current("drain"), state.current("source")
        yield at_most(figure, 1e-6, abs(drain + source) / max(abs(drain), abs(source)))


def exchange() -> Iterator[Row]:
    """Yield by how much the current changes as source and drain change places, on right-angled cells."""
    for coarse in (12, 24):
        device = transistor(coarse)
        start = equilibrium(device)
        one = steady(device, {"gate": 2.0, "drain": 1.0}, start=start).current("drain")
        other = steady(device, {"gate": 2.0, "source": 1.0}, start=start).current("source")
        yield at_most(f"source and drain exchanged, {coarse} cells", 1e-12, abs(one / other - 1))
