"""Returns a sparse tensor."""
# expect: refused-value


def attack(x):
    return x.to_sparse()
