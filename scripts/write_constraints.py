"""Print name==version of every package in this environment.

Where a version came from is left out, and so are memfem itself and the packaging tools.
"""

from __future__ import annotations

import re
from importlib.metadata import distributions

LEFT_OUT = {"memfem", "pip", "setuptools", "wheel"}


def main() -> None:
    """Print the constraints, sorted by name."""
    found = {}
    for distribution in distributions():
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        if name not in LEFT_OUT:
            found[name] = distribution.version
    print("# The versions that the tests were last run with; written by: make constraints")
    for name, version in sorted(found.items()):
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
