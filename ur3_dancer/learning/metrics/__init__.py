"""Measures of a dance: each says in its module what it sees and what it is blind to."""
