"""What devices leave in a process of its own: python -m tests.properties.left_objects KIND; prints it as JSON.

In that of the tests other programs' threads make objects meanwhile, as a cluster's do.
"""

from __future__ import annotations

import gc
import json
import sys
from collections import Counter

from tests.benchmarks import memory

DEVICES = 3


def living() -> Counter[str]:
    """Return how many objects of each class there are; PETSc's empty shells do not count."""
    gc.collect()
    names = (f"{type(o).__module__}.{type(o).__name__}" for o in gc.get_objects())
    return Counter(name for name in names if name != "petsc4py.PETSc.Mat")


def left(kind: str) -> dict[str, int]:
    """Return how many objects of each class stay of some devices of a kind, of those that stay of each."""
    solve = memory.KINDS[kind]
    solve()
    before = living()
    for _ in range(DEVICES):
        solve()
    return {name: count for name, count in (living() - before).items() if count >= DEVICES}


if __name__ == "__main__":
    print(json.dumps(left(sys.argv[1])))
