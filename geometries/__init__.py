"""Shapes of memristive devices and arrays, with named regions, contacts and interfaces.

A shape is described in metres, and its ``mesh`` method returns a `Drawing`: the names at once, the mesh when
it is asked for. Nothing here knows about equations.
"""

from geometries.crossbar import CrossbarBlock
from geometries.floating_islands import FloatingIslands
from geometries.lateral import LateralDevice
from geometries.meshing.drawing import Drawing
from geometries.meshing.layer import Layer
from geometries.meshing.sizes import FineBox
from geometries.names import GeometryError
from geometries.nanowire import Nanowire
from geometries.seeds import FilamentSeed, FilamentSeeds, random_seeds
from geometries.shapes import Axisymmetric, CrossPoint, Dot, Planar, Via
from geometries.stack import VerticalStack
from geometries.tip import TipElectrode
from geometries.tip_shapes import ConeTip, HyperboloidTip, PyramidTip
from geometries.transistor import Transistor

__all__ = [
    "Axisymmetric",
    "ConeTip",
    "CrossPoint",
    "CrossbarBlock",
    "Dot",
    "Drawing",
    "FilamentSeed",
    "FilamentSeeds",
    "FineBox",
    "FloatingIslands",
    "GeometryError",
    "HyperboloidTip",
    "LateralDevice",
    "Layer",
    "Nanowire",
    "Planar",
    "PyramidTip",
    "TipElectrode",
    "Transistor",
    "VerticalStack",
    "Via",
    "random_seeds",
]
