"""Returns a list that holds itself."""
# expect: refused-value|crashed


def attack(x):
    loop = []
    loop.append(loop)
    return loop
