"""Protocols of several contacts that grow side by side: what is written, what rests and what is read."""

from __future__ import annotations

from collections.abc import Mapping

from studies.experiments.write_reads import Read
from studies.protocols.protocol import Protocol, Segment


class Lines:
    """Protocols that grow side by side, each at its level [V] where it has nothing to do."""

    def __init__(self, levels: Mapping[str, float]) -> None:
        self.levels = dict(levels)
        self.segments: dict[str, list[Segment]] = {name: [] for name in levels}
        self.marks: dict[str, list[int]] = {name: [] for name in levels}

    @property
    def size(self) -> int:
        """The number of segments up to now, the same of each line."""
        return len(next(iter(self.segments.values())))

    def mark(self) -> None:
        """Begin a cycle."""
        for name, segments in self.segments.items():
            self.marks[name].append(len(segments))

    def add(self, duration: float, parts: Mapping[str, Protocol]) -> None:
        """Go on for ``duration`` [s], some by protocols of that length."""
        for name, level in self.levels.items():
            part = parts.get(name)
            self.segments[name] += part.segments if part is not None else (Segment(duration, level, level),)

    def protocols(self) -> dict[str, Protocol]:
        """Return the protocols; raises IncompatibleError where a write does not begin or end at its level."""
        return {
            name: Protocol(tuple(segments), tuple(self.marks[name]), "writes and reads")
            for name, segments in self.segments.items()
        }

    def read(self, read: Read) -> tuple[int, int]:
        """Add a read; return the corners of its contact's protocol between which its voltage is on."""
        wanted: dict[str, float | Protocol] = {read.contact: read.voltage, **read.bias}
        ramps, back, held = {}, {}, {}
        for name, bias in wanted.items():
            swept = isinstance(bias, Protocol)
            first, last = (
                (bias.segments[0].start, bias.segments[-1].end)
                if isinstance(bias, Protocol)
                else (bias, bias)
            )
            held[name] = bias if swept else Protocol((Segment(read.plateau, first, last),))
            ramps[name] = Protocol((Segment(read.rise, self.levels[name], first),))
            back[name] = Protocol((Segment(read.rise, last, self.levels[name]),))
        self.add(read.rise, ramps)
        begin = len(self.segments[read.contact])
        self.add(read.plateau, held)  # type: ignore[arg-type]
        end = len(self.segments[read.contact])
        self.add(read.rise, back)
        return begin, end
