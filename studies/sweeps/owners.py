"""Who computes a case: a process, told from all others also after its number was given to another one."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from functools import cache

import psutil


def this_process() -> str:
    """Return the name of this process, "host/process/start"."""
    return f"{_host()}/{os.getpid()}/{_start(os.getpid())}"


def lives(owner: str) -> bool | None:
    """Return whether a process still runs; None if it is one of another host, of which nobody here can tell."""
    host, process, start = owner.split("/")
    if host != _host():
        return None
    return _start(int(process)) == start


@cache
def _host() -> str:
    """Return the name of this host, and of the container in which processes have numbers of their own."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid").strip("pid:[]")
    return f"{platform.node().replace('/', '-')}-{space}"


def _start(process: int) -> str:
    """Return when a process began, in hundredths of a second; no text if there is none, or only its remains."""
    try:
        found = psutil.Process(process)
        return "" if found.status() == psutil.STATUS_ZOMBIE else f"{found.create_time():.2f}"
    except psutil.Error:
        return ""
