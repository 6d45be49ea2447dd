"""Returns a number of 100,000 digits."""
# expect: refused-value|protocol|crashed


def attack(x):
    return 10**100_000
