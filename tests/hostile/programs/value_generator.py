"""Returns a generator that raises, and one that never ends."""
# expect: refused-value


def attack(x):
    yield from iter(int, 1)
