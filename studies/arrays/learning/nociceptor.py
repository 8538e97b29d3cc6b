"""A nociceptor: a volatile device behind a resistor that answers to strong stimuli only, and more after an injury.

Its four marks (J. H. Yoon et al., Nat. Commun. 9, 417, 2018; for halide perovskites R. A. John et al., Adv. Mater. 33,
2007851, 2021): a threshold; no adaptation, as repeated strong stimuli are answered no less; relaxation, in which what
was felt fades; and sensitisation after an injury, a lower threshold (allodynia) and a stronger answer (hyperalgesia).
Ag-doped MAPbI3 has a threshold of some 0.2 V and 1 V as an injury (I. H. Im et al., Adv. Mater. 36, 2307334, 2024, as
N. Yantara et al., Chem. Soc. Rev. 55, 2145, 2026, quote it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fem.circuit import Circuit
from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked, settle
from fem.errors.checking import instance, not_negative, positive, whole
from studies.arrays.learning.deck import deck, piecewise
from studies.compact.export.spice import number, run_deck, to_subcircuit
from studies.compact.model import CompactModel
from studies.protocols.protocol import Protocol
from studies.protocols.shapes import Pulse, PulseTrain, Rest
from studies.results.figure_table import Row, figure_table

Array = NDArray[np.float64]
States = Mapping[str, float]
_EDGE = 0.01  # rise of a stimulus over its width
_HALVINGS = 40
_DECADES = (-3.0, 5.0)  # of the width of a stimulus, in which relaxation is looked for


@dataclass(frozen=True, kw_only=True)
class Nociceptor:
    """A ``device`` (volatile, in A) behind a ``resistance`` [Ohm]; stimuli are pulses of ``width`` [s].

    ``felt`` [A]: the current from which an answer counts.
    """

    device: CompactModel
    resistance: float
    width: float
    felt: float

    def __post_init__(self) -> None:
        settle(
            self,
            "a nociceptor",
            device=instance(CompactModel),
            resistance=not_negative,
            width=positive,
            felt=positive,
        )
        family = self.device.family
        if self.device.current_unit != "A" or family.drain or family.stores_charge:
            raise IncompatibleError(
                "the device of a nociceptor is a model in A with two ends and without a displacement current."
            )

    @property
    def _circuit(self) -> Circuit | None:
        return Circuit(series_resistance=self.resistance) if self.resistance else None

    def _at_rest(self) -> States:
        return self.device.family.initial(self.device.values())

    @checked(stimulus=instance(Protocol))
    def current(self, stimulus: Protocol) -> tuple[Array, Array]:
        """Return time [s] and current [A] under a stimulus [V]."""
        trace = self.device.simulate(stimulus, circuit=self._circuit)
        return trace.time, trace.current

    def answer(self, amplitude: float, start: States | None = None) -> float:
        """Return the largest current [A] in one stimulus of ``amplitude`` [V] from the states ``start``, or at rest."""
        pulse = Pulse(amplitude, self.width, rise=_EDGE * self.width)
        trace = self.device.simulate(pulse, circuit=self._circuit, start=start, points_per_segment=50)
        return float(trace.current.max())

    def threshold(self, highest: float, start: States | None = None) -> float:
        """Return the lowest amplitude [V] that is felt, found up to ``highest`` [V]; OutOfRangeError if none is."""
        if self.answer(highest, start) < self.felt:
            raise OutOfRangeError(
                "answer of the nociceptor [A]",
                self.answer(highest, start),
                f"at least {self.felt:g} A at {highest:g} V",
            )
        low, high = 0.0, highest
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if self.answer(middle, start) >= self.felt else (middle, high)
        return high

    def after(self, drive: Protocol, start: States | None = None) -> States:
        """Return the states after a drive."""
        trace = self.device.simulate(drive, times=[0.0, drive.duration], circuit=self._circuit, start=start)
        return self.device.last_states(trace)

    @checked(injury=positive, stimulus=positive, wait=positive, repeats=whole(2, 10_000))
    def figures(self, *, injury: float, stimulus: float, wait: float, repeats: int = 10) -> NociceptorFigures:
        """Return the four marks.

        ``injury`` [V]: one stimulus, after which, ``wait`` [s] later, threshold and answers are taken again.
        ``stimulus`` [V]: of the answers before and after it, and of the ``repeats`` stimuli, ``wait`` apart, that show
        adaptation. Raises OutOfRangeError if the injury itself is not felt.
        """
        rest = self._at_rest()
        hurt = self.after(Pulse(injury, self.width, rise=_EDGE * self.width), rest)
        later = self.after(Rest(wait, 0.0), hurt)
        first = self.threshold(injury, rest)
        return NociceptorFigures(
            threshold=first,
            threshold_after_injury=self.threshold(injury, later),
            answer=self.answer(stimulus, rest),
            answer_after_injury=self.answer(stimulus, later),
            adaptation=self._adaptation(injury, wait, repeats),
            relaxation=self._relaxation(hurt, 0.9 * first),
        )

    def _adaptation(self, amplitude: float, wait: float, repeats: int) -> float:
        """Return the answer to the last of equal strong stimuli over that to the first."""
        states: States = self._at_rest()
        answers = []
        for _ in range(repeats):
            answers.append(self.answer(amplitude, states))
            states = self.after(
                Pulse(amplitude, self.width, rise=_EDGE * self.width) + Rest(wait, 0.0), states
            )
        return answers[-1] / answers[0]

    def _relaxation(self, hurt: States, weak: float) -> float:
        """Return the time [s] after an injury from which a ``weak`` stimulus [V] is no longer felt; inf if it stays."""
        low, high = (self.width * 10.0**d for d in _DECADES)

        def felt(wait: float) -> bool:
            return self.answer(weak, self.after(Rest(wait, 0.0), hurt)) >= self.felt

        if felt(high):
            return float("inf")
        if not felt(low):
            return 0.0
        for _ in range(_HALVINGS):
            middle = float(np.sqrt(low * high))
            low, high = (middle, high) if felt(middle) else (low, middle)
        return high

    @checked(stimulus=instance(Protocol))
    def netlist(self, stimulus: Protocol) -> str:
        """Return the circuit as a netlist for ngspice, which writes the current of the source."""
        pins = " ".join(f"state_{k}" for k in range(len(self.device.family.states)))
        end = "skin" if self.resistance else "device"
        elements = [
            to_subcircuit(self.device, "receptor"),
            f"Vskin {end} 0 {piecewise(stimulus)}",
            *([f"Rseries skin device {number('resistance', self.resistance)}"] if self.resistance else []),
            f"Xreceptor device 0 {pins} receptor",
        ]
        return deck("nociceptor", elements, stimulus, ["i(Vskin)"])

    @checked(stimulus=instance(Protocol))
    def run_ngspice(self, stimulus: Protocol) -> tuple[Array, Array]:
        """Return time [s] and current [A] of the netlist in ngspice."""
        table, _ = run_deck(self.netlist(stimulus))
        return table[:, 0], -table[:, 1]


@dataclass(frozen=True, kw_only=True, repr=False)
class NociceptorFigures:
    """Marks of a nociceptor: thresholds [V], answers [A] to one stimulus, before and after an injury.

    ``adaptation``: the last of equal strong answers over the first, 1 or more without adaptation. ``relaxation`` [s]:
    after an injury, until nine tenths of the threshold are not felt any more; 0 if they never were.
    """

    threshold: float
    threshold_after_injury: float
    answer: float
    answer_after_injury: float
    adaptation: float
    relaxation: float

    def rows(self) -> list[Row]:
        """Return (name, value, unit)."""
        units = {"adaptation": "1", "relaxation": "s"}
        return [
            (name, getattr(self, name), units.get(name, "V" if name.startswith("threshold") else "A"))
            for name in self.__dataclass_fields__
        ]

    def __repr__(self) -> str:
        return figure_table("Nociceptor", self.rows())


def stimuli(amplitude: float, width: float, *, wait: float, count: int) -> Protocol:
    """Return ``count`` stimuli of ``amplitude`` [V] and ``width`` [s], ``wait`` [s] apart."""
    return PulseTrain(amplitude, width, interval=wait, rise=_EDGE * width, count=count)
