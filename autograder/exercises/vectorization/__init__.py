"""Vectorized computing (2.1): the exercises and their checks."""
