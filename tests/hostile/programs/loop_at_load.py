"""Computes for ever as soon as it is loaded."""
# expect: timeout

while True:
    pass


def attack(x):
    return "BREACH: loaded"
