"""Returns lists in lists, 10,000 deep."""
# expect: refused-value


def attack(x):
    deep = []
    for _ in range(10_000):
        deep = [deep]
    return deep
