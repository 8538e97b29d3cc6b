"""Sweeps: all cases of a plan, computed once, wherever there are workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from fem.errors import warn
from fem.errors.arguments import checked
from studies.results.provenance import commit
from studies.sweeps.cluster import LIMITS, resources_of
from studies.sweeps.plans import Plan
from studies.sweeps.store import Store
from studies.sweeps.study import Job, Study


@checked(**LIMITS)
def sweep(
    study: Study,
    plan: Plan,
    *,
    store: str | Path,
    workers: int | None = None,
    address: Any = None,
    time_limit: float | None = None,
    memory_limit: float | None = None,
    ranks: int = 1,
    retry: bool = False,
    progress: bool | None = None,
    picture: str | Path | None = None,
) -> Store:
    """Return the store in a folder, which then has every case of ``plan``: its result, or why it failed.

    What is there is not computed again, whoever has computed it; a sweep that was killed goes on if it is called again,
    and so does a longer plan. Cases that failed stay so unless ``retry``. Several sweeps, on several hosts, may use one
    folder at the same time.

    Each of the ``workers`` here (as many as there are cores for the ``ranks`` of a case) computes a case at a time in a
    process of its own. ``address`` is that of any scheduler of Dask distributed ("tcp://host:8786"), or a cluster of
    it, such as ``dask_jobqueue.SLURMCluster``: its workers need memfem and the folder, nothing else. A case may take
    ``time_limit`` [s] and ``memory_limit`` [byte], by default a worker's share of the memory, infinite for none;
    then it has failed. With ``ranks`` it is run by ``mpiexec``, whose start counts as its time.

    The function is sent by its import path, or by value where it is of the script or notebook itself; it must build
    devices and states inside. What a case prints is kept if it fails: ``store.record(...).log``.
    ``progress``: whether to draw a line of it (``studies.show_progress``); ``Store(...).watch()`` shows a table in
    another terminal. ``picture`` is a file with the first figure over the parameters, drawn again while cases end.
    Raises a memfem error for what does not fit before anything runs; on Ctrl-C all processes end.
    """
    jobs = study.jobs(plan)
    resources = resources_of(workers, address, time_limit, memory_limit, ranks)
    found = Store.made(store)
    found.enter(study, jobs.values())
    began = datetime.now(UTC).isoformat(timespec="seconds")
    found.entries.add_sweep(uuid4().hex, study.key, began, plan.record(), resources.record())
    _tell_of_other_commits(found, study, jobs)
    if retry:
        found.entries.wait_again(jobs)
    found.compute(study.key, jobs, resources, progress, picture)
    return found


def _tell_of_other_commits(store: Store, study: Study, jobs: Mapping[str, Job]) -> None:
    """Warn of results that another commit of memfem has computed: the version in their keys is the same."""
    rows = [row for row in store.entries.rows(study.key) if row.key in jobs and row.status == "done"]
    if others := Counter(row.source for row in rows if row.source != commit()):
        told = ", ".join(f"{n} by {source or 'an installed one'}" for source, n in sorted(others.items()))
        warn(
            f"results in {store.path.name} are of other commits of memfem than {commit() or 'the installed one'}: "
            f"{told}; another store computes them again."
        )
