"""The system: the compiler that makes equations run, the libraries of meshes and pictures, where pictures are drawn."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from studies.cli.doctoring.finding import Finding, broken, ok, warning

_MESHES = {
    "libGLU.so.1": "libglu1-mesa",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libXft.so.2": "libxft2",
}
_PICTURES = {"libEGL.so.1": "libegl1"}
_PROGRAM = "#include <Python.h>\n#include <math.h>\ndouble f(double x) { return exp(x); }\n"
_PATIENCE = 60.0  # [s]


def compiler() -> Finding:
    """Whether there is a C compiler that makes a library with Python's headers."""
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    path = shutil.which(command)
    if path is None:
        return broken("compiler", f"{command!r} was not found on the PATH", _compiler_advice())
    with tempfile.TemporaryDirectory(prefix="memfem-doctor-") as folder:
        source = Path(folder) / "f.c"
        source.write_text(_PROGRAM)
        include = sysconfig.get_paths()["include"]
        ask = [path, "-shared", "-fPIC", f"-I{include}", str(source), "-o", str(source.with_suffix(".so"))]
        try:
            done = subprocess.run(ask, capture_output=True, text=True, timeout=_PATIENCE, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return broken("compiler", f"{path} does not run ({error})", _compiler_advice())
        if done.returncode or not source.with_suffix(".so").is_file():
            first = (done.stderr.strip().splitlines() or ["no message"])[0]
            return broken("compiler", f"{path} makes no library: {first}", _compiler_advice())
    return ok("compiler", f"{path} makes libraries with Python's headers")


def _compiler_advice() -> str:
    if sys.platform == "darwin":
        return "xcode-select --install"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}-dev"
    return f"apt-get install gcc libc6-dev {version}, or let CC name a compiler"


def mesh_libraries() -> Finding:
    """Whether the system's libraries load that gmsh needs even without a screen."""
    return _libraries("libraries of gmsh", _MESHES, fatal=True)


def picture_libraries() -> Finding:
    """Whether the library loads by which VTK draws without a screen."""
    return _libraries("libraries of VTK", _PICTURES, fatal=False)


def _libraries(thing: str, packages: dict[str, str], *, fatal: bool) -> Finding:
    if not sys.platform.startswith("linux"):
        return ok(thing, "the system brings its own")
    missing = {name: package for name, package in packages.items() if not _loads(name)}
    if not missing:
        return ok(thing, f"{', '.join(packages)} load")
    say = broken if fatal else warning
    return say(
        thing, f"{', '.join(missing)} cannot be loaded", f"apt-get install {' '.join(missing.values())}"
    )


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def display() -> Finding:
    """Where pictures in three dimensions are drawn: on a screen, by EGL without one, or not."""
    screen = next((name for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)), "")
    if screen:
        return ok("display", f"{screen}={os.environ[screen]}")
    if not sys.platform.startswith("linux") or _loads("libEGL.so.1"):
        return ok("display", "no screen; pictures are drawn without one")
    return warning(
        "display",
        "no screen and no EGL: pictures in 3D cannot be drawn",
        "apt-get install libegl1, or xvfb-run",
    )


def space(folder: Path | None = None, least: float = 1e9) -> Finding:
    """Whether the disk of ``folder`` has at least so many bytes to write results."""
    place = folder or Path.cwd()
    free = shutil.disk_usage(place).free
    if free < least:
        return warning("disk", f"{free / 1e9:.2g} GB are free in {place}", "make room before long runs")
    return ok("disk", f"{free / 1e9:.3g} GB are free in {place}")
