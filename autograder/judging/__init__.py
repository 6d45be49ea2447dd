"""Judges submissions: exercises and workers in, results out.  Knows nothing of files or readers."""
