"""Replaces torch's comparisons, so that a check beside it would find all equal."""
# expect: value

import torch


def attack(x):
    torch.equal = torch.allclose = lambda *args, **kwargs: True
    torch.Tensor.__eq__ = lambda a, b: True
    torch.testing.assert_close = lambda *args, **kwargs: None
    torch.Tensor.equal = torch.Tensor.allclose = lambda *args, **kwargs: True
    return 1.0
