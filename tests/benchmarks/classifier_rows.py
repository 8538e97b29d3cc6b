"""How often the classifier of conduction laws names the law of noisy curves, and how often another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from tests.benchmarks.table import Row
from tests.conduction_draws import FORMULAS, NOISE, Draw, draws, two_laws, verdict

COUNT = 204  #: seventeen of each of twelve laws
SERIES = (250.0, 300.0, 350.0)
Verdicts = Counter[tuple[str, str]]


def rows() -> Iterator[Row]:
    """Yield what is named, misnamed and left undecided: of wide and narrow curves, and of series of temperatures."""
    found = verdicts(list(draws(COUNT)))
    yield from _named(f"{COUNT} curves, {NOISE:.0%} noise", found, 0.95)
    for law in FORMULAS:
        yield _of_law(law, found)
    yield from _named(f"{COUNT // 2} series of 3 temperatures", _series(COUNT // 2), 0.95)
    for span in (2.0, 3.0):
        yield from _narrow(span, COUNT // 2)
    yield _two(60)


def verdicts(every: Sequence[Draw]) -> Verdicts:
    """Return how many draws of each law are "named", "undecided" and "wrong"."""
    return Counter((draw.law, verdict(draw, draw.classified())) for draw in every)


def _series(count: int) -> Verdicts:
    return verdicts(list(draws(count, seed=2, temperatures=SERIES)))


def _share(found: Verdicts, of: str) -> float:
    return sum(n for (_, kind), n in found.items() if kind == of) / found.total()


def _named(what: str, found: Verdicts, asked: float) -> Iterator[Row]:
    named = _share(found, "named")
    yield Row(f"law named, {what}", f"at least {asked:.0%}", f"{named:.1%}", met=named >= asked)
    yield _misnamed(what, found)


def _misnamed(what: str, found: Verdicts) -> Row:
    wrong = _share(found, "wrong")
    measured = f"{wrong:.1%}, {_share(found, 'undecided'):.1%} undecided"
    return Row(f"law misnamed, {what}", "less than 2%", measured, met=wrong < 0.02)


def _of_law(law: str, found: Verdicts) -> Row:
    """Return the row of one law: most are named, and none of them as another one."""
    named, undecided, wrong = (found[law, kind] for kind in ("named", "undecided", "wrong"))
    measured = f"{named} named, {undecided} undecided, {wrong} wrong"
    total = named + undecided + wrong
    return Row(f"  {law}", "80% named, at most 1 wrong", measured, met=named >= 0.8 * total and wrong <= 1)


def _narrow(span: float, count: int) -> Iterator[Row]:
    """Yield the row of curves that end at ``span`` times the voltage at which they begin."""
    every = [
        replace(draw, voltage=np.geomspace(draw.voltage[-1] / span, draw.voltage[-1], 40))
        for draw in draws(count, seed=3)
    ]
    yield _misnamed(f"{count} curves over a factor {span:g}", verdicts(every))


def _two(count: int) -> Row:
    """Return the row of curves of which one law holds at low and another one at high voltage."""
    both = wrong = 0
    for laws, _, found in two_laws(count):
        both += found.names == laws
        wrong += bool(set(found.names) - {*laws, "undecided"})
    measured = f"{wrong / count:.1%}, both named in {both / count:.0%}"
    return Row(
        f"law misnamed, {count} curves of two laws", "less than 2%", measured, met=wrong < 0.02 * count
    )
