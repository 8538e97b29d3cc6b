"""Cells with a conductive filament: what several published devices share.

A film between two electrodes, its vacancies (or silver) as mobile ions, a conductivity that follows them, and
heat: ``Conduction``, ``MobileIons`` and ``Heat`` in one Newton system. The filament that forming has left is put
there as a seed; what SET and RESET then do to it is computed.

Vacancy filaments have two barriers (``path_ions``): along the path on which they formed, and the higher one of the
crystal aside of it. With one barrier for both, a filament that an electron volt or less lets switch at 1 V/s spreads
sideways within a few loops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fem import Device, HeatSink, OhmicContact, State, StepControl, equilibrium, with_ions
from fem.constants import ELEMENTARY_CHARGE, thermal_voltage
from fem.materials import Arrhenius, Datum, Material
from fem.physics import Conduction, Heat, MobileIons, Screening, Term, VacancyConductivity
from geometries import Axisymmetric, FilamentSeed, FilamentSeeds, FineBox, TipElectrode, VerticalStack
from geometries.tip_shapes import Tip


def cell(
    stack: VerticalStack,
    film: str,
    *,
    radius: float,
    fine: float,
    size: float,
    fine_radius: float,
    electrode: str | None = None,
    tip: Tip | None = None,
    growth: float = 1.4,
    dimension: int = 2,
) -> Any:
    """Return the drawing of a round cell of ``radius`` [m] with cells of ``fine`` [m] within ``fine_radius`` [m] of
    its axis across the ``film``, and of ``size`` [m] elsewhere.

    ``tip``: of ``electrode``, the layer below or above the film; None for the planar cell.
    """
    place = stack.names.index(film)
    below, above = stack.faces[place : place + 2]
    side = (0.0,) if dimension == 2 else (-fine_radius, -fine_radius)
    far = (fine_radius,) * (dimension - 1)
    drawn = TipElectrode(
        stack=stack, electrode=electrode or stack.names[place - 1], film=film, tip=tip, width=2 * radius
    )
    box = FineBox(lower=(*side, below), upper=(*far, above), size=fine)
    apex = fine if tip is None else min(fine, tip.apex_size)
    return drawn.mesh(size=size, apex_size=apex, growth=growth, dimension=dimension, refine=[box])


def column(
    stack: VerticalStack,
    *,
    radius: float,
    finest: float,
    axis_size: float,
    size: float,
    growth: float,
    fine_radius: float | None = None,
) -> Any:
    """Return the drawing of a round cell of ``radius`` [m] in right-angled cells, which grow from a filament's.

    ``finest``: at the faces that the ``stack`` leaves open, ``axis_size``: at the axis, ``size``: the largest across
    the film [m]; across the radius a twelfth of it, or 30 nm. Within ``fine_radius`` [m] of the axis all cells are as
    wide as at it; None: the first one only.
    """
    shape = Axisymmetric(
        radius=radius, lateral_size=max(30e-9, radius / 12), axis_size=axis_size, fine_radius=fine_radius
    )
    return stack.mesh(size=size, interface_size=finest, shape=shape, growth=growth)


def conductivity(
    ion: str,
    *,
    poor: Datum,
    rich: Datum,
    density: Datum,
    averaging: Datum | None = None,
    interpolation: str = "linear",
) -> VacancyConductivity:
    """Return the law between ``poor``, at no ions, and ``rich`` [S/m], at ``density`` [1/m³], data with sources.

    ``averaging`` [m]: the length over which carriers average the density that they see; None for none.
    """
    ends = [d.value if isinstance(d.value, Arrhenius) else Arrhenius(d.si(), 0.0) for d in (poor, rich)]
    return VacancyConductivity(
        ion=ion,
        poor=ends[0],
        rich=ends[1],
        density=density.si(),
        interpolation=interpolation,
        averaging_length=0.0 if averaging is None else averaging.si(),
    )


def screening(law: VacancyConductivity, temperature: float = 300.0) -> Screening:
    """Return how a film screens whose filament has one electron for each of its ions.

    Their mobility is then the rich conductivity at ``temperature`` [K] over their charge at the law's ``density``.
    """
    rich = law.largest(thermal_voltage(temperature))
    return Screening(carrier_mobility=rich / (ELEMENTARY_CHARGE * law.density))


def path_ions(ion: str, *, barrier: float, aside: Datum, jump: Datum, region: str = "film") -> MobileIons:
    """Return ions that hop along z over the ``barrier`` [eV] of their diffusivity, and over ``aside`` [eV] across it.

    ``jump`` [m]: of a hop, projected on the field. Carriers of the film come from these ions, and pull them along.
    """
    higher = Arrhenius(1.0, aside.si() / ELEMENTARY_CHARGE - barrier)
    return MobileIons(ion, jump_distance=jump.si(), anisotropy={region: (higher, 1.0)}, ambipolar=True)


def filament_device(
    drawing: Any,
    materials: Mapping[str, Material],
    law: Mapping[str, VacancyConductivity],
    ions: MobileIons,
    *,
    more: Sequence[Term] = (),
    heat: bool = True,
    temperature: float = 300.0,
    sink_resistance: float | None = None,
    screened: Screening | None = None,
) -> Device:
    """Return the device of a drawing with contacts "bottom" and "top", both heat sinks at ``temperature`` [K].

    ``law``: conductivity by region; ``sink_resistance`` [m² K/W]: thermal, of both outer faces; ``screened``: how
    carriers screen the field of the ions, None where these drift in the Fermi level. Without ``heat`` all is at that
    temperature.
    """
    contact = (OhmicContact(), HeatSink(temperature, sink_resistance)) if heat else (OhmicContact(),)
    return Device(
        mesh=drawing,
        materials=materials,
        physics=[Conduction(dict(law), screening=screened), ions, *more, *([Heat()] if heat else [])],
        contacts={"bottom": contact, "top": contact},
        temperature=temperature,
    )


def formed(device: Device, ion: str, seed: FilamentSeed | FilamentSeeds) -> State:
    """Return the state at 0 V with a seed's density of ``ion``: the cell as forming has left it."""
    dimension = device.mesh.dim
    return with_ions(equilibrium(device), ion, lambda x: seed.density(x, dimension))


def step_control(largest_bias_step: float) -> StepControl:
    """Return the step control of SET and RESET, with bias steps of at most ``largest_bias_step`` [V].

    Ions and heat to 3 % of themselves in each step, which moves switching voltages by 0.1 % and resistances by 1 %.
    """
    return StepControl(tolerance=3e-2, max_bias_step=largest_bias_step, resolution=5e-2, growth=3.0)
