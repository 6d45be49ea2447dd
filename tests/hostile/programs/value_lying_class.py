"""Returns an object that says it is a tensor."""
# expect: refused-value

import torch


class Liar:
    __class__ = torch.Tensor
    dtype, layout, device = torch.float32, torch.strided, torch.device("cpu")
    shape = (3,)

    def numel(self):
        return 3

    def element_size(self):
        return 4

    def numpy(self, force=False):
        raise RuntimeError("no")


def attack(x):
    return Liar()
