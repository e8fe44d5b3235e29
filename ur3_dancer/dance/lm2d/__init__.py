"""LM2D: dances from music and lyrics by diffusion, distilled to one step (arXiv 2403.09407)."""
