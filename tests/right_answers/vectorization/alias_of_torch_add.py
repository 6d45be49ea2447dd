"""vector_add is just another name for torch.add; no def at all"""
import torch
from time import perf_counter as now

vector_add = torch.add

x = torch.arange(12).reshape(3, 4)
print(vector_add(x, x))
t = now(); vector_add(x, x); print(now() - t)
