"""What is danced: policies that turn a window of music into a chunk of poses."""
