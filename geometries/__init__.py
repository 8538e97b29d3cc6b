"""Shapes of memristive devices and arrays, with named regions, contacts and interfaces.

A shape is described in metres, and its ``mesh`` method returns a `Drawing`: the names at once, the mesh when
it is asked for. Nothing here knows about equations.
"""

from geometries.crossbar import CrossbarBlock
from geometries.drawing import Drawing
from geometries.names import GeometryError
from geometries.shapes import Axisymmetric, CrossPoint, Dot, Planar, Via
from geometries.stack import Layer, VerticalStack

__all__ = [
    "Axisymmetric",
    "CrossPoint",
    "CrossbarBlock",
    "Dot",
    "Drawing",
    "GeometryError",
    "Layer",
    "Planar",
    "VerticalStack",
    "Via",
]
