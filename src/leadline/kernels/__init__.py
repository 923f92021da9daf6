"""Arrays in, arrays out; the batch axis comes first. NumPy and SciPy only."""
