"""Device: descriptions in, spaces, forms and boundary conditions out; and its states. No solver in here."""

from __future__ import annotations

from fem.device.device import Device

__all__ = ["Device"]
