"""From shapes to gmsh: sections, solids, extrusion, cell sizes, the drawing."""
