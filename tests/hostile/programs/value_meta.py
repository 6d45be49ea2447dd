"""Returns a tensor without data, of 10^12 elements."""
# expect: refused-value

import torch


def attack(x):
    return torch.empty(10**12, device="meta")
