"""What dances when nobody says otherwise; apart, so that the command line can read it at once."""

DEFAULT_MODEL = "mdlt-m"
"""Nearer to the beat than `mdlt-t` on generated songs, the built-in track and recordings alike."""

DEFAULT_WINDOW = 120
"""Frames that it hears at a time."""
