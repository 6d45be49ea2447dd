"""Linear regression from scratch (2.2): the exercises and their checks."""
