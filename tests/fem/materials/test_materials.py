"""Materials: values keep their units and sources, impossible ones are refused, changes are marked."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import pickle
import re
from pathlib import Path

import pytest

from fem import materials
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.description import from_dict, to_dict
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.materials import (
    MAPBI3,
    SILVER,
    SIO2,
    Arrhenius,
    Datum,
    Material,
    MobileIon,
    Spectrum,
    perovskites,
    spectra,
)
from fem.materials.datum import QUANTITIES
from fem.species import ALL as ALL_SPECIES
from fem.species import IODIDE_VACANCY, IonSpecies, species
from fem.units import TO_SI, eV, nm

ROOT = Path(__file__).resolve().parents[3]


def every_material() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("material", materials.ALL.values(), ids=lambda item: item.name)


def bibliography() -> set[str]:
    return set(re.findall(r"^@\w+\{([^,\s]+),", (ROOT / "references.bib").read_text(), flags=re.MULTILINE))


def all_data() -> list[Datum]:
    data = [getattr(item, name) for item in materials.ALL.values() for name in QUANTITIES]
    ions = [value for value in vars(perovskites).values() if isinstance(value, MobileIon)]
    data += [getattr(ion, field.name) for ion in ions for field in dataclasses.fields(ion)]
    return [datum for datum in data if datum is not None]


# -- the numbers and where they come from ------------------------------------------------------------


def test_every_source_is_in_the_bibliography() -> None:
    tables = [value for value in vars(spectra).values() if isinstance(value, Spectrum)]
    keys = ({datum.source for datum in all_data()} | {table.source for table in tables}) - {"assumed"}
    assert keys
    assert keys <= bibliography()


def test_every_assumed_number_says_why() -> None:
    assert all(datum.note for datum in all_data() if datum.source == "assumed")


def test_every_unit_converts_to_si() -> None:
    assert {unit for quantity in QUANTITIES.values() for unit in quantity.units} <= set(TO_SI)
    assert {datum.unit for datum in all_data()} <= set(TO_SI)


def test_bibliography_has_no_key_twice() -> None:
    keys = re.findall(r"^@\w+\{([^,\s]+),", (ROOT / "references.bib").read_text(), flags=re.MULTILINE)
    assert len(keys) == len(set(keys))


@every_material()
def test_values_are_of_the_right_order(material: Material) -> None:
    """A unit slip moves a value by at least 1e4: each stays within the range that films and bulk span."""
    ranges = {
        "relative_permittivity": (1.0, 200.0),
        "electron_affinity": (0.5 * eV, 7.0 * eV),
        "band_gap": (0.5 * eV, 10.0 * eV),
        "effective_dos_conduction": (1e23, 1e28),
        "effective_dos_valence": (1e23, 1e28),
        "electron_mobility": (1e-10, 0.2),
        "hole_mobility": (1e-10, 0.2),
        "work_function": (2.0 * eV, 7.0 * eV),
        "thermal_conductivity": (0.05, 500.0),
        "volumetric_heat_capacity": (5e5, 5e6),
        "radiative_coefficient": (1e-19, 1e-14),
    }
    for name, (low, high) in ranges.items():
        if material.has(name):
            assert low <= material.si(name, 300.0) <= high, f"{name} of {material.name}"


def test_silicon_has_its_intrinsic_density() -> None:
    assert materials.SILICON.intrinsic_density(300.0) == pytest.approx(1.08e16, rel=0.05)


def test_mapbi3_has_the_intrinsic_density_of_its_source() -> None:
    assert MAPBI3.intrinsic_density(298.0) == pytest.approx(2.9e10, rel=0.01)


@pytest.mark.parametrize(
    ("ion", "diffusivity"),
    [
        (perovskites.VACANCY_IONMONGER, 1.17e-17),
        (perovskites.VACANCY_DRIFTFUSION, 2.6e-16),
        (perovskites.VACANCY_FUTSCHER, 3e-13),
        (perovskites.VACANCY_TRIPLE_CATION, 5e-14),
        (perovskites.SILVER_IN_MAPBI3, 9.6e-13),
    ],
)
def test_ions_diffuse_at_300_kelvin_as_published(ion: MobileIon, diffusivity: float) -> None:
    assert ion.diffusivity_at(300.0) == pytest.approx(diffusivity, rel=0.01)


def test_published_vacancy_pairs_agree_in_conductivity() -> None:
    """Density and diffusivity differ by 1e4, their product by less than 35: a mixed pair would show."""
    pairs = [
        perovskites.VACANCY_IONMONGER,
        perovskites.VACANCY_DRIFTFUSION,
        perovskites.VACANCY_FUTSCHER,
        perovskites.VACANCY_TRIPLE_CATION,
    ]
    products = [ion.mean_density.si() * ion.diffusivity_at(300.0) for ion in pairs]
    assert max(products) / min(products) < 35


def test_metals_keep_wiedemann_franz_within_a_factor_of_two() -> None:
    for metal in (materials.SILVER, materials.GOLD, materials.ALUMINIUM, materials.TUNGSTEN, materials.TIN):
        lorenz = metal.si("thermal_conductivity") / (metal.si("electrical_conductivity") * 300.0)
        assert 0.5 < lorenz / 2.44e-8 < 2


# -- Datum and Arrhenius -----------------------------------------------------------------------------


def test_datum_converts_to_si() -> None:
    assert Datum(2.0, "cm^2/(V s)", "assumed", "test").si() == pytest.approx(2e-4)
    assert Datum(1.5, "eV", "assumed", "test").si() == pytest.approx(1.5 * ELEMENTARY_CHARGE)


def test_arrhenius_slope_is_the_activation_energy() -> None:
    law = Datum(Arrhenius(2.0, 0.4), "cm^2/s", "assumed", "test")
    slope = math.log(law.si(320.0) / law.si(300.0)) / (1 / 320.0 - 1 / 300.0)
    assert -slope * BOLTZMANN / eV == pytest.approx(0.4, rel=1e-12)
    assert law.si(1e12) == pytest.approx(2e-4, rel=1e-6)


def test_a_temperature_law_needs_a_temperature() -> None:
    with pytest.raises(IncompatibleError, match="temperature"):
        perovskites.VACANCY_IONMONGER.diffusivity.si()  # type: ignore[union-attr]


def test_a_temperature_law_takes_the_exponential_of_its_argument() -> None:
    law = Datum(Arrhenius(1.0, 0.4), "m^2/s", "assumed", "test")
    assert law.si(300.0, exp=lambda x: x) == pytest.approx(-0.4 * eV / (BOLTZMANN * 300.0))


def test_an_activation_energy_in_joule_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match="in eV"):
        Arrhenius(1.0, 0.58 * eV)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_datum_is_finite(value: float) -> None:
    with pytest.raises(OutOfRangeError, match="finite"):
        Datum(value, "m", "assumed", "test")


def test_a_datum_without_a_source_is_refused() -> None:
    with pytest.raises(IncompatibleError, match="source"):
        Datum(1.0, "m", "")
    with pytest.raises(IncompatibleError, match="why"):
        Datum(1.0, "m", "assumed")


def test_an_unknown_unit_is_named_with_close_matches() -> None:
    with pytest.raises(UnknownNameError, match="W/\\(m K\\)"):
        Datum(1.0, "W/(mK)", "assumed", "test")


# -- Material ----------------------------------------------------------------------------------------


def test_with_takes_si_floats_and_marks_the_new_material() -> None:
    changed = MAPBI3.with_(electron_affinity=3.9 * eV, relative_permittivity=30)
    assert changed.si("electron_affinity") == pytest.approx(3.9 * eV, rel=1e-15)
    assert str(changed.electron_affinity) == "3.9 eV"
    assert changed.electron_affinity is not None and changed.electron_affinity.source == "assumed"
    assert changed.modified == ("electron_affinity", "relative_permittivity")
    assert changed.name == "MAPbI3*"
    assert MAPBI3.si("relative_permittivity") == 24.1 and MAPBI3.modified == ()


def test_with_twice_marks_once() -> None:
    changed = MAPBI3.with_(relative_permittivity=30.0).with_(relative_permittivity=31.0)
    assert (changed.name, changed.modified) == ("MAPbI3*", ("relative_permittivity",))


def test_with_takes_a_datum_as_it_is() -> None:
    datum = Datum(1.6, "eV", "Yantara2026")
    assert MAPBI3.with_(band_gap=datum).band_gap is datum


def test_with_none_takes_optional_data_away() -> None:
    dark = MAPBI3.with_(electron_lifetime=None, hole_lifetime=None)
    assert not dark.has("electron_lifetime")
    with pytest.raises(IncompatibleError, match="no band_gap"):
        MAPBI3.with_(band_gap=None)


def test_with_gives_a_name_if_asked() -> None:
    assert MAPBI3.with_(name="grain boundary", band_gap=1.5 * eV).name == "grain boundary"


def test_an_unknown_datum_is_named_with_close_matches() -> None:
    with pytest.raises(UnknownNameError, match="'band_gap'"):
        MAPBI3.with_(bandgap=1.5 * eV)
    with pytest.raises(UnknownNameError, match="with_ion"):
        MAPBI3.with_(ion_mobility=1e-14)
    with pytest.raises(UnknownNameError, match="'band_gap'"):
        MAPBI3.si("band_gp")


def test_a_wrong_unit_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match=r"unit of band_gap of MAPbI3\* is 'V'; it must be eV or J"):
        MAPBI3.with_(band_gap=Datum(1.6, "V", "assumed", "test"))


@pytest.mark.parametrize("value", [0.0, -1.0, "5", True])
def test_an_impossible_permittivity_is_refused(value: float) -> None:
    with pytest.raises(OutOfRangeError, match="relative_permittivity"):
        MAPBI3.with_(relative_permittivity=value)


def test_zero_mobility_and_zero_gap_are_allowed() -> None:
    assert MAPBI3.with_(electron_mobility=0.0, band_gap=0.0).si("electron_mobility") == 0.0


def test_a_missing_datum_is_named_with_what_needs_it() -> None:
    with pytest.raises(IncompatibleError, match="material Ag has no band_gap, which Carriers needs"):
        SILVER.require("band_gap", "Carriers")


def test_each_kind_has_what_it_needs() -> None:
    with pytest.raises(IncompatibleError, match="work_function, which every metal needs"):
        Material(name="x", kind="metal")
    with pytest.raises(IncompatibleError, match="relative_permittivity, which every insulator needs"):
        Material(name="x", kind="insulator")
    with pytest.raises(
        IncompatibleError, match=r"electron_affinity, .*hole_mobility, which every semiconductor needs"
    ):
        Material(name="x", kind="semiconductor", relative_permittivity=Datum(3.0, "1", "assumed", "test"))
    with pytest.raises(UnknownNameError, match="'semiconductor'"):
        Material(name="x", kind="semi-conductor")


def test_one_lifetime_alone_is_refused() -> None:
    with pytest.raises(IncompatibleError, match="both carrier lifetimes"):
        MAPBI3.with_(hole_lifetime=None)


@every_material()
def test_a_material_survives_plain_data_pickle_and_copy(material: Material) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(material)))) == material
    assert pickle.loads(pickle.dumps(material)) == material
    assert copy.deepcopy(material) == material
    assert hash(copy.deepcopy(material)) == hash(material)


@every_material()
def test_the_table_shows_every_number_with_its_source(material: Material) -> None:
    text = str(material)
    for name in QUANTITIES:
        datum = getattr(material, name)
        if datum is not None:
            (line,) = [row for row in text.splitlines() if row.startswith(name + " ")]
            assert datum.unit in line and datum.source in line


def test_a_changed_material_says_so_in_its_table() -> None:
    assert "changed: band_gap" in str(MAPBI3.with_(band_gap=1.5 * eV))


def test_a_material_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        MAPBI3.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        MAPBI3.ions["iodide_vacancy"] = perovskites.VACANCY_FUTSCHER  # type: ignore[index]


# -- ions --------------------------------------------------------------------------------------------


def test_an_ion_denser_than_its_sites_is_refused() -> None:
    with pytest.raises(
        OutOfRangeError, match=r"mean density of iodide_vacancy .* below its site density 1.21e\+28"
    ):
        MAPBI3.with_ion("iodide_vacancy", mean_density=2e28)


def test_an_ion_has_a_diffusivity_or_a_mobility_and_not_both() -> None:
    density, mobility = Datum(1e24, "m^-3", "assumed", "test"), Datum(1e-14, "m^2/(V s)", "assumed", "test")
    diffusivity = Datum(1e-16, "m^2/s", "assumed", "test")
    with pytest.raises(IncompatibleError, match="either"):
        MobileIon(mean_density=density)
    with pytest.raises(IncompatibleError, match="either"):
        MobileIon(mean_density=density, mobility=mobility, diffusivity=diffusivity)


def test_mobility_becomes_diffusivity_by_einstein() -> None:
    mobility = Datum(1e-14, "m^2/(V s)", "assumed", "test")
    ion = MobileIon(mean_density=Datum(1e24, "m^-3", "assumed", "test"), mobility=mobility)
    voltage = BOLTZMANN * 350.0 / ELEMENTARY_CHARGE
    assert ion.diffusivity_at(350.0) == pytest.approx(1e-14 * voltage)
    assert ion.diffusivity_at(350.0, charge_number=-2) == pytest.approx(1e-14 * voltage / 2)


def test_with_ion_changes_one_number_and_keeps_the_others() -> None:
    changed = MAPBI3.with_ion("iodide_vacancy", diffusivity=1e-15)
    ion = changed.ions["iodide_vacancy"]
    assert ion.diffusivity_at(300.0) == 1e-15
    assert ion.mean_density == perovskites.VACANCY_IONMONGER.mean_density
    assert changed.modified == ("iodide_vacancy.diffusivity",)


def test_with_ion_replaces_a_diffusivity_by_a_mobility() -> None:
    ion = MAPBI3.with_ion("iodide_vacancy", mobility=1e-14).ions["iodide_vacancy"]
    assert ion.diffusivity is None and ion.mobility is not None


def test_with_ion_takes_a_whole_set_and_a_temperature_law() -> None:
    film = MAPBI3.with_ion("iodide_vacancy", perovskites.VACANCY_FUTSCHER)
    assert film.ions["iodide_vacancy"] == perovskites.VACANCY_FUTSCHER
    law = MAPBI3.with_ion("iodide_vacancy", diffusivity=Arrhenius(1e-8, 0.3)).ions["iodide_vacancy"]
    assert law.diffusivity_at(300.0) < law.diffusivity_at(310.0)


def test_a_new_ion_needs_its_density() -> None:
    with pytest.raises(IncompatibleError, match="mean_density"):
        MAPBI3.with_ion("silver_ion", diffusivity=1e-13)
    film = MAPBI3.with_ion("silver_ion", mean_density=1e20, diffusivity=1e-13)
    assert set(film.ions) == {"iodide_vacancy", "silver_ion"}


def test_missing_ion_data_are_named_with_what_needs_them() -> None:
    with pytest.raises(
        IncompatibleError, match="material SiO2 has no data of iodide_vacancy, which MobileIons"
    ):
        SIO2.ion("iodide_vacancy", "MobileIons")
    with pytest.raises(UnknownNameError, match="iodide_vacancy"):
        MAPBI3.without_ion("iodide_vacncy")
    assert not MAPBI3.without_ion("iodide_vacancy").ions


def test_iodide_sites_follow_from_the_lattice_constant() -> None:
    assert perovskites.IODIDE_SITES_MAPBI3.si() == pytest.approx(3 / (0.628 * nm) ** 3, rel=0.01)


# -- names -------------------------------------------------------------------------------------------


def test_materials_are_found_by_name() -> None:
    assert materials.get("MAPbI3") is MAPBI3
    assert materials.get("MAPBI3") is MAPBI3
    with pytest.raises(UnknownNameError, match="'MAPbI3'"):
        materials.get("MAPI3")


def test_every_material_is_exported() -> None:
    exported = [getattr(materials, name) for name in materials.__all__]
    hidden = [material.name for material in materials.ALL.values() if material not in exported]
    assert not hidden, "to be imported in fem/materials/__init__.py, and listed in its __all__"


def test_species_are_found_by_name_with_their_charge() -> None:
    assert species("iodide_vacancy") is IODIDE_VACANCY
    assert species(IODIDE_VACANCY) is IODIDE_VACANCY
    charges = {name: ion.charge_number for name, ion in ALL_SPECIES.items()}
    assert charges["iodide_vacancy"] == charges["bromide_vacancy"] == charges["silver_ion"] == 1
    assert charges["methylammonium_vacancy"] == charges["iodide_interstitial"] == -1
    with pytest.raises(UnknownNameError, match="'iodide_vacancy'"):
        species("iodine_vacancy")


def test_a_species_has_a_charge() -> None:
    with pytest.raises(OutOfRangeError, match="charge_number"):
        IonSpecies("dipole", 0, "dipole")


def test_every_ion_of_a_material_is_a_known_species() -> None:
    assert {name for item in materials.ALL.values() for name in item.ions} <= set(ALL_SPECIES)
