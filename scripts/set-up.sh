#!/bin/sh
# Makes .venv with everything that memfem needs: a Python, the system libraries, the packages.
# Run by the Makefile; after the first time it only compares a stamp.
#   PYTHON=/path/to/python3   the Python to use instead of the first suitable one found
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
venv=.venv
stamp=$venv/set-up.stamp
wanted="$root $(cat pyproject.toml constraints.txt scripts/set-up.sh | cksum)"

if [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi

say() { printf 'set-up: %s\n' "$*" >&2; }
stop() {
    say "$*"
    exit 1
}
exec </dev/null

# ---- a Python ---------------------------------------------------------------------------------------------------

# Print the real path of the Python $1 if it is 3.12 or newer and not the one in .venv.
usable_python() {
    "$1" -c '
import os, sys
here = os.path.realpath(sys.argv[1])
if sys.version_info >= (3, 12) and os.path.realpath(sys.prefix) != here:
    print(sys.executable)
' "$root/$venv" 2>/dev/null || true
}

# Whether the Python $1 loads DOLFINx 0.11.
has_dolfinx() {
    (cd / && "$1" -c '
try:
    import dolfinx_solver
except ImportError:
    pass
import dolfinx
raise SystemExit(not dolfinx.__version__.startswith("0.11"))
') >/dev/null 2>&1
}

# Whether it is a DOLFINx of the system's (conda, Spack, a cluster module). The one from wheels finds its MPI only
# in its own environment, so that it is installed again instead.
has_system_dolfinx() {
    (cd / && "$1" -c 'import importlib.util; raise SystemExit(importlib.util.find_spec("dolfinx_solver") is not None)') \
        >/dev/null 2>&1 && has_dolfinx "$1"
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        usable_python "$PYTHON"
        return
    fi
    for candidate in "${CONDA_PREFIX:-}/bin/python3" "${VIRTUAL_ENV:-}/bin/python3" python3; do
        found=$(usable_python "$candidate")
        if [ -n "$found" ] && has_system_dolfinx "$found"; then
            printf '%s\n' "$found"
            return
        fi
    done
    for version in 3.12 3.13 3.14; do
        for candidate in "python$version" \
            "$HOME/.pyenv/versions/$version".*/bin/python3 \
            "$HOME/.local/share/uv/python/cpython-$version".*/bin/python3 \
            "/opt/homebrew/bin/python$version" "/usr/local/bin/python$version"; do
            found=$(usable_python "$candidate")
            if [ -n "$found" ]; then
                printf '%s\n' "$found"
                return
            fi
        done
    done
    for candidate in python3 python "$HOME"/.pyenv/versions/*/bin/python3; do
        found=$(usable_python "$candidate")
        if [ -n "$found" ]; then
            printf '%s\n' "$found"
            return
        fi
    done
}

python=$(find_python)
if [ -z "$python" ]; then
    if [ -n "${PYTHON:-}" ]; then
        stop "PYTHON=$PYTHON is not a Python 3.12 or newer (and must not be the one in .venv)."
    fi
    stop "no Python 3.12 or newer here: get one with 'pyenv install 3.12' or 'sudo apt-get install python3 python3-venv python3-dev' (Debian 13, Ubuntu 24.04 or newer), or name one with PYTHON=/path/to/python3."
fi
say "Python $("$python" -c 'import platform; print(platform.python_version())') at $python"

# ---- the system's libraries and programs ------------------------------------------------------------------------

# Print what is missing, as names of Debian packages. gmsh needs the X11 and OpenGL libraries even without a
# screen, VTK draws through EGL, DOLFINx compiles its forms with a C compiler, exported netlists run in ngspice.
missing_packages() {
    "$python" - <<'PYTHON'
import ctypes
import os
import shutil
import sys
import sysconfig

missing = []
if sys.platform.startswith("linux"):
    libraries = {
        "libGLU.so.1": "libglu1-mesa",
        "libGL.so.1": "libgl1",
        "libEGL.so.1": "libegl1",
        "libX11.so.6": "libx11-6",
        "libXext.so.6": "libxext6",
        "libXrender.so.1": "libxrender1",
        "libXcursor.so.1": "libxcursor1",
        "libXfixes.so.3": "libxfixes3",
        "libXft.so.2": "libxft2",
        "libXinerama.so.1": "libxinerama1",
        "libfontconfig.so.1": "libfontconfig1",
        "libgomp.so.1": "libgomp1",
        "libz.so.1": "zlib1g",
    }
    for library, package in libraries.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
if not (shutil.which(compiler) or shutil.which("gcc") and compiler == "cc"):
    missing += ["gcc", "libc6-dev"]
elif sys.platform.startswith("linux") and not any(
    os.path.exists(os.path.join(path, "stdio.h"))
    for path in ("/usr/include", os.path.join(sys.prefix, "include"), *os.environ.get("CPATH", "").split(":"))
):
    if os.path.exists("/etc/debian_version"):
        missing.append("libc6-dev")
version = "python%d.%d" % sys.version_info[:2]
if not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")):
    missing.append(version + "-dev")
try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    missing.append(version + "-venv")
if not shutil.which("ngspice"):
    missing.append("ngspice")
print(" ".join(missing))
PYTHON
}

missing=$(missing_packages)
if [ -n "$missing" ]; then
    install="apt-get install -y --no-install-recommends $missing"
    if ! command -v apt-get >/dev/null 2>&1; then
        stop "missing on this system (names as in Debian): $missing. Install them and repeat."
    elif [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        stop "system packages are missing; run: sudo apt-get update && sudo $install"
    fi
    say "installing system packages: $missing"
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    # shellcheck disable=SC2086  # the words are meant to be separate
    {
        $as_root apt-get update -qq >/dev/null || say "apt-get update failed; trying with the lists that are there"
        $as_root env DEBIAN_FRONTEND=noninteractive $install >/dev/null ||
            stop "apt-get failed; run it to see why: $install"
    }
    missing=$(missing_packages)
    [ -z "$missing" ] || stop "still missing after apt-get: $missing"
fi

# ---- the environment --------------------------------------------------------------------------------------------

if [ -e "$venv" ] && [ -z "$(cd "$venv" && ./bin/python -c '
import sys, pip
print(sys.version_info >= (3, 12) or "")' 2>/dev/null)" ]; then
    say "$venv does not work any more; making it anew"
    rm -rf "$venv"
fi
if has_system_dolfinx "$python"; then
    say "using the DOLFINx of $python"
    extras=dev
    [ -e "$venv" ] || "$python" -m venv --system-site-packages "$venv"
    if ! has_dolfinx "$root/$venv/bin/python"; then
        # $python is itself in an environment: show its packages to the new one.
        "$python" -c 'import sysconfig; print(*{sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}, sep="\n")' \
            >"$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/outer-environment.pth"
    fi
    set -- # what is there already may be of other versions
else
    extras=dolfinx,dev
    [ -e "$venv" ] || "$python" -m venv "$venv"
    set -- -c constraints.txt
fi

say "installing the Python packages into $venv (a minute the first time)"
"$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-input "$@" -e ".[$extras]" ||
    stop "pip could not install the packages; see its message above."
has_dolfinx "$root/$venv/bin/python" ||
    stop "DOLFINx does not load; see: $venv/bin/python -c 'import fem, dolfinx'"
"$venv/bin/python" -c 'import gmsh, vtkmodules.vtkRenderingOpenGL2' >/dev/null ||
    stop "gmsh or VTK does not load; the message above names the library."

printf '%s\n' "$wanted" >"$stamp"
say "done"
