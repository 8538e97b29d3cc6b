"""Networks that learn on digits with a device in them, reservoirs, neurons: what they reach, and how fast.

The digits are scikit-learn's: no accuracy here is to be compared with one on MNIST, which published figures are of.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import numpy as np

from studies import CompactModel, Protocol, Pulse, Sweep, Trace, fit
from studies.arrays.learning.accuracy import Accuracy, Learner, accuracy_study
from studies.arrays.learning.neuron import Neuron
from studies.arrays.learning.nociceptor import Nociceptor, stimuli
from studies.arrays.learning.readout import ReadLines
from studies.arrays.learning.reservoir import Stream, reservoir_accuracy, reservoir_states
from studies.arrays.learning.spiking import Spiking, spiking
from studies.arrays.learning.synapse import Synapse
from studies.arrays.learning.training import Training
from tests.benchmarks.table import Row, at_most
from tests.volatile_values import receptor, reservoir, switch

SEEDS, PROCESSES = 10, 2
CELLS = Synapse.ideal(1e-6, 1e-4, pulses=256)
ONE_LAYER = {
    "nonlinearity": [0, 1, 2, 4, 6],
    "device_spread": [0, 0.1, 0.3, 0.5],
    "cycle_spread": [0, 0.003, 0.01, 0.03],
    "line_resistance": [0, 1, 10, 30],
}
#: A device of ten times its resistance, for pulses of 0.8 V and 20 ms; assumed.
VTEAM = {
    "R_on": 1e4, "R_off": 1e5, "V_off": 0.5, "V_on": 0.5, "k_off": 1.0, "k_on": 1.0, "a_off": 2.0, "a_on": 2.0,
    "s_start": 1.0, "polarity": -1.0,
}  # fmt: skip
HIDDEN = [8, 16, 32, 64]
SPREADS = (0.0, 0.1, 0.2, 0.3)  # of cells under the spiking network
SPIKING_CELLS = Synapse.of_nonlinearity(1e-6, 1e-4, pulses=30, up=4.0)


def rows() -> Iterator[Row]:
    """Yield all rows of learning."""
    yield from accuracies()
    yield from fitted()
    yield from spikes()
    yield from volatile()
    yield from circuits()


def accuracies() -> Iterator[Row]:
    """Yield accuracies of one and of two layers, what ideal cells lose, and the time that all of it takes."""
    begin = monotonic()
    one = accuracy_study(Learner(synapse=CELLS), ONE_LAYER, seeds=SEEDS, processes=PROCESSES, progress=False)
    two = accuracy_study(
        Learner(synapse=CELLS, training=Training(hidden=32)), {"hidden": HIDDEN, "nonlinearity": [0, 3, 6]},
        seeds=SEEDS, processes=PROCESSES, progress=False,
    )  # fmt: skip
    wide = Learner(synapse=CELLS, lines=ReadLines(word=1.0, bit=1.0))
    sizes = accuracy_study(wide, {"hidden": HIDDEN[:3]}, seeds=SEEDS, processes=PROCESSES, progress=False)
    took = monotonic() - begin
    for name, found in (("perceptron", one["nonlinearity"]), ("two layers of 32", two["nonlinearity"])):
        for way in ("transferred", "in_situ"):
            lost, error = (float(x[0]) for x in found.lost(way))
            figure = f"digits, ideal cells, {name}: {way}"
            yield Row(
                figure,
                "within 1 % of the software",
                f"{100 * lost:+.2f} ± {100 * error:.2f} %",
                abs(lost) < 0.01,
            )
    for found in one.values():
        yield from _table("perceptron", found)
    for found in two.values():
        yield from _table("two layers", found)
    for found in sizes.values():
        yield from _table("two layers, lines of 1 Ohm", found)
    yield at_most("digits: the whole study, two processes", 300.0, took, "s")


def _table(name: str, found: Accuracy) -> Iterator[Row]:
    """Yield a row for each value: software, transferred and in situ."""
    for k, value in enumerate(found.values):
        ways = (getattr(found, w)[k] for w in ("software", "transferred", "in_situ"))
        texts = [f"{100 * a.mean():.1f} ± {100 * a.std(ddof=1) / np.sqrt(a.size):.1f}" for a in ways]
        figure = f"{name}, {found.variable} {value:g}"
        yield Row(
            figure, "error bars from ten seeds", ", ".join(texts) + " %", found.software.shape[1] == SEEDS
        )


def fitted() -> Iterator[Row]:
    """Yield what networks reach with a device fitted to a noisy loop, its spread drawn from the fit's covariance."""
    true = CompactModel.from_values(VTEAM, "A", "threshold (VTEAM)")
    trace = true.simulate(Sweep(0, 1, -1, 0, rate=0.05) * 2, points_per_segment=60)
    noise = 1 + 0.03 * np.random.default_rng(0).standard_normal(trace.time.size)
    columns = {"time": trace.time, "voltage": trace.voltage, "current": trace.current * noise}
    model = fit(Trace.from_columns(columns, {}), family="threshold (VTEAM)", progress=False)
    up, down = (Pulse(volts, 20e-3, rise=1e-3) for volts in (0.8, -0.8))
    cell = Synapse.of_model(model, up, down, read_voltage=0.1, pulses=100, devices=20).with_(read_noise=0.01)
    learner = Learner(synapse=cell, lines=ReadLines(word=1.0, bit=1.0))
    yield from _table(
        "fitted device, 1 Ohm",
        accuracy_study(learner, {"hidden": [0, 32]}, seeds=SEEDS, processes=PROCESSES)["hidden"],
    )


def spikes() -> Iterator[Row]:
    """Yield the accuracy of the spiking network against the spread of its cells."""
    begin = monotonic()
    base = None
    for spread in SPREADS:
        found = spiking(SPIKING_CELLS.with_(device_spread=spread), Spiking(), seeds=SEEDS).accuracy
        mean, error = 100 * found.mean(), 100 * found.std(ddof=1) / np.sqrt(SEEDS)
        base = mean if base is None else base
        told = f"{mean:.1f} ± {error:.1f} % ({mean - base:+.1f})"
        yield Row(
            f"spikes, 100 neurons, device_spread {spread:g}",
            "reported (MNIST: -1.2 to -1.6 %)",
            told,
            met=True,
        )
    yield Row(
        f"spikes: {len(SPREADS)} spreads, ten seeds", "reported", f"{monotonic() - begin:.0f} s", met=True
    )


def volatile() -> Iterator[Row]:
    """Yield the states of streams of four bits, and the digits that they tell."""
    stream = Stream(amplitude=1.8, width=2e-3, interval=2e-3, read_voltage=0.1)
    states = reservoir_states(reservoir(), stream, spread=0.025)
    figure = "reservoir: states of 4 bits at a spread of 2.5 %"
    yield Row(
        figure, "16 (calibrated; 2 + 2 ms)", f"{states.distinguishable()}", states.distinguishable() == 16
    )
    found = reservoir_accuracy(states, seeds=SEEDS, device_spread=0.025, cycle_spread=0.025)
    ways = (found.reservoir, found.counts, found.pixels)
    texts = [f"{100 * a.mean():.1f} ± {100 * a.std(ddof=1) / np.sqrt(SEEDS):.1f}" for a in ways]
    yield Row("reservoir, digits: states, counts, pixels", "reported", ", ".join(texts) + " %", met=True)


def circuits() -> Iterator[Row]:
    """Yield neuron and nociceptor beside ngspice, and the marks of the nociceptor."""
    neuron = Neuron(switch=switch(), capacitance=1e-9, leak=1e7)
    drive = Protocol.from_points([0, 1e-4, 0.02], [0, 2e-7, 2e-7])
    ours, theirs = neuron.run(drive).spikes, neuron.run_ngspice(drive).spikes
    off = float(np.abs(ours / theirs - 1).max()) if ours.size == theirs.size else float("nan")
    yield at_most(f"neuron: times of {ours.size} spikes, ngspice", 1e-3, off)
    sense = Nociceptor(device=receptor(), resistance=1e3, width=0.05, felt=1e-6)
    stimulus = stimuli(0.3, 0.05, wait=0.05, count=4)
    (time, current), (other, found) = sense.current(stimulus), sense.run_ngspice(stimulus)
    off = float(np.abs(np.interp(time, other, found) - current).max() / current.max())
    yield at_most("nociceptor: current, ngspice, of the peak", 1e-3, off)
    marks = sense.figures(injury=1.0, stimulus=0.25, wait=0.1)
    calibrated = f"{marks.threshold:.3f} V"
    yield Row("nociceptor: threshold", "0.2 V (calibrated)", calibrated, abs(marks.threshold - 0.2) < 0.01)
    lower = marks.threshold_after_injury < marks.threshold and marks.answer_after_injury > marks.answer
    after = f"{marks.threshold_after_injury:.3f} V, {marks.answer_after_injury / marks.answer:.2f} times the answer"
    yield Row("nociceptor: after an injury of 1 V", "lower threshold, larger answer", after, met=lower)
    felt = f"{marks.adaptation:.3f}, {marks.relaxation:.2f} s"
    yield Row(
        "nociceptor: adaptation, relaxation",
        "1 or more, finite",
        felt,
        marks.adaptation > 0.999 and marks.relaxation < 1e3,
    )
