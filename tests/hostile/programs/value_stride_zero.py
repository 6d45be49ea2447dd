"""Returns a view of one number that claims to be 10^12."""
# expect: refused-value

import torch


def attack(x):
    return torch.ones(1).expand(10**12)
