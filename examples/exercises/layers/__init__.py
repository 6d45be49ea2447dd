"""Worked examples, one of each kind: a value, sizes, a random function, one in place, defaults, a class."""
