"""How long the low resistance of the (PrPyr)PbI3 dot lasts in the warmth: vacancies leave the filament sideways.

The barrier out of the filament is calibrated to one printed time, 1200 s at 363 K; 60 s at 400 K, and what 300 K
gives, are predicted, by little more than that barrier: 1.01 eV alone makes 60 s of 1200 s, 1.08 eV 49 s. A state
counts as lost where half of its conductance is; which part the publication takes is not printed.
"""

from __future__ import annotations

from fem import State, equilibrium, with_ions
from fem.units import eV
from studies.comparisons.compared import Compared, row
from studies.devices import prpyrpbi3 as dot
from studies.devices.prpyrpbi3 import ABOUT
from studies.devices.shared import prpyrpbi3_data as data
from studies.devices.shared.filament_runs import kept

LONGEST = {363.0: 3e4, 400.0: 2e3, 300.0: 1e8}  #: [s], over which a state is watched, by temperature [K]


def warmed(on: State, temperature: float, *, across: float = data.ACROSS.si() / eV) -> State:
    """Return the ions of a state in a cell at an ambient ``temperature`` [K] with that barrier ``across`` [eV]."""
    cell = dot.device(fine=finest(on), across=across, temperature=temperature)
    ions = on.ion_density(data.ION)
    return with_ions(equilibrium(cell), data.ION, lambda _: ions)


def finest(state: State) -> float:
    """Return the height of the lowest cell of the film that a state is of [m]."""
    mesh = state.device.mesh
    heights = mesh.mesh.geometry.x[:, 1] * mesh.unit
    levels = sorted({round(float(z) * 1e13) for z in heights if data.PEDOT * 0.999 < z < data.PEDOT * 1.1})
    return (levels[1] - levels[0]) * 1e-13


def retention_time(on: State, temperature: float, *, across: float = data.ACROSS.si() / eV) -> float:
    """Return after which time [s] at a ``temperature`` [K] half of the conductance of a state is lost."""
    begin = warmed(on, temperature, across=across)
    longest = LONGEST.get(temperature, 1e5)
    return kept(begin, duration=longest, first_read=longest * 1e-5).retention_time


def rows(on: State) -> list[Compared]:
    """Return the times at 363 K, 400 K and 300 K beside the printed ones."""
    times = {t: retention_time(on, t) for t in LONGEST}
    note = "printed without its temperature: of 300 K here"
    return [
        row(ABOUT, "retention at 363 K", times[363.0], of="retention_363K", by="barrier out of the filament"),
        row(ABOUT, "retention at 400 K", times[400.0], of="retention_400K", within=30.0),
        row(ABOUT, "retention at 300 K", times[300.0], note=note, of="retention", at_least=True),
    ]
