"""Values of each family of compact models at which it switches, and the protocols under which it does."""

from __future__ import annotations

from studies import CompactModel
from studies.compact.families import known
from studies.compact.families.ends import within
from studies.compact.family import Declared, Family, StateVariable
from studies.protocols.protocol import Protocol
from studies.protocols.shapes import PulseTrain, Sweep
from tests.compact_values import VALUES as ION_SCREENING

#: A family of one's own, with one state and what a loop tells of it.
LEVER = Family(
    name="lever",
    source="a test",
    parameters={
        "G_0": Declared(unit="{S}", meaning="conductance", lower=1e-12, upper=1.0),
        "rise": Declared(unit="1/(V s)", meaning="how fast it grows", lower=1e-6, upper=1e6),
        "m_start": Declared(unit="1", meaning="memory at time 0", lower=0.0, upper=1.0),
    },
    where={"push": "rise*v"},
    states={
        "m": StateVariable(
            rate=within("push", "m"), initial="m_start", unit="1", meaning="memory", lower="0", upper="1"
        )
    },
    current="G_0*(1 + 9*m)*v",
)
VALUES: dict[str, dict[str, float]] = {
    "ion screening": ION_SCREENING,
    "linear drift": {"R_on": 100.0, "R_off": 16e3, "mobility": 160.0, "w_start": 0.1},
    "filament gap": {
        "R_filament": 1e3, "R_contact": 500.0, "g_tunnel": 0.12e-9, "V_tunnel": 0.4, "start": 0.95, "g_field": 1e-9,
        "growth_rate": 3e-11, "lever_set": 0.2, "lever_reset": 0.2, "R_thermal": 5e4,
        "R_thermal_filament": 5e4, "G_leak": 2e-7,
        "polarity": 1.0, "g_max": 1e-9, "barrier": 0.8,
    },
    "threshold (VTEAM)": {
        "R_on": 1e3, "R_off": 1e5, "V_off": 0.5, "V_on": 0.4, "k_off": 2.0, "k_on": 3.0, "a_off": 2.0, "a_on": 3.0,
        "s_start": 0.9, "polarity": -1.0,
    },
    "Yakopcic": {
        "a_1": 0.17e-3, "a_2": 0.17e-3, "b": 0.5, "A_p": 2.0, "A_n": 2.0, "V_p": 0.3, "V_n": 0.35, "alpha_p": 1.0,
        "alpha_n": 5.0, "x_p": 0.3, "x_n": 0.5, "x_start": 0.11, "eta": 1.0,
    },
    "diffusive": {"G_on": 1e-4, "G_off": 1e-8, "V_0": 0.08, "rate": 1e-4, "tau": 0.3, "w_start": 0.0, "barrier": 0.4},
    "rectifying": {
        "I_on": 1e-7, "I_off": 1e-9, "V_f": 0.2, "V_b": 0.8, "backward": 1e-2, "R_series": 2e4, "V_on": 0.5,
        "V_off": 0.6, "k_on": 5.0, "k_off": 5.0, "w_start": 0.05,
    },
    "transistor synapse": {
        "I_specific": 1e-6, "swing": 0.1, "V_threshold": 0.3, "theta": 0.4, "ideality": 1.0, "share": -0.4,
        "tau": 3.0, "V_a": 0.8, "V_rest": 0.0,
        "x_start": 0.0, "drain_voltage": 0.1, "carriers": 1.0,
    },
    "pulse table": {
        "G_min": 1e-6, "G_max": 1e-5, "V_write": 0.4, "pulse_width": 0.05, "x_start": 0.1, "spread": 0.0,
        **{f"up_{k}": u for k, u in enumerate((0.1, 0.07, 0.05, 0.03, 0.02, 0.0))},
        **{f"down_{k}": u for k, u in enumerate((0.0, 0.01, 0.02, 0.04, 0.07, 0.1))},
    },
    "selector": {"G_on": 1e-4, "G_off": 1e-8, "V_th": 0.6, "V_hold": 0.3, "V_width": 0.03, "tau": 0.05},
    "chemical inductor": {
        "g_low": 1e-7, "g_high": 1e-5, "V_T": 0.6, "V_m": 0.05, "tau_0": 3.0, "V_a": 0.3, "C_m": 1e-8, "f_start": 0.0,
    },
}  # fmt: skip
LOOPS: dict[str, Protocol] = {
    "ion screening": Sweep(0, 1, -2, 0, rate=0.1) * 2,
    "linear drift": Sweep(0, 1, -1, 0, rate=4.0) * 2,
    "diffusive": Sweep(0, 1, 0, -1, 0, rate=1.0),
    "selector": Sweep(0, 1, 0, -1, 0, rate=1.0),
    "chemical inductor": Sweep(0, 1, 0, rate=0.5) * 2,
}
LOOP = Sweep(0, 1, -1, 0, rate=0.5) * 2
PULSES: dict[str, Protocol] = {
    "ion screening": PulseTrain(0.9, 1.0, interval=1.0, rise=0.01, count=4),
    "linear drift": PulseTrain(1.0, 0.05, interval=0.05, rise=1e-3, count=4),
}
TRAIN = PulseTrain(0.8, 0.05, interval=0.1, rise=1e-3, count=5)


def model(name: str) -> CompactModel:
    """Return the model of the family ``name``."""
    return CompactModel.from_values(VALUES[name], "A", known(name))


def loop(name: str) -> Protocol:
    """Return the loop of the family ``name``."""
    return LOOPS.get(name, LOOP)


def pulses(name: str) -> Protocol:
    """Return the train of pulses of the family ``name``."""
    return PULSES.get(name, TRAIN)
