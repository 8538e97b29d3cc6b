"""A call that makes sense for every public function and description: what a wrong argument is put into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fem import Device, HeatSink, State, equilibrium, save_checkpoint, steady
from fem.materials import Arrhenius
from fem.physics import Carriers, ElectrodeReaction, Heat, MobileIons, OpticalGeneration, Poisson
from fem.units import nm
from geometries import Layer, Planar, VerticalStack
from studies import CompactModel, Pulse, Read, Staircase, Sweep, Trace, Write, iv_sweep, series
from studies.arrays.cell_array import CellArray
from studies.arrays.cells import Cells
from studies.arrays.crosstalk.rising import ThermalNetwork
from studies.arrays.worst_case import resistor
from studies.arrays.writing import WritePulse
from tests import devices, floating, transistors
from tests.compact_values import VALUES
from tests.family_values import model as family_model
from tests.fem.description.examples import NAMED, SEED
from tests.test_wrong_calls import NAMES, PUBLIC

Call = Mapping[str, Any]
READ = Read(contact="top", voltage=0.1, duration=1e-6, rise=1e-7, rest=1e-6)
CONTROL: dict[str, Any] = {"tolerance": 1e-3}


def right_calls(folder: Path) -> dict[str, tuple[Callable[..., Any], Call]]:
    """Return every public callable with arguments that it takes, by name; files are put into ``folder``."""
    known = {**_values(), **_of_traces(), **_of_numbers(), **_of_devices(folder), **_of_other_devices()}
    for name, example in NAMED.items():
        if is_dataclass(example) and name in NAMES:
            known[name] = {f.name: getattr(example, f.name) for f in fields(example) if f.init}
    calls = {name: (PUBLIC[name], known[name]) for name in NAMES if name in known}
    calls["Sweep"] = (partial(Sweep, 0.0, 1.0), {"rate": 1.0})
    calls["Staircase"] = (partial(Staircase, 0.0, 1.0), {"hold": 1.0, "rise": 0.1})
    return calls


def _described() -> dict[str, Any]:
    """Return the arguments of a small device."""
    ions = {"cation": devices.ion(1e23, diffusivity=1e-14)}
    return {
        "mesh": VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=5 * nm),
        "materials": {"film": devices.film(ions=ions)},
        "physics": [Poisson(), Carriers(), MobileIons("cation"), OpticalGeneration(1e26)],
        "contacts": {"bottom": devices.ohmic(4.1), "top": devices.ohmic(5.3)},
        "temperature": 300.0,
    }


def _values() -> dict[str, Call]:
    """Return the arguments of values that hold no device."""
    return {
        "NewtonOptions": {"tolerance": 1e-9, "floor": 1e-3, "ion_floor": 1e-3, "max_iterations": 30, "petsc": {}},
        "StepControl": {"tolerance": 1e-3, "max_bias_step": 0.1, "growth": 2.0, "min_step": 1e-15, "max_step": 1.0},
        "UntilPeriodic": {"tolerance": 1e-3, "cycle_ends": (1.0, 2.0), "cycles": 1},
        "AfterMaximum": {"contact": "top", "fall": 0.5},
        "CurrentAbove": {"contact": "top", "current": 1e-3},
        "CurrentBelow": {"contact": "top", "current": 1e-3},
        "When": {"function": lambda state: 1.0, "meaning": "never"},
        "Frames": {"contact": "top", "count": 10, "every": 0.1},
        "Pulse": {"amplitude": 1.0, "width": 1e-3, "rise": 1e-6, "fall": 1e-6, "base": 0.0},
        "PulseTrain": {"amplitude": 1.0, "width": 1e-3, "interval": 1e-3, "rise": 1e-6, "count": 3, "base": 0.0},
        "Read": {"contact": "top", "voltage": 0.1, "duration": 1e-3, "rise": 1e-6, "rest": 1e-3, "bias": {}},
        "Rest": {"duration": 1.0, "voltage": 0.0},
        "SmallSignalReads": {"contact": "top", "times": (1.0, 2.0), "frequency": 1e3},
        "Snapshots": {"times": {"end": 1.0}},
        "Write": {"label": "one", "bias": {"top": Pulse(0.1, 1e-3, rise=1e-6)}},
        "Crossbar": {"conductances": np.ones((2, 2)), "word_line_resistance": 1.0, "bit_line_resistance": 1.0},
        "Lines": {"word_resistance": 1.0, "bit_resistance": 1.0, "word_driver": 0.0, "word_capacitance": 0.0},
        "Scheme": {"words": 0.5, "bits": 0.5},
        "Drive": {"times": np.array([0.0, 1.0]), "words": np.zeros((2, 2)), "bits": np.zeros((2, 2))},
        "Heating": {"resistance": np.ones((4, 4)), "own": False},
        "Migration": {"state": "w", "shares": np.zeros((3, 3)), "lowest": 0.0, "highest": 1.0},
        "Spread": {"names": ("R_on",), "covariance": np.eye(1), "logarithmic": (True,)},
        "WorstCase": {"low": resistor(1e3), "high": resistor(1e6), "voltage": 0.1, "scheme": "V/2"},
        "WritePulse": {"voltage": 1.0, "width": 1e-3, "rise": 1e-4, "limiter": 0.0},
        **_of_arrays(),
    }  # fmt: skip


def _of_arrays() -> dict[str, Call]:
    """Return the arguments of what is made of cells with states."""
    cells = Cells.of(family_model("linear drift"), (2, 2))
    cell_array = CellArray(cells=cells)
    pulse = WritePulse(voltage=1.0, width=1e-3, rise=1e-4)
    network = ThermalNetwork(cells=("a",), time_constants=np.array([1e-9]), shapes=np.array([[1e3]]))
    start = cell_array.start()
    return {
        "Cells": {"family": cells.family, "values": cells.values},
        "InSeries": {"upper": cells, "lower": cells},
        "CellArray": {"cells": cells, "ambient": 300.0},
        "HeatingInTime": {"network": network, "own": False},
        "Writer": {
            "array": cell_array,
            "set_pulse": pulse,
            "reset_pulse": pulse,
            "scheme": "V/2",
            "tolerance": 1e-4,
        },
        "read_all": {"array": cell_array, "state": start, "voltage": 0.1, "scheme": "grounded", "noise": 0.0},
        "multiply": {
            "array": cell_array,
            "state": start,
            "inputs": [[0.1, 0.1]],
            "read_voltage": 0.1,
            "noise": 0.0,
        },
    }


def _of_traces() -> dict[str, Call]:
    """Return the arguments of what is made of traces and of other results."""
    model = CompactModel.from_values(VALUES, "A")
    loop = model.simulate(Sweep(0, 1, -1, 0, rate=1.0), points_per_segment=60)
    twice = model.simulate(Sweep(0, 1, -1, 0, rate=1.0) * 2, points_per_segment=60)
    seen = {"of": np.array([1.0, 2.0, 4.0]), "V_set": ("of", [1.0, 2.0, 3.0], {"units": "V"})}
    data = xr.Dataset({"V_set": seen["V_set"]}, coords={"of": seen["of"]}, attrs={"parameter": "of"})
    time = np.linspace(0.0, 10.0, 200)
    gate = np.concatenate([np.linspace(0, 2, 40), np.linspace(2, 0, 40)[1:]])
    swept = {"time": np.arange(79.0), "voltage": gate, "current": 1e-6 * np.maximum(gate - 0.5, 1e-3)}
    held = {f.name: getattr(model, f.name) for f in fields(model) if f.init}
    reads: dict[str, Any] = {"trace": loop, "read_voltage": 0.2}
    return {
        "CompactModel": held,
        "Trace": {"data": loop.data},
        "arrhenius": {"temperatures": [300.0, 320.0, 340.0], "times": [1e3, 1e2, 1e1]},
        "decay": {"data": (time, np.exp(-time) + 0.1), "constants": 1, "start": 0.0, "end": 9.0, "unit": "A"},
        "endurance": {"trace": twice, "read_voltage": 0.2, "tolerance": 0.1, "last": 2},
        "filament_switching": {**reads, "cycle": 0, "compliance": 1.0, "window": 0.1, "smallest_ratio": 1.5},
        "fit": {"trace": loop, "fixed": {}, "area": None, "current_floor": 1e-16, "peak_weight": 30.0, "starts": 1},
        "forming": {"trace": _switched(twice.voltage), "read_voltage": 0.1},
        "output": {"trace": loop, "gate": "gate"},
        "plot_series": {"data": data, "figure": "V_set", "ax": None},
        "pulse_switching": {"trace": _stepped(), "cycle": 0, "scale": "log", "smallest_ratio": 1.5},
        "retention": {"trace": _fading(), "programmed": 1e-4, "criterion": 0.5, "toward": 1e-6},
        "retention_time": {"time": time, "conductance": np.exp(-time) + 0.1, "criterion": 0.5, "toward": 0.1},
        "series_trace": {"data": series(lambda v: loop, parameter="of", values=[1.0], unit="V", progress=False),
                         "value": 1.0},
        "switching": {**reads, "cycle": 0, "smallest_ratio": 1.5},
        "transfer": {"trace": Trace.from_columns(swept, {}), "capacitance": 1e-4, "width": 1e-3, "length": 1e-5,
                     "drain_voltage": 0.1, "cycle": 0},
        "trend": {"data": data, "figure": "V_set", "log": None},
        "variability": {"values": [1.0, 2.0, 3.0, 4.0], "quantiles": (0.1, 0.9)},
        "weight_update": {"potentiation": np.linspace(1, 2, 20) ** 0.5, "depression": np.linspace(2, 1, 20) ** 0.5,
                          "unit": "S"},
    }  # fmt: skip


def _made(time: Any, voltage: Any, conductance: Any) -> Trace:
    return Trace.from_columns({"time": time, "voltage": voltage, "current": voltage * conductance}, {})


def _switched(voltage: Any) -> Trace:
    """Return the trace of an abrupt SET at 0.7 V and a RESET at -0.6 V."""
    on = np.zeros(voltage.size, dtype=bool)
    for k in range(1, voltage.size):
        on[k] = (on[k - 1] or voltage[k] > 0.7) and not voltage[k] < -0.6
    return _made(np.arange(float(voltage.size)), voltage, np.where(on, 1e-3, 1e-6))


def _stepped() -> Trace:
    """Return the trace of a pulse in which the conductance rises a thousandfold."""
    pulse = Pulse(2.0, 60e-6, rise=1e-8)
    time = np.unique(np.concatenate((np.linspace(0, pulse.duration, 600), pulse.milestones)))
    return _made(time, pulse.voltage(time), np.where(time > 30e-6, 1e-3, 1e-6))


def _fading() -> Trace:
    """Return the readings at 0.1 V of a conductance that fades within 100 s."""
    time = np.geomspace(1e-3, 1e4, 200)
    return _made(time, np.full(200, 0.1), 1e-3 * np.exp(-time / 100.0) + 1e-6)


def _of_numbers() -> dict[str, Call]:
    """Return the arguments of functions of numbers."""
    states: dict[str, Any] = {"low_resistance_state": 1e3, "high_resistance_state": 1e6, "pull_up": "optimal"}
    return {
        "capture_coefficient": {"cross_section": 1e-20, "thermal_velocity": 1e5},
        "random_seeds": {"seed": SEED, "count": 2, "width": 1e-6, "generator": 1, "spread": 0.1, "spacing": 1e-8},
        "detectivity": {"found": 1.0, "dark_current": 1e-9, "area": 1e-8},
        "external_quantum_efficiency": {"found": 0.3, "wavelength": 5e-7},
        "largest_array": {**states, "unselected_resistance": 1e4, "required_margin": 0.1},
        "read_margin": {**states, "size": 4, "unselected_resistance": 1e4},
        "responsivity": {"light_current": 1e-6, "dark_current": 1e-9, "irradiance": 10.0, "area": 1e-8},
        "retention_reads": {"duration": 100.0, "read_voltage": 0.1, "first_read": 1.0, "rise": 1e-3},
        "show_progress": {"show": None},
        "sneak_resistance": {"low_resistance_state": 1e3, "size": 4},
        "series": {"run": lambda v: {"x": v}, "parameter": "a", "values": [1.0, 2.0], "unit": "V", "workers": 1,
                   "save": None, "time_limit": None, "progress": False},
    }  # fmt: skip


def _of_devices(folder: Path) -> dict[str, Call]:
    """Return the arguments of functions of devices and states."""
    device = Device(**_described())
    rest = equilibrium(device)
    state = steady(device, {"top": 0.1}, start=rest)
    shape = Planar(width=100 * nm, lateral_size=50 * nm)
    stack = VerticalStack(Layer("film", 100 * nm))
    flat = Device(**{**_described(), "mesh": stack.mesh(size=20 * nm, interface_size=20 * nm, shape=shape)})
    pulse = Pulse(0.1, 1e-6, rise=1e-7)
    drive: dict[str, Any] = {"contact": "top", "protocol": pulse, "start": rest}
    cut: dict[str, Any] = {"start": (0.0,), "end": (100 * nm,), "points": 11, "quantity": "potential"}
    seen: dict[str, Any] = {"device": device, "start": rest}
    return {
        "Device": _described(),
        "admittance": {"state": state, "contact": "top", "frequencies": [1.0, 1e3], "frozen_ions": False},
        "apply": {"start": rest, "contacts": {"top": pulse}, "light": 0.0, "frozen_ions": False},
        "current_density": {"state": state, "part": "electron"},
        "electric_field": {"state": state},
        "equilibrium": {"device": device},
        "film": {"states": [equilibrium(flat)] * 2, "trace": iv_sweep(device, **drive), "output": folder / "a.gif",
                 "fields": ("potential",), "rate": 2},
        "impedance": {"state": state, "contact": "top", "frequencies": [1.0, 1e3], "frozen_ions": False},
        "integral": {"state": state, "name": "electron", "region": "film"},
        "integrate": {**seen, "bias": lambda t: {"top": 0.0}, "end": 1e-9, "kinks": (5e-10,), "light": 0.0},
        "iv_sweep": {"device": device, **drive, "bias": {"bottom": 0.0}, "light": 0.0, "voltage_step": 0.05,
                     "sample_times": (5e-7,), "checkpoint": folder / "a.h5", "checkpoint_every": 60.0,
                     "save_partial": folder / "a.nc", "observe": None, "circuit": None, "frozen_ions": False},
        "load_checkpoint": {"device": device, "path": save_checkpoint(state, folder / "b.h5")},
        "potential_cut": {"device": device, "state": state, **cut},
        "plot_potential_cuts": {"states": {"on": state}, **cut},
        "save_checkpoint": {"state": state, "path": folder / "c.h5"},
        "steady": {**seen, "bias": {"top": 0.1}, "light": 0.0, "max_bias_step": 0.1, "frozen_ions": False},
        "with_ions": {"state": rest, "name": "cation", "density": lambda x: 1e23 + 0.0 * x[0]},
        "write_and_read": {**seen, "writes": [Write(label="a", bias={"top": pulse})], "read": READ, "hold": {}},
        "write_pulses": {**seen, "pulses": pulse, "contact": "top", "read": READ, "bias": {}},
        "spectral_response": {"make_device": lambda wavelength: device, "wavelengths": [5e-7], "irradiance": 1.0,
                              "bias": {"top": 0.0}, "contact": "top", "area": None, "light": 1.0},
    }  # fmt: skip


def _of_other_devices() -> dict[str, Call]:
    """Return the arguments of functions of devices with gates or heat."""
    transistor = transistors.transistor(devices.film(), OpticalGeneration(1e26, ("film",)), coarse=6)
    rest = equilibrium(transistor)
    gated = steady(floating.capacitor(), {"top": 0.1})
    read = Read(contact="drain", voltage=0.1, duration=1e-6, rise=1e-7, rest=1e-6)
    pulse = Pulse(1.0, 1e-6, rise=1e-7)
    block = NAMED["CrossbarBlock"]
    parts = ("bottom_line", "top_line", "film", "fill", "substrate", "cap")
    return {
        "floating_charge": {"state": gated, "gate": "gate"},
        "floating_potential": {"state": gated, "gate": "gate"},
        "output_curves": {"device": transistor, "drain_voltages": [0.0, 0.1], "gate_voltages": [0.5], "start": rest,
                          "gate": "gate", "drain": "drain", "source": "source", "rate": None, "light": 0.0},
        "program_erase": {"device": transistor, "program": pulse, "erase": Pulse(-1.0, 1e-6, rise=1e-7),
                          "read": read, "gate": "gate", "cycles": 1, "hold": {}, "start": rest},
        "ion_flow": {"state": _ions_that_cross(), "contact": "top", "ion": "cation"},
        "temperature": {"state": _warm()},
        "thermal_crosstalk": {"block": block, "materials": dict.fromkeys(parts, 1.0), "sink": HeatSink(300.0),
                              "size": 50 * nm, "coarse_size": 200 * nm, "growth": 1.5, "degree": 1},
        "transfer_curve": {"device": transistor, "gate_voltages": [0.0, 0.5], "drain_voltage": 0.1, "start": rest,
                           "gate": "gate", "drain": "drain", "source": "source", "rate": None, "light": 0.0},
    }  # fmt: skip


def _warm() -> State:
    """Return a state of a device whose temperature is known."""
    heat = {"thermal_conductivity": (0.5, "W/(m K)"), "volumetric_heat_capacity": (1e6, "J/(m^3 K)")}
    device = Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=5 * nm),
        materials={"film": devices.film(**heat)},
        physics=[Poisson(), Carriers(), Heat()],
        contacts={"bottom": [devices.ohmic(4.1), HeatSink(300.0)], "top": devices.ohmic(5.3)},
    )
    return steady(device, {"top": 0.1})


def _ions_that_cross() -> State:
    """Return a state of a device whose ions react at the top."""
    reaction = {"exchange_flux": Arrhenius(1e20, 0.3), "transfer_coefficient": 0.5, "reaction_layer": 1 * nm}
    described = _described()
    physics = [*described["physics"], ElectrodeReaction("top", "cation", **reaction, reference_density=1e23)]
    device = Device(**{**described, "physics": physics})
    return steady(device, {"top": 0.1}, frozen_ions=True)
