"""What experiments are done on: devices, models and functions, and what they refuse to answer."""

from __future__ import annotations

import warnings
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, StepControl, equilibrium
from fem.errors import IncompatibleError, ModelWarning, OutOfRangeError, UnknownNameError
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack
from studies import (
    CompactModel,
    Protocol,
    PulseTrain,
    Read,
    Rest,
    Subject,
    Trace,
    conductance_reads,
    event_energies,
    potentiation_depression,
)
from studies.neuromorphic.schedule import Schedule
from studies.neuromorphic.subject import as_subject
from tests.compact_values import VALUES
from tests.studies.neuromorphic.synapses import linear, resistor

READ = Read(voltage=0.1, duration=1e-3, rise=1e-5, rest=1e-3)


@pytest.fixture(scope="module")
def cell(devices: ModuleType) -> Device:
    """An interface cell in one dimension: vacancies that move to the contacts of a film."""
    film = devices.film(ions={"cation": devices.ion(1e24, diffusivity=1e-12)})
    return Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=1 * nm, growth=1.4),
        materials={"film": film},
        physics=[Poisson(), Carriers(), MobileIons("cation")],
        contacts={"bottom": devices.ohmic(4.1), "top": devices.ohmic(4.6)},
        temperature=300.0,
    )


def model(**other: Any) -> CompactModel:
    return CompactModel.from_values({**VALUES, **other}, "A")


def test_a_resistor_reads_its_conductance_before_and_after_any_pulse() -> None:
    schedule = Schedule(READ)
    schedule.read()
    schedule.write(PulseTrain(1.0, 1e-2, interval=1e-3, rise=1e-4, count=3))
    schedule.read()
    answer = schedule.run(resistor(2e-6))
    assert answer.conductance == pytest.approx([2e-6, 2e-6])
    assert answer.conductance_unit == "S"


def test_a_finite_element_device_is_potentiated_by_pulses(cell: Device) -> None:
    start, control = equilibrium(cell), StepControl(tolerance=2e-2, max_bias_step=0.1)
    train = PulseTrain(0.6, 1e-4, interval=1e-4, rise=1e-5, count=4)
    read = Read(contact="top", voltage=0.3, duration=1e-5, rise=1e-6, rest=1e-4)
    subject = Subject.of_device(start, "top", control=control, area=1e-8)
    found = potentiation_depression(subject, train, None, read)
    course = found.potentiation[0]
    assert found.unit == "S/m^2" and course.shape == (5,) and np.ptp(course) > 1e-3 * course[0]
    assert found.energy is not None and np.isfinite(found.energy.energy_per_area).all()
    assert found.energy.energy == pytest.approx(1e-8 * found.energy.energy_per_area)
    by_pair = potentiation_depression((start, "top"), train, None, read)
    assert by_pair.potentiation[0] == pytest.approx(course, rel=0.05)  # other steps
    with pytest.raises(UnknownNameError, match="tip"):
        Subject.of_device(start, "tip")
    with pytest.raises(IncompatibleError, match=r"contact that is driven too.*bottom, top"):
        as_subject(start)


def test_a_compact_model_answers_as_a_function_of_it_does() -> None:
    train = PulseTrain(0.9, 1e-2, interval=1e-3, rise=1e-3, count=3)
    one = potentiation_depression(model(), train, None, READ)
    two = potentiation_depression(
        lambda p: model().simulate(p, times=np.unique(np.concatenate((p.corners, p.corners[:-1] + 1e-6)))),
        train,
        None,
        READ,
    )
    assert two.potentiation == pytest.approx(one.potentiation, rel=1e-3)


def test_an_experiment_repeats_what_is_wrong_with_the_fit_of_its_model() -> None:
    train = PulseTrain(0.9, 1e-2, interval=1e-3, rise=1e-3, count=3)
    bad = replace(model(), quality={"r_squared": 0.5})
    with pytest.warns(ModelWarning, match=r"model of the experiment: the fit is bad: r_squared is 0\.5"):
        potentiation_depression(bad, train, None, READ)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        potentiation_depression(model(), train, None, READ)


def test_a_current_against_its_voltage_is_no_conductance() -> None:
    def battery(protocol: Any) -> Trace:
        t = np.unique(protocol.corners)
        v = protocol.voltage(t)
        return Trace.from_columns({"time": t, "voltage": v, "current": 1e-6 * v - 1e-6}, {})

    schedule = Schedule(READ)
    schedule.read()
    with pytest.raises(IncompatibleError, match=r"flows against the 0\.1 V"):
        schedule.run(battery)


@pytest.mark.parametrize(
    ("subject", "error", "said"),
    [
        (lambda p: 1.0, IncompatibleError, "must be a Trace"),
        (
            lambda p: Trace.from_columns(
                {"time": [0, p.duration], "voltage": [0, 0], "current": [0, np.nan]}, {}
            ),
            OutOfRangeError,
            "nan",
        ),
        (
            lambda p: Trace.from_columns({"time": [0, 1e-9], "voltage": [0, 0], "current": [0, 0]}, {}),
            IncompatibleError,
            "must reach",
        ),
        (
            lambda p: Trace.from_columns({"time": [0, p.duration], "voltage": [0, 0], "current": [0, 0]}, {}),
            IncompatibleError,
            "no sample in the read",
        ),
        (3.0, IncompatibleError, "the subject is 3.0"),
        (CompactModel, IncompatibleError, "the subject is"),
        (
            Trace.from_columns({"time": [0, 1], "voltage": [0, 0], "current": [0, 0]}, {}),
            IncompatibleError,
            "from_data",
        ),
    ],
)
def test_answers_that_are_none_are_refused(subject: Any, error: type[Exception], said: str) -> None:
    schedule = Schedule(READ)
    schedule.read()
    with pytest.raises(error, match=said):
        schedule.run(subject)


def test_the_energy_of_a_pulse_on_a_resistor_is_that_of_joule() -> None:
    """Of edges a third counts: the mean square of a straight line."""
    train = PulseTrain(1.0, 1e-2, interval=1e-3, rise=3e-3, count=2)
    found = event_energies(resistor(1e-6), train, area=1e-8)
    assert found.energy == pytest.approx([1e-6 * (1e-2 + 2 * 3e-3 / 3)] * 2, rel=1e-3)
    assert found.energy_per_area == pytest.approx(found.energy / 1e-8)
    assert found.plot().get_ylabel() == "Energy [J]" and "J/m^2" in str(found)
    measured = resistor(1e-6)(train)
    assert event_energies(measured, train).energy == pytest.approx(found.energy)
    with pytest.raises(IncompatibleError, match="give the events"):
        event_energies(resistor())


def test_a_density_and_an_area_make_an_energy() -> None:
    def by_area(protocol: Protocol) -> Trace:
        trace = resistor(1e2)(protocol)
        columns = {"time": trace.time, "voltage": trace.voltage, "current_density": trace.current}
        return Trace.from_columns(columns, {})

    train = PulseTrain(1.0, 1e-2, interval=1e-3, rise=1e-6, count=2)
    found = event_energies(Subject.of_function(by_area, area=1e-8), train)
    assert found.energy_per_area == pytest.approx([1.0, 1.0], rel=1e-3)
    assert found.energy == pytest.approx([1e-8, 1e-8], rel=1e-3)
    bare = event_energies(by_area, train)
    assert np.isnan(bare.energy).all() and bare.plot().get_ylabel() == "Energy per area [J/m²]"


def test_the_energy_of_writes_does_not_count_rests_and_reads() -> None:
    schedule = Schedule(READ)
    schedule.read()
    schedule.write(PulseTrain(1.0, 1e-2, interval=1.0, rise=1e-6, count=1))
    schedule.read()
    answer = schedule.run(resistor(1e-6))
    assert answer.energy.energy == pytest.approx([1e-8], rel=1e-3)


def test_reads_of_a_measured_trace_are_found_by_their_voltage() -> None:
    schedule = Schedule(READ)
    schedule.read()
    for _ in range(3):
        schedule.write(PulseTrain(1.0, 1e-2, interval=1e-3, rise=1e-5, count=1))
        schedule.read()
    answer = schedule.run(linear())
    time, conductance = conductance_reads(answer.trace, 0.1)
    assert time == pytest.approx(answer.time) and conductance == pytest.approx(answer.conductance)
    with pytest.raises(IncompatibleError, match="no read at"):
        conductance_reads(answer.trace, 0.4)


def test_a_read_with_other_contacts_is_not_for_a_subject_of_one() -> None:
    with pytest.raises(IncompatibleError, match="write_and_read"):
        Schedule(Read(contact="drain", voltage=0.1, duration=1e-3, rise=1e-5, rest=1e-3, bias={"gate": 1.0}))


def test_a_write_that_does_not_end_at_rest_is_refused() -> None:
    schedule = Schedule(READ)
    schedule.write(Rest(1.0, 0.5))
    schedule.read()
    with pytest.raises(IncompatibleError, match="continuous"):
        schedule.run(linear())


def test_a_trace_without_reads_says_where_its_voltage_goes() -> None:
    swept = Trace.from_columns({"time": [0, 1, 2], "voltage": [0, 1, -0.5], "current": [0, 1e-6, -1e-6]}, {})
    with pytest.raises(IncompatibleError, match=r"no read at 0\.2 V.*from -0\.5 to 1 V"):
        conductance_reads(swept, 0.2)
