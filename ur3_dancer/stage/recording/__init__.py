"""Recordings of performances: MCAP files, read and compared."""
