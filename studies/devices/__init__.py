"""Published devices: geometry, materials and protocol of each, beside what was reported.

What was taken from the publication, what was assumed and why, and what was calibrated (nothing, if it is
not listed) are kept apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fem.errors import UnknownNameError
from studies.protocols.protocol import Protocol


@dataclass(frozen=True, kw_only=True)
class Reported:
    """A published figure: value, unit and reference (a key of references.bib)."""

    value: float
    unit: str
    source: str


@dataclass(frozen=True, kw_only=True)
class PublishedDevice:
    """What is known of a published device, and what had to be assumed to simulate it.

    Each of ``reported`` stands beside a simulated figure in the device's table, or under ``not_compared``. Raises
    UnknownNameError.
    """

    name: str
    stack: str
    protocol: Protocol
    read_voltage: float  #: [V]
    reported: Mapping[str, Reported]
    assumed: Mapping[str, str]  #: what was assumed, and why
    calibrated: Mapping[str, str] = field(default_factory=dict)
    not_compared: Mapping[str, str] = field(default_factory=dict)  #: keys of ``reported``, and why

    def __post_init__(self) -> None:
        for figure in self.not_compared:
            if figure not in self.reported:
                raise UnknownNameError(f"reported figure of {self.name}", figure, self.reported)
