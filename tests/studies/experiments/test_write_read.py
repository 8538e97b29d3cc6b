"""Writes and reads: what is applied when, what is read, and bad descriptions."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem import Device, OhmicContact
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.physics import Carriers, MobileIons, OpticalGeneration, Poisson
from fem.transient.timestepping import StepControl
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from studies import (
    Pulse,
    PulseTrain,
    Read,
    Rest,
    Sweep,
    Write,
    program_erase,
    weight_update,
    write_and_read,
    write_pulses,
)


@pytest.fixture(scope="module")
def device(devices: ModuleType, transistors: ModuleType) -> Device:
    """A transistor with ions and light."""
    film = devices.film(ions={"cation": devices.ion(1e23, diffusivity=1e-14)})
    good = OhmicContact(work_function=3.9 * eV)
    return transistors.transistor(
        film,
        MobileIons("cation"),
        OpticalGeneration(1e27),
        depth=1e-5,
        contacts={"source": good, "drain": good},
    )


COARSE = StepControl(max_bias_step=0.1, tolerance=1e-2)
READ = Read(contact="drain", voltage=0.05, duration=1e-4, rise=1e-5, rest=1e-4)


def test_pulses_of_the_gate_move_ions_and_change_the_weight(device: Device) -> None:
    """A negative gate draws cations to it, which stay a while and gather electrons."""
    train = PulseTrain([-1.0] * 3, 1e-3, interval=1e-4, rise=1e-5)
    found = write_pulses(device, train, contact="gate", read=READ, control=COARSE)
    assert found.labels == ("initial", "-1 V", "-1 V", "-1 V")
    assert np.all(np.diff(found.conductance) > 0)
    assert found.conductance_unit == "S" and found.current == pytest.approx(0.05 * found.conductance)
    assert np.unique(found.trace.cycles).tolist() == [0, 1, 2, 3]
    at = np.searchsorted(found.trace.time, found.time)
    assert np.allclose(found.trace.time[at], found.time, rtol=1e-12)
    assert np.allclose(found.trace.voltage[at], 0.05)
    assert np.allclose(found.trace.data["voltage_gate"].values[at], 0.0)
    assert "3 -1 V" in repr(found) and found.plot().get_ylabel() == "Conductance [S]"


def test_light_programs_and_the_gate_erases_in_turn(device: Device) -> None:
    read = Read(
        contact="drain",
        voltage=0.05,
        rise=1e-5,
        rest=1e-5,
        bias={"gate": Sweep(-0.2, 0.7, rate=1e4)},
        threshold_current=1e-8,
    )
    program, erase = Pulse(1.0, 1e-4, rise=1e-5), Pulse(-1.0, 2e-4, rise=1e-5)
    found = program_erase(device, program=program, erase=erase, read=read, control=COARSE)
    assert found.labels == ("initial", "program", "erase")
    assert np.isfinite(found.threshold).all() and np.ptp(found.threshold) < 0.1
    data, time = found.trace.data, found.trace.time
    lit = time[data["light"].values == 1.0]
    erased = time[data["voltage_gate"].values == -1.0]
    assert found.time[0] < lit.min() < lit.max() < found.time[1] < erased.min() < erased.max() < found.time[2]
    assert np.ptp(lit) == pytest.approx(1e-4) and np.ptp(erased) == pytest.approx(2e-4)
    k = np.searchsorted(data["voltage_gate"].values[time <= found.time[0]], found.threshold[0])
    assert found.trace.current[k] == pytest.approx(1e-8, rel=0.2)
    assert found.plot().get_ylabel() == "Threshold voltage [V]"


def test_a_memristor_is_written_and_read_by_the_same_contact(devices: ModuleType) -> None:
    """Pulses of one sign raise its conductance, those of the other lower it, each a little less than the one before."""
    film = devices.film(ions={"cation": devices.ion(1e23, diffusivity=1e-15)})
    device = Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=1 * nm, growth=1.4),
        materials={"film": film},
        physics=[Poisson(), Carriers(), MobileIons("cation")],
        contacts={"bottom": devices.ohmic(4.1), "top": devices.ohmic(4.5)},
        temperature=300.0,
    )
    read = Read(contact="top", voltage=0.2, duration=1e-3, rise=1e-4, rest=1e-3)
    train = PulseTrain([1.0] * 3 + [-1.0] * 3, 1e-2, interval=1e-3, rise=1e-3)
    found = write_pulses(device, train, contact="top", read=read, control=COARSE)
    assert found.trace.voltage.max() == 1.0 and found.trace.voltage.min() == -1.0
    up, down = found.conductance[:4], found.conductance[3:]
    assert np.all(np.diff(up) > 0) and np.all(np.diff(up, 2) < 0)
    assert np.all(np.diff(down) < 0) and np.all(np.diff(down, 2) > 0)
    w = weight_update(up, down, unit=found.conductance_unit)
    assert w.nonlinearity_potentiation > 0 and w.nonlinearity_depression > 0
    assert w.dynamic_range == pytest.approx(max(up) / min(*up, *down)) and "S/m^2" in repr(w)


def test_bad_writes_and_reads_are_refused_before_any_solve(device: Device) -> None:
    pulse = Pulse(1.0, 1e-3, rise=1e-5)
    with pytest.raises(OutOfRangeError, match="number of writes"):
        write_and_read(device, [], READ)
    with pytest.raises(UnknownNameError, match="gat"):
        write_pulses(device, pulse, contact="gat", read=READ)
    with pytest.raises(IncompatibleError, match="must be continuous"):
        write_pulses(device, Pulse(1.0, 1e-3, rise=1e-5, base=0.2), contact="gate", read=READ)
    with pytest.raises(OutOfRangeError, match="must be a Protocol"):
        write_pulses(device, [1.0], contact="gate", read=READ)  # type: ignore[arg-type]
    with pytest.raises(IncompatibleError, match="neither bias nor light"):
        Write(label="nothing")
    with pytest.raises(IncompatibleError, match="light of write 'both' lasts 1 s"):
        Write(label="both", bias={"gate": pulse}, light=Rest(1.0, 0.0))
    with pytest.raises(OutOfRangeError, match="read voltage"):
        Read(contact="drain", voltage=0.0, duration=1.0, rise=1.0, rest=1.0)
    with pytest.raises(OutOfRangeError, match="duration of a read"):
        Read(contact="drain", voltage=1.0, rise=1.0, rest=1.0)
    with pytest.raises(IncompatibleError, match="needs threshold_current"):
        Read(contact="drain", voltage=1.0, rise=1.0, rest=1.0, bias={"gate": pulse})
    with pytest.raises(IncompatibleError, match="both the read voltage and a bias"):
        Read(contact="drain", voltage=1.0, duration=1.0, rise=1.0, rest=1.0, bias={"drain": 1.0})
    with pytest.raises(OutOfRangeError, match="cycles of programming"):
        program_erase(device, program=pulse, erase=pulse, read=READ, cycles=0)
