"""Returns many tensors that are each as large as one may be."""
# expect: protocol|refused-value|crashed

import torch


def attack(x):
    return [torch.ones(2 << 20)] * 10
