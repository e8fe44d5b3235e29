"""Music becomes dance becomes motion becomes robot: a UR3 that dances to what it hears."""

__version__ = "0.1.0"
