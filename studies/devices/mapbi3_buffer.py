"""Au | MAPbI3 | FTO with a buffer: by how much TiO2 or PMMA lowers the current of the OFF state.

Published: on/off of Au/MAPbI3/FTO is 11.13, with TiO2 on the FTO 1530.71 (Lee et al., ACS Appl. Mater. Interfaces 13,
27209, 2021); with compact TiO2 the OFF current is four to five decades lower and the ON current largely the same (Yan
et al., J. Mater. Chem. C 4, 1375, 2016); PMMA under Ag on MAPbI3/Mo brings on/off to 1e6 (Yuan et al., EDSSC 2017); all
as in Yantara 2026. Thicknesses, currents and the voltage of the reading are not given there.

Simulated is the OFF state: an undoped film between both metals, whose vacancies lie evenly and are balanced. Holes from
gold carry it; TiO2, whose valence band lies 1.8 eV deeper, stops them at its face, and electrons are left. PMMA lies
between film and gold (``Interlayer``): carriers tunnel through it from both Fermi levels, and its conductivity leaks.

Calibrated are two numbers: the ON current, that makes on/off 11.13 without a buffer, and the voltage of the reading,
which was chosen after a look at three of them. The ON current is kept with a buffer: published for TiO2; through 20 nm
of PMMA no carrier gets by tunnelling, so that a filament has to pierce it.

Found: at 0.5 V TiO2 lowers the OFF current 74 times, where 138 times make 1530.71 of 11.13; at 0.2 V 14 times, and at
1 V it raises it 35 times, for it gives electrons more easily than FTO. So 1530.71 is not predicted, and none of the
three gives Yan's four to five decades. PMMA that is closed takes off two decades with 2 nm and five with 3 nm, from
where on its leakage is what flows; 20 nm of it leave 5e-7 of the current of the bare film, on/off 2e7.

Not predicted: the ON current, switching and its direction, what buffers do to the growth of a film and to silver.
"""

from __future__ import annotations

from functools import cache

from fem import Device, GateContact, OhmicContact, SchottkyContact, State, equilibrium, materials, steady
from fem.errors import UnknownNameError
from fem.materials import Datum
from fem.physics import BarrierTunnelling, Carriers, Interlayer, InterlayerLeakage, Poisson
from fem.units import V, nm
from geometries import Layer, VerticalStack
from studies.devices import PublishedDevice, Reported
from studies.protocols.shapes import Sweep

KINDS = ("bare", "TiO2", "PMMA")
FILM, OXIDE, POLYMER = 300 * nm, 30 * nm, 20 * nm
READ = 0.5 * V
AFFINITY = Datum(3.93, "eV", "assumed", "levels of films by photoemission: -3.93 and -5.43 eV")
BAND_GAP = Datum(
    1.5, "eV", "assumed", "that of the levels: holes see 0.33 eV at gold, electrons 0.47 eV at FTO"
)
LEAK = Datum(1e-13, "S/m", "PolymerHandbook", "an upper bound, of bulk")

ABOUT = PublishedDevice(
    name="MAPbI3 on a buffer",
    stack="Au | MAPbI3 300 nm | TiO2 30 nm, or none | FTO; or Au | PMMA | MAPbI3 | FTO",
    protocol=Sweep(0, READ, 0, rate=0.1),
    read_voltage=READ,
    reported={
        "on/off": Reported(value=11.13, unit="1", source="LeeS2021"),
        "on/off with TiO2": Reported(value=1530.71, unit="1", source="LeeS2021"),
        "OFF drop, smallest": Reported(value=1e4, unit="1", source="Yan2016"),
        "OFF drop, largest": Reported(value=1e5, unit="1", source="Yan2016"),
        "on/off with PMMA": Reported(value=1e6, unit="1", source="Yuan2017"),
    },
    assumed={
        "film": "300 nm: not given; undoped, in which vacancies lie evenly, balanced and at rest",
        "TiO2": "30 nm, compact, ohmic on FTO: not given",
        "PMMA": "20 nm, as of other cells that are spun: not given; closed, between film and gold",
        "metals": "Au and FTO for all three, where Yuan has Ag and Mo",
        "ON with a buffer": "as without: published for TiO2, by a filament that pierces PMMA",
    },
    calibrated={
        "ON current": "11.13 times the OFF current without a buffer, at 0.5 V",
        "reading": "0.5 V at gold, not given: of 0.2, 0.5 and 1 V that with the on/off nearest to 1530.71",
    },
)


def device(kind: str = "bare", thickness: float | None = None) -> Device:
    """Return the cell with a buffer of one of ``KINDS`` and of a ``thickness`` [m]; "bottom" is FTO, "top" Au.

    Currents in A/m^2. Raises UnknownNameError.
    """
    if kind not in KINDS:
        raise UnknownNameError("buffer", kind, KINDS)
    thickness = thickness or (POLYMER if kind == "PMMA" else OXIDE)
    film = materials.MAPBI3.with_(electron_affinity=AFFINITY, band_gap=BAND_GAP)
    layers, given = [Layer("film", FILM)], {"film": film}
    layers = [Layer("TiO2", thickness), *layers] if kind == "TiO2" else layers
    layers = [*layers, Layer("PMMA", thickness)] if kind == "PMMA" else layers
    given |= {"TiO2": materials.TIO2} if kind == "TiO2" else {}
    given |= {"PMMA": materials.PMMA.with_(electrical_conductivity=LEAK)} if kind == "PMMA" else {}
    ways = (BarrierTunnelling(), InterlayerLeakage()) if thickness < POLYMER else (InterlayerLeakage(),)
    across = Interlayer(contact="top", across="PMMA", into="film", crossings=ways)
    gold = materials.GOLD.si("work_function")
    glass = SchottkyContact(work_function=materials.FTO.si("work_function"))
    return Device(
        mesh=VerticalStack(*layers).mesh(size=10 * nm, interface_size=0.5 * nm, growth=1.4),
        materials=given,
        physics=[Poisson(), Carriers(), *([across] if kind == "PMMA" else [])],
        contacts={
            "bottom": OhmicContact() if kind == "TiO2" else glass,
            "top": GateContact(work_function=gold) if kind == "PMMA" else SchottkyContact(work_function=gold),
        },
        temperature=300.0,
    )


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)


@cache
def off_current(kind: str = "bare", thickness: float | None = None, volts: float = READ) -> float:
    """Return the current of the OFF state at ``volts`` on gold [A/m^2]."""
    return steady(device(kind, thickness), {"top": volts}).current("top")


def drop(kind: str, thickness: float | None = None, volts: float = READ) -> float:
    """Return how many times a buffer lowers the OFF current."""
    return off_current("bare", None, volts) / off_current(kind, thickness, volts)


def on_off(kind: str, thickness: float | None = None) -> float:
    """Return on/off with the ON current that is calibrated without a buffer."""
    return ABOUT.reported["on/off"].value * drop(kind, thickness)
