"""Data sets of music and dance: readers of their formats, and sets prepared for training."""
