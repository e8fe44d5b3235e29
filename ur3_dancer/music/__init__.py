"""What is heard: sources, resampling, causal features, beat, windows."""
