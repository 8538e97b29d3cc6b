"""Ag | PMMA | (PrPyr)PbI3 | PEDOT:PSS | ITO: filaments in a film of one-dimensional lead-iodide chains.

Published (S. K. Vishwanath, B. Febriansyah, S. E. Ng et al., Mater. Horiz. 11, 2643, 2024): dots of 100 x 100 um^2 and
a 16 x 16 crossbar with Ag lines on PET, forming-free and bipolar; with Au in place of Ag the same. Iodide vacancies go
to the bottom electrode under a positive top one and make filaments; RESET fills some of them.

What the printed numbers say of each other (``studies.comparisons.prpyrpbi3``). The film is about 200 nm, but the
printed mean fields and voltages make it 160 nm. 383 Ohm and 0.37 mA are not both of 0.1 V. 383 Ohm are those of the
retention, at a temperature that is not printed. Both retention times of the low resistance, 1200 s at 363 K and 60 s
at 400 K, ask for 1.01 eV and not for the 0.18 eV that are printed. 0.5 nF is 140 times the capacitance of a dot. 1.2
V for 10 ms is a whole SET in the endurance and analog in the window of pulses. The currents of both states come
without a voltage; 0.1 V is that of the endurance and of the retention.

One filament of 383 Ohm would melt at -1.21 V; hundreds or thousands in parallel, each of a nanometre's radius, do
not. N and their radius are one number: N r^2 = 1.6e-14 m^2 of the rich conductivity is 153 Ohm, to which ends,
PEDOT:PSS and ballast add. PEDOT:PSS carries them at 1e3 S/m and more only. So ``drawing`` is of one filament in r and
z, and what is its share of the dot is not drawn. PMMA is left out: 20 nm of it have to be pierced, and a plug of
silver of the filament's radius has 20 Ohm, of 1e5 to 1e6, and is as cold as the cap; only the film beside the plug,
which PMMA would keep warmer there, is drawn too cold. ITO is left out, too: 10 Ohm/square spread with some 10 Ohm,
and its upper face stands for all that is below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fem import Circuit, Device, Leakage, State, equilibrium, with_ions
from fem.errors.checking import quantity, whole
from fem.materials import Arrhenius, Datum
from fem.physics import MobileIons, Screening
from fem.units import eV, nm
from geometries import Axisymmetric, Layer, VerticalStack
from studies.devices import PublishedDevice, Reported
from studies.devices.shared import prpyrpbi3_data as data
from studies.devices.shared.filament import conductivity, filament_device
from studies.devices.shared.filament_cycles import Cycle, cycle
from studies.protocols.shapes import Sweep

PARTS = ("end", "film")  #: regions of the film
_OF_PULSES = ("set_pulse", "reset_pulse")
_OF_CURRENTS = ("LRS_current", "HRS_current_rigid", "LRS_current_rigid", "on_off_ratio_rigid")
_OF_RIGID = ("V_set_rigid", "V_reset_rigid")
_OF_FILMS = ("on_off_ratio_BnzPyr", "on_off_ratio_MAPbI3")
_OF_OTHERS = tuple(
    name
    for name in data.PRINTED
    if name.endswith("series") or (name.startswith(("HRS_current_", "crossbar")) and "ratio" not in name)
)

ABOUT = PublishedDevice(
    name="(PrPyr)PbI3 dot",
    stack="ITO | PEDOT:PSS 50 nm | (PrPyr)PbI3 200 nm | PMMA 20 nm | Ag 100 nm, 100 x 100 um^2",
    protocol=Sweep(0, data.LARGEST, 0, -data.LARGEST, 0, rate=1.0),
    read_voltage=data.READ,
    reported={
        name: Reported(value=x, unit=unit, source="Vishwanath2024")
        for name, (x, unit) in data.PRINTED.items()
    },
    assumed={
        "film": "200 nm as printed; the printed fields make it 160 nm",
        "sweep": "1 V/s: printed are steps of 20 mV, without their time",
        "read voltage": "0.1 V, that of endurance and retention: none is printed with the currents",
        "filaments": "of 2.3 nm, all alike; the compliance of each is 1 mA over their number",
        "ballast": "20 Ohm beside PEDOT:PSS: ITO of 10 Ohm/square, and leads",
        "first gap": "0.7 nm: the first cycle begins with it, the second is the one that counts",
        "carriers": "as many as vacancies, which they pull along (ambipolar) and whose field they screen",
        "cell": "150 nm around one filament, its side lets no heat through",
        "PEDOT:PSS": "1e3 S/m: no grade is printed",
        "PMMA": "pierced by the filaments, left out",
        "ITO": "left out; the lower face of PEDOT:PSS is at 0 V and 300 K",
        "barriers": "two, across the film and out of a filament: no single one gives both V_set and the retention",
        "vacancies": "density, prefactor and sites of other materials: none of (PrPyr)PbI3 was read",
        "temperature": "300 K where none is printed",
    },
    calibrated={
        "leak of the dot": "29 MOhm, the printed OFF current at 0.1 V",
        "number of filaments": "3000, the low resistance of 383 Ohm within 15 %",
        "barrier across the film": "0.765 eV, V_set = 0.96 V at 1 V/s within 10 %",
        "barrier out of the filament": "half of the conductance is lost in 1200 s at 363 K",
    },
    not_compared={
        **dict.fromkeys(
            _OF_CURRENTS, "printed without a voltage, or of the rigid dots, whose cell is the same here"
        ),
        **dict.fromkeys(_OF_RIGID, "no parameter tells both dots apart: within a fifth of those compared"),
        **dict.fromkeys(
            _OF_FILMS, "their printed OFF currents over the low resistance here, by arithmetic: 340 and 40"
        ),
        **dict.fromkeys(_OF_PULSES, "what the pulses are, whose times are compared"),
        **dict.fromkeys(_OF_OTHERS, "of another film, an array or a series: not of this dot"),
        "network_accuracy": "of a network, not of a dot",
        "cycles": "nothing wears out here",
        "retention_rigid": "at a temperature that is not printed, and less than that of the flexible dots",
        "NEB_barrier": "calculated there; with it a film of 200 nm remembers nothing",
        "HRS_slope_low": "of an ohmic film, by its law",
        "HRS_slope_high": "space charge: the film of a filament cell is ohmic",
    },
)


def drawing(
    *,
    film: float = data.FILM,
    filament: float = data.NARROW.si(),
    fine: float = 0.2 * nm,
    radial: float | None = None,
    size: float = 20 * nm,
    growth: float = 1.4,
) -> Any:
    """Return the drawing of the cell around one filament in r and z: PEDOT, end and film, Ag.

    Cells are ``fine`` high all over the lowest 3 nm of the ``film``, its "end" where a gap opens, and at most twice the
    length of its conductivity elsewhere at its faces; they grow by ``growth`` up to ``size``. They are ``radial`` wide
    within 2.5 radii of the ``filament``, a sixth of it if None, and grow beyond [m].
    """
    stack = VerticalStack(
        Layer("PEDOT", data.PEDOT, interface_size=max(fine, 1 * nm)),
        Layer("end", data.END, size=fine, interface_size=fine),
        Layer("film", film - data.END, interface_size=0.2 * nm),
        Layer("Ag", data.CAP, size=25 * nm, interface_size=25 * nm),
    )
    width = filament / 6 if radial is None else radial
    shape = Axisymmetric(
        radius=data.RADIUS, lateral_size=30 * nm, axis_size=width, fine_radius=2.5 * filament
    )
    return stack.mesh(size=size, interface_size=fine, shape=shape, growth=growth)


def device(
    *,
    fine: float = 0.2 * nm,
    barrier: float = data.ALONG.si() / eV,
    across: float = data.ACROSS.si() / eV,
    temperature: float = data.TEMPERATURE,
    film: float = data.FILM,
) -> Device:
    """Return the cell around one filament; ``fine``, ``film``: sizes of ``drawing`` [m].

    ``barrier`` across the film and ``across``, that out of the filament [eV]; ``temperature`` ambient [K].
    """
    motion = Datum(
        Arrhenius(data.PREFACTOR, barrier), "m^2/s", "Courtier2019", "prefactor; barrier from V_set"
    )
    law = conductivity(
        data.ION,
        poor=data.POOR,
        rich=data.RICH,
        density=Datum(data.PLUG.si() * data.FILAMENT.si(), "m^-3", "assumed", data.PLUG.note),
        averaging=data.AVERAGING,
    )
    ions = MobileIons(
        data.ION,
        jump_distance=data.JUMP.si(),
        anisotropy=dict.fromkeys(PARTS, (Arrhenius(1.0, across - barrier), 1.0)),
        ambipolar=True,
    )
    material = data.PRPYRPBI3.with_ion(data.ION, replace(data.VACANCIES, diffusivity=motion))
    return filament_device(
        drawing(film=film, fine=fine),
        data.MATERIALS | dict.fromkeys(PARTS, material),
        dict.fromkeys(PARTS, law),
        ions,
        temperature=temperature,
        screened=Screening(carrier_mobility=data.MOBILITY.si()),
    )


def start(cell: Device, *, gap: float = data.FIRST_GAP, film: float = data.FILM) -> State:
    """Return the cell with a filament through the ``film`` [m] but for a ``gap`` [m] at PEDOT:PSS.

    The first V_set is that of the gap; from the second cycle on it is that of the RESET before.
    """
    quantity(0.0, film, "m")("gap of a filament in the film", gap)
    full, bare, edge = data.FULL.si() * data.FILAMENT.si(), data.VACANCIES.mean_density.si(), 0.25 * nm

    def density(x: Any) -> Any:
        beside, below = x[0] - data.NARROW.si(), data.PEDOT + gap - x[1]
        inside = 0.25 * (1 - np.tanh(beside / edge)) * (1 - np.tanh(below / edge))
        return bare + (full - bare) * inside * (x[1] <= data.PEDOT + film)

    return with_ions(equilibrium(cell), data.ION, density)


def circuit(compliance: float | None = data.COMPLIANCE) -> Circuit:
    """Return what lies around a filament: the others, leak and ballast of the dot, the ``compliance`` of SET [A]."""
    return Circuit(
        series_resistance=data.BALLAST.si(),
        compliance=None if compliance is None else (None, compliance),
        parallel=round(data.FILAMENTS.si()),
        leakage=Leakage(conductance=1 / data.LEAK.si()),
    )


def cycles(
    begin: State,
    count: int,
    *,
    rate: float = 1.0,
    observe: Callable[[State], None] | None = None,
    sample_times: Sequence[float] = (),
) -> list[Cycle]:
    """Return so many cycles 0, 1.5, 0, -1.5, 0 V of the dot at ``rate`` [V/s], one after the other.

    ``observe`` sees the states of each, which lands on its ``sample_times`` [s], too.
    """
    found: list[Cycle] = []
    quantity(1e-9, 1e12, "V/s")("rate of a cycle", rate)
    for _ in range(whole(1)("number of cycles", count)):
        found.append(
            cycle(
                found[-1].off if found else begin,
                set_to=data.LARGEST,
                reset=-data.LARGEST,
                rate=rate,
                circuit=circuit(),
                read_voltage=data.READ,
                observe=observe,
                sample_times=sample_times,
            )
        )
    return found
