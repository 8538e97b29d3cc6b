"""What equations are written with: contexts, edge fluxes, faces, bands, scales, compiled forms."""
