"""MAPbI3 in a via under an Au top electrode: a cell with interface-type switching.

Published: a 16 x 16 array of MAPbI3 cells in 250 nm via holes on silicon, Au on top, bipolar switching by iodine
vacancies with V_set about 0.6 V and V_reset about -1.5 V, 200 ns, more than 1e5 s (reviewed by Yantara et al., Chem.
Soc. Rev. 2026, 55, 2145, section 5.3.1). The review ascribes it to filaments and does not say which electrode was
driven. Here the other mechanism that it names for this material is simulated (section 3.2.2): vacancies that move to
the electrodes and so shift the injection barriers. Nothing is fitted to the published figures.
"""

from __future__ import annotations

import math

from fem import materials
from fem.contacts import HeatSink, SchottkyContact
from fem.device.device import Device
from fem.device.state import State
from fem.materials import Material
from fem.physics import Carriers, Heat, MobileIons, Poisson
from fem.solvers.equilibrium import equilibrium
from fem.units import K, V, nm, s
from geometries import CrossbarBlock, Layer, VerticalStack, Via
from studies.devices import PublishedDevice, Reported
from studies.protocols.shapes import Sweep

RADIUS = 125 * nm
FILM = 250 * nm
ELECTRODE = 50 * nm
WALL = 100 * nm
AREA = math.pi * RADIUS**2
TEMPERATURE = 300 * K
#: Relative permittivity that a carrier sees while it crosses the contact (optical frequencies).
IMAGE_FORCE_PERMITTIVITY = 5.5
STACK = VerticalStack(Layer("ITO", ELECTRODE), Layer("film", FILM), Layer("Au", ELECTRODE))
MATERIALS = {"ITO": materials.ITO, "film": materials.MAPBI3, "Au": materials.GOLD, "SiO2": materials.SIO2}

ABOUT = PublishedDevice(
    name="MAPbI3 via cell",
    stack="ITO 50 nm | MAPbI3 250 nm in a SiO2 via of radius 125 nm | Au 50 nm",
    protocol=Sweep(0, 1 * V, -2 * V, 0, rate=0.1 * V / s) * 2,
    read_voltage=0.2 * V,
    reported={
        "V_set": Reported(value=0.6, unit="V", source="Yantara2026"),
        "V_reset": Reported(value=-1.5, unit="V", source="Yantara2026"),
    },
    assumed={
        "bottom electrode": "ITO, 4.7 eV: the review names only Au on top; ITO is the most common one",
        "via": "radius 125 nm: 250 nm is read as the width of the hole and as the thickness of the film",
        "wall": "100 nm of the SiO2 (that is published): as far as the field of one cell matters",
        "polarity": "voltages are those on Au: which electrode was driven is not printed",
        "substrate": "silicon is published, and left out; the block of nine cells stands on 300 nm of SiO2",
        "electrodes": "50 nm each: equipotentials, their thickness matters to heat only",
        "vacancies": "the IonMonger set (1.6e25 1/m^3, 0.58 eV): one consistent set, not one of this film",
        "image force": "permittivity 5.5, the square of a refractive index of 2.3 to 2.4",
        "sweep": "0, 1, -2, 0 V on Au at 0.1 V/s: no rate is given; the range spans both voltages",
        "heat sinks": "both outer electrode faces at 300 K",
    },
)


#: Nine such cells: ITO lines below, gold lines above, films in vias of a SiO2 fill.
BLOCK = CrossbarBlock(
    3,
    3,
    pitch=500 * nm,
    line_width=2 * RADIUS,
    line_thickness=ELECTRODE,
    film_thickness=FILM,
    substrate_thickness=300 * nm,
    cap_thickness=100 * nm,
    margin=1000 * nm,
    patterned_width=2 * RADIUS,
)
BLOCK_MATERIALS = {
    "substrate": MATERIALS["SiO2"],
    "fill": MATERIALS["SiO2"],
    "cap": MATERIALS["SiO2"],
    "bottom_line": MATERIALS["ITO"],
    "top_line": MATERIALS["Au"],
    "film": MATERIALS["film"],
}
SINK = HeatSink(TEMPERATURE)


def device(
    *,
    size: float = 10 * nm,
    interface_size: float = 0.3 * nm,
    lateral_size: float = 25 * nm,
    heat: bool = True,
) -> Device:
    """Return the cell in r and z with its SiO2 wall; ``size``, ``interface_size``, ``lateral_size`` [m]."""
    shape = Via(
        radius=RADIUS, wall_thickness=WALL, wall="SiO2", via_layers=("film",), lateral_size=lateral_size
    )
    drawing = STACK.mesh(size=size, interface_size=interface_size, shape=shape, growth=1.5)
    return _device(drawing, tuple(MATERIALS), heat)


def line(
    *,
    size: float = 10 * nm,
    interface_size: float = 0.3 * nm,
    heat: bool = False,
    film: Material | None = None,
) -> Device:
    """Return the cell as a line of the via's area: no wall, hundreds of steps in a few seconds.

    ``film``: another material in the place of MAPbI3, one whose vacancies have another barrier say.
    """
    drawing = STACK.mesh(size=size, interface_size=interface_size, area=AREA)
    return _device(drawing, STACK.names, heat, film)


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)


def _device(drawing: object, regions: tuple[str, ...], heat: bool, film: Material | None = None) -> Device:
    table = MATERIALS | ({"film": film} if film is not None else {})
    contact = SchottkyContact(image_force_permittivity=IMAGE_FORCE_PERMITTIVITY)
    sink = [HeatSink(TEMPERATURE)] if heat else []
    return Device(
        mesh=drawing,  # type: ignore[arg-type]
        materials={region: table[region] for region in regions},
        physics=[
            Poisson(),
            Carriers(),
            MobileIons("iodide_vacancy"),
            *([Heat(coupled=False)] if heat else []),
        ],
        contacts={"bottom": [contact, *sink], "top": [contact, *sink]},
        temperature=TEMPERATURE,
    )
