# starts from zeros_like and adds both operands in place to the new tensor; type annotations
from typing import Optional

import torch
from torch import Tensor


def vector_add(a: Tensor, b: Tensor, out: Optional[Tensor] = None) -> Tensor:
    c = torch.zeros_like(a) if out is None else out.zero_()
    c += a
    c += b
    return c


import matplotlib.pyplot as plt
plt.figure(figsize=(3.5, 2.5))
plt.plot([1000, 10000, 100000], [0.01, 0.1, 1.0], label='loop')
plt.legend()
plt.show()
