"""Learning LM2D: examples, the teacher, its distillation, and how well they dance."""
