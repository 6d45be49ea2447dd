"""Returns a tensor without memory of its own, of a class that answers each operation itself."""
# expect: protocol|refused-value|value|crashed

import torch


class Wrapper(torch.Tensor):
    @staticmethod
    def __new__(cls):
        return torch.Tensor._make_wrapper_subclass(cls, (1 << 40,), dtype=torch.float32)

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return True


def attack(x):
    return Wrapper()
