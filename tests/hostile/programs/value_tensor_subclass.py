"""Returns a tensor whose class says of its shape and data what it likes."""
# expect: protocol|refused-value|value

import numpy as np
import torch


class Liar(torch.Tensor):
    @property
    def shape(self):
        return torch.Size([10**9])

    def numel(self):
        return 1

    def numpy(self, force=False):
        return np.ones(3)

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function is torch.Tensor.numpy:
            return np.ones(3)
        with torch._C.DisableTorchFunctionSubclass():
            return function(*args, **kwargs or {})


def attack(x):
    return torch.ones(2).as_subclass(Liar)
