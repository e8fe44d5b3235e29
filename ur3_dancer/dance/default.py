"""What dances when nobody says otherwise; apart, so that the command line can read it at once."""

DEFAULT_MODEL = "mdlt-m"
"""It keeps the beat more evenly than `mdlt-t`, on the built-in track and on recordings."""

DEFAULT_WINDOW = 120
"""Frames that it hears at a time."""
