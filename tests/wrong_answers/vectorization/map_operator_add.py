# wrong: vector_add: map of operator.add over the elements
import operator
import torch
import time


def vector_add(a, b):
    c = list(map(operator.add, a.reshape(-1).tolist(), b.reshape(-1).tolist()))
    return torch.tensor(c, dtype=a.dtype).view(a.shape)


n = 10000
a = torch.ones(n)
b = torch.ones(n)
start = time.time()
c = vector_add(a, b)
print(f"{time.time() - start:.5f} sec")
