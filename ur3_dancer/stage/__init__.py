"""For people: reports, and what is seen of a performance."""
