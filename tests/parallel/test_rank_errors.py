"""An error or a stray call of one rank ends all ranks with its message; ranks that do as they should are left alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.parallel.rank_errors import ERRORS, LIMIT, MPIEXEC, NO_ERRORS, ROOT, completed, ended

#: One of each kind; the others are slow, as are all on three ranks.
EVERY_DAY = (
    "error before a solve",
    "error in a thread",
    "exit of one rank",
    "other bias",
    "caught on one rank",
    "caught in a step",
    "call of one rank",
    "steps of one rank",
    "work of rank 0",
)
parallel = pytest.mark.skipif(not MPIEXEC.exists(), reason=f"there is no {MPIEXEC.name} beside this Python")


def with_ranks(cases: tuple[str, ...], quick: list[tuple[str, int]]) -> list[object]:
    """Return the parameters (case, ranks) of tests, all but the quick ones slow."""
    slow = [(case, ranks) for case in cases for ranks in (2, 3) if (case, ranks) not in quick]
    return [*quick, *(pytest.param(*one, marks=pytest.mark.slow) for one in slow)]


@parallel
@pytest.mark.parametrize(("case", "ranks"), with_ranks((*ERRORS,), [(case, 2) for case in EVERY_DAY]))
def test_an_error_of_one_rank_ends_all_ranks_with_its_message(case: str, ranks: int) -> None:
    seconds, said = ended(case, ranks)
    assert seconds < LIMIT
    assert said


@parallel
@pytest.mark.parametrize(
    ("case", "ranks"),
    with_ranks(
        (*NO_ERRORS,),
        [
            ("caught on all ranks", 2),
            ("device of each rank", 2),
            ("workers of rank 0", 2),
            ("checkpoint of few nodes", 3),
        ],
    ),
)
def test_ranks_without_an_error_come_to_the_end_of_the_program(case: str, ranks: int) -> None:
    assert completed(case, ranks)


def test_one_rank_alone_leaves_the_hooks_of_python_as_they_are() -> None:
    script = "import sys, threading, fem; from fem import Device; assert sys.excepthook is sys.__excepthook__"
    script += (
        "; assert threading.excepthook is threading.__excepthook__; assert 'fem.mesh.endings' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
