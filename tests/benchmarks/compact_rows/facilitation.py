"""Facilitation and relaxation by the barrier of the ions alone: barriers in, order out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from fem import State, equilibrium, materials
from fem.materials import Arrhenius
from studies import Pulse, Rest, apply, paired_pulse
from studies.devices import mapbi3_interface_via as via
from tests.benchmarks.table import Row

#: Barriers [eV] of CsPbBr3, MAPbBr3 and FAPbBr3 synapses in the order of their relaxation and facilitation, and of the
#: dimer and the layered polymorph of Cs3Sb2I9 (Yantara et al., Chem. Soc. Rev. 55, 2145, 2026).
BROMIDES = {"Cs 0.32 eV": 0.32, "MA 0.56 eV": 0.56, "FA 0.61 eV": 0.61}
POLYMORPHS = {"dimer 0.47 eV": 0.47, "layered 0.57 eV": 0.57}
#: Widths of the pulses and of the rest between them [s], none of which is printed, and their height [V]. Ions that take
#: much longer than a pulse to move are facilitated less than those that follow it: no order holds for all widths.
WIDTHS, AMPLITUDE = (1.0, 10.0), 0.8


def with_barrier(barrier: float) -> State:
    """Return the interface cell at rest with this barrier [eV] of its vacancies, all else as it is."""
    vacancy = materials.MAPBI3.ions["iodide_vacancy"]
    known = vacancy.diffusivity
    assert known is not None
    moved = replace(vacancy, diffusivity=replace(known, value=Arrhenius(known.value.prefactor, barrier)))
    return equilibrium(via.line(film=materials.MAPBI3.with_ion("iodide_vacancy", moved)))


def relaxation_time(begin: State) -> float:
    """Return the time [s] in which the current at a small voltage relaxes to 1/e after a pulse."""
    longest = 3e4
    run = apply(begin, {"top": Pulse(AMPLITUDE, 300.0, rise=0.01) + Rest(longest, 0.0)})
    time, state = run.trace.time, run.trace
    since = time >= 300.02
    moved = np.abs(np.cumsum(np.concatenate(([0.0], np.diff(time) * state.current[1:])))[since])
    left = np.abs(moved - moved[-1])
    return float(np.interp(-left[0] / np.e, -left, time[since] - time[since][0]))


def rows() -> Iterator[Row]:
    """Yield the orders of relaxation times and of facilitation."""
    for what, barriers in (("bromides", BROMIDES), ("Cs3Sb2I9", POLYMORPHS)):
        states = {name: with_barrier(e) for name, e in barriers.items()}
        times = {name: relaxation_time(state) for name, state in states.items()}
        yield _ordered(f"{what}: relaxation time", times, "s")
        for width in WIDTHS:
            pulse = Pulse(AMPLITUDE, width, rise=0.01)
            index = {
                name: float(paired_pulse((state, "top"), pulse, [width], progress=False).index[0])
                for name, state in states.items()
            }
            yield _ordered(f"{what}: facilitation, pulses of {width:g} s", index, "%")


def _ordered(figure: str, found: dict[str, float], unit: str) -> Row:
    values = list(found.values())
    measured = ", ".join(f"{name} {value:.3g} {unit}" for name, value in found.items())
    return Row(figure, "rises with the barrier", measured, met=bool(np.all(np.diff(values) > 0)))
