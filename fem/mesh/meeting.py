"""Meetings of ranks: each tells the others what it is about to do, before any of them waits for another.

What all ranks do together begins with a meeting: a rank tells the others the name of the operation and a checksum of
its arguments, and looks again and again whether all have told theirs. Two operations that meet, or one that meets the
end of the program, are a RankError on all ranks instead of a wait without an end. A rank that leaves an operation with
an error meets the others again: if they have left it too, each goes on with its own. How long a rank computes by itself
before it comes to a meeting does not matter.

A rank that comes to the end of the program stays for those that still call it to a meeting. It would wait for them in
MPI's own end otherwise, without a word.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import sys
import time
import traceback
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem.description import differences, to_dict
from fem.errors import RankError

PATIENCE = 12.0  # [s], of a rank that has left an operation with an error, for the others to leave it too
_LATE = 5.0  # [s], of a rank at the end of the program, for others to import memfem
_NOTE = 15.0  # [s] of waiting after which a rank says so
_RULE = "All ranks must make the same calls of memfem, with the same arguments."
_SHOWN = 5  # ranks, or differences, in a sentence
_DIGITS = 9  # of numbers that are compared
_AT_ONCE = 50  # looks in a row, before a rank rests between two
_NAP = 1e-3  # [s], the longest rest
_LAST_WORDS = 0.3  # [s] in which the others can write theirs, and what has been written arrives
#: Descriptions that are not compared: of arrays, which may be those of the nodes of a rank, and of functions.
_OWN = ("array", "unidentified", "function", "method", "partial", "class")
_PROCESS = os.getpid()

KNOWN: dict[tuple[int, ...], Ranks] = {}  #: by their numbers among all processes


def ranks_of(comm: Any) -> Ranks:
    """Return the ranks of a communicator; those of another one with the same processes are the same."""
    from mpi4py import MPI

    group = comm.Get_group()
    numbers = tuple(MPI.Group.Translate_ranks(group, list(range(comm.size)), MPI.COMM_WORLD.Get_group()))
    if numbers not in KNOWN:
        KNOWN[numbers] = Ranks(comm)
    return KNOWN[numbers]


@dataclass(frozen=True)
class Meeting:
    """What this rank is ``doing``, told to all others with the arguments ``given``; ``codes`` are theirs in the end."""

    doing: str
    given: Any
    codes: Any
    request: Any

    def over(self) -> bool:
        """Whether all ranks have told what they are doing."""
        return bool(self.request.Test())

    @property
    def alike(self) -> bool:
        """Whether all are doing the same, once the meeting is over."""
        return bool((self.codes == self.codes[0]).all())


class Ranks:
    """The ranks of a communicator, with one of their own, in which no other message can come between."""

    def __init__(self, comm: Any) -> None:
        self.size, self.rank = comm.size, comm.rank
        self._comm: Any = comm
        self._copied: Any = None
        if self.size > 1:
            self._comm, self._copied = comm.Idup()

    def ready(self) -> bool:
        """Whether all ranks have made the communicator."""
        return self._copied is None or bool(self._copied.Test())

    def together[R](self, name: str, alike: Mapping[str, Any], action: Callable[[], R]) -> R:
        """Return what ``action`` returns on this rank, after all ranks have said that they do it, too.

        Raises RankError on all ranks if they do not, or if some of them fail in it and others do not.
        """
        if self.size == 1:
            return action()
        self._meet(name, _rounded(to_dict(dict(alike))))
        try:
            return action()
        except RankError:
            raise  # all ranks know
        except BaseException as error:
            self._leave(name, error)
            raise
        finally:
            stay_to_the_end()

    def tell(self, code: str, doing: str, given: Any = None) -> Meeting:
        """Return the meeting to which this rank comes; the others may not be there yet."""
        texts = (code, json.dumps(given, sort_keys=True))
        own = np.array([zlib.crc32(text.encode()) for text in texts], dtype=np.int64)
        codes = np.empty((self.size, own.size), dtype=np.int64)
        return Meeting(doing, given, codes, self._comm.Iallgather(own, codes))

    def difference(self, meeting: Meeting) -> RankError:
        """Return the error of a meeting that was not alike, which says what all ranks do; collective."""
        told = self._comm.allgather((meeting.doing, meeting.given))
        groups: dict[str, list[int]] = {}
        for rank, (doing, _) in enumerate(told):
            groups.setdefault(doing, []).append(rank)
        if len(groups) > 1:
            each = "; ".join(f"{_named(ranks)} {doing}" for doing, ranks in groups.items())
            return RankError(f"the ranks of this run are not together: {each}. {_RULE}")
        other = next(rank for rank, (_, given) in enumerate(told) if given != told[0][1])
        found = "; ".join(differences(told[0][1], told[other][1])[:_SHOWN])
        return RankError(
            f"rank 0 (here) and rank {other} (there) are {told[0][0]} with different arguments: {found}. {_RULE}"
        )

    def _meet(self, name: str, given: Any) -> None:
        """Return once all ranks call ``name``; RankError on all of them if some do another thing."""
        doing = f"in {name}"
        waiting = f"rank {self.rank} is {doing} and"
        awaited(self.ready, waiting=waiting)
        meeting = self.tell(name, doing, given)
        awaited(meeting.over, waiting=waiting)
        if not meeting.alike:
            raise self.difference(meeting)

    def _leave(self, name: str, error: BaseException) -> None:
        """Return if all ranks leave ``name`` with an error; raise RankError, or end them all, if others do not."""
        doing = f"out of {name} with {type(error).__name__}: {_in_a_line(error)}"
        meeting = self.tell(f"an error in {name}", doing)
        if not awaited(meeting.over, PATIENCE):
            traceback.print_exception(error)
            end_all_ranks(f"rank {self.rank} is {doing}; the others are not.")
        if not meeting.alike:
            difference = self.difference(meeting)
            if isinstance(error, Exception):  # an exit goes on as one
                raise difference from error


def stay_to_the_end() -> None:
    """Have this rank stay at the end of the program, before all that has been registered for it until now.

    PETSc is among that: it waits for other ranks when it ends, too.
    """
    atexit.unregister(_stay)
    atexit.register(_stay)


def _stay() -> None:
    """Answer all meetings with the end of the program, until that is what all ranks have come to."""
    if mpi_is_over():
        return
    several = [ranks for ranks in KNOWN.values() if ranks.size > 1]
    waiting = {ranks: _at_the_end(ranks) for ranks in several if awaited(ranks.ready, _LATE)}
    while waiting:
        for ranks, meeting in list(waiting.items()):
            if not meeting.over():
                continue
            if meeting.alike:
                del waiting[ranks]
            else:
                ranks.difference(meeting)  # the others raise it
                waiting[ranks] = _at_the_end(ranks)
        time.sleep(_NAP)


def _at_the_end(ranks: Ranks) -> Meeting:
    error = getattr(sys, "last_exc", None)  # that nobody caught, if a hook of the user did not end all ranks
    why = "" if error is None else f" with {type(error).__name__}: {_in_a_line(error)}"
    return ranks.tell("the end", f"at the end of the program{why}")


def mpi_is_over() -> bool:
    """Whether MPI has ended, or this is a fork of a rank, in which it never began."""
    from mpi4py import MPI

    return bool(MPI.Is_finalized()) or os.getpid() != _PROCESS


def awaited(over: Callable[[], bool], patience: float = math.inf, waiting: str = "") -> bool:
    """Return whether something is ``over`` within ``patience`` [s]; a long wait is told once if it has a name."""
    looks, begin = 0, time.monotonic()
    while not over():
        looks += 1
        waited = time.monotonic() - begin
        if waited > patience:
            return False
        if waiting and waited > _NOTE:
            print(f"memfem: {waiting} has waited {_NOTE:g} s for other ranks.", file=sys.stderr, flush=True)
            waiting = ""
        if looks > _AT_ONCE:
            time.sleep(min(_NAP, waited / 10))
    return True


def end_all_ranks(why: str, status: int = 1) -> None:
    """End the processes of all ranks, after ``why`` has been written."""
    from mpi4py import MPI

    sys.stdout.flush()
    print(f"memfem: {why} All ranks are ended.", file=sys.stderr, flush=True)
    time.sleep(_LAST_WORDS)
    MPI.COMM_WORLD.Abort(status)


def _in_a_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _named(ranks: Sequence[int]) -> str:
    """Return the numbers of some ranks in words, as what begins a sentence."""
    if len(ranks) == 1:
        return f"rank {ranks[0]} is"
    return f"ranks {', '.join(map(str, ranks[:_SHOWN]))}" + (", ..." if len(ranks) > _SHOWN else "") + " are"


def _rounded(value: Any) -> Any:
    """Return plain data with numbers to nine digits, without what may differ between ranks."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    if isinstance(value, dict):
        own = value.get("type") in _OWN
        return value["type"] if own else {key: _rounded(entry) for key, entry in value.items()}
    return value
