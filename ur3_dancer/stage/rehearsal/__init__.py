"""A rehearsal for people: what was heard, what it found, and how that is shown."""
