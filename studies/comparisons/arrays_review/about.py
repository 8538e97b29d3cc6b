"""What a review prints of arrays with and without selectors, and what was assumed to simulate them."""

from __future__ import annotations

from studies.devices import PublishedDevice, Reported
from studies.protocols.shapes import Rest

TEMPERATURE = 300.0  #: [K], no other is printed
RECTIFIED_AT, READ_1D1R = 0.54, 0.5  #: [V]
#: On/off ratio of a selector, more than: Ag | few-layer black phosphorus with CsPbBr3 | ITO at +-3 V (Huang et al.,
#: Nano-Micro Lett. 15, 16, 2023).
SELECTIVITY = 1e7
REVIEW = "Yantara2026"

ABOUT = PublishedDevice(
    name="arrays as reviewed in 2026",
    stack="MAPbI3:Ag alone and with Ag | PMMA | MAPbI3:Ag | Au, MAPbI3 with a 1N4007, Au | triple cation | ITO",
    protocol=Rest(1.0, 0.0),
    read_voltage=READ_1D1R,
    reported={
        "largest_1R": Reported(value=5, unit="1", source=REVIEW),
        "largest_1S1R": Reported(value=1.2e6, unit="1", source=REVIEW),
        "largest_rectifying": Reported(value=1747, unit="1", source=REVIEW),
        "rectification": Reported(value=514, unit="1", source=REVIEW),
        "on_off_rectifying": Reported(value=1e3, unit="1", source=REVIEW),  # more than
        "read_1R": Reported(value=508, unit="Ohm", source=REVIEW),
        "read_1D1R": Reported(value=207e6, unit="Ohm", source=REVIEW),
        "rectification_1D1R": Reported(value=1.5e5, unit="1", source=REVIEW),
        "on_off_1D1R": Reported(value=1e8, unit="1", source=REVIEW),  # up to
        "selector_threshold": Reported(value=0.25, unit="V", source=REVIEW),
        "selector_backward_threshold": Reported(value=-0.6, unit="V", source=REVIEW),
        "accuracy_MNIST_CsFAPbBr3": Reported(value=0.8908, unit="1", source=REVIEW),
    },
    assumed={
        "pull-up": "of the largest margin: its resistance is not printed; by V/2 of rectifiers an open line at last",
        "lines": "without resistance, as in the review's equations",
        "temperature": "300 K where none is printed",
        "law of the rectifier": "six of one ratio: the current is not printed",
        "scheme of the rectifier": "V/2, as the review says, of word and bit lines; others beside it",
        "high state": "of the same law as the low one, with its current over the on/off ratio",
        "diode of the 1D1R": "emission with an ideality of 1 and of 1.45, the latter of a common SPICE model of the "
        "1N4007 (IS = 76.9 pA); its rectification is taken as that of the read voltage, 0.5 V",
        "selector": "on/off of Ag | few-layer black phosphorus with CsPbBr3 | ITO, a lower bound at +-3 V: that of the "
        "switch in the 1S1R is not printed; forward and below its threshold only",
        "1S1R": "resistances of memory and open selector are not printed: the memory's is none, or the same",
    },
    calibrated={
        "low resistance": "169 Ohm: 508 Ohm through three of them",
        "free parameter of a rectifier": "514 at +-0.54 V",
        "saturation of the diode": "1.5e5 at +-0.5 V",
    },
    not_compared={
        "on_off_rectifying": "an input: more than 1e3",
        "on_off_1D1R": "an input: up to 1e8",
        "selector_threshold": "an input: twice of it opens half-selected switches",
        "selector_backward_threshold": "of the other polarity: reads are forward",
        "accuracy_MNIST_CsFAPbBr3": "of a network on MNIST, of which no simulated one is beside it here",
    },
)


def printed(name: str) -> float:
    """Return a printed figure in its unit."""
    return ABOUT.reported[name].value
