"""Computes a power of a large number: minutes in C, where no Python handler runs."""
# expect: timeout


def attack(x):
    return (3 ** (10**8)) % 7
