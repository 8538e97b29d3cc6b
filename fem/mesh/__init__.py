"""Meshes with named regions, contacts and interfaces."""

from __future__ import annotations

from fem.mesh.device_mesh import DeviceMesh, Drawable, as_device_mesh, extent

__all__ = ["DeviceMesh", "Drawable", "as_device_mesh", "extent"]
