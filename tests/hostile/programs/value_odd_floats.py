"""Returns numbers that compare to nothing."""
# expect: value


def attack(x):
    return [float("nan"), float("inf"), -float("inf"), -0.0]
