"""Returns a list that holds one list again and again: small here, 10^10 numbers when it is
written.
"""
# expect: refused-value|crashed|timeout|error


def attack(x):
    value = [1.0] * 10
    for _ in range(10):
        value = [value] * 10
    return value
