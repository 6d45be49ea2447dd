"""Returns a string of 20 million letters."""
# expect: protocol


def attack(x):
    return "x" * 20_000_000
