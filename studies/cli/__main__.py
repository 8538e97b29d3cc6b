"""``python -m studies.cli``: the command ``memfem`` where it is not on the path."""

from __future__ import annotations

from studies.cli.main import main

if __name__ == "__main__":
    main()
