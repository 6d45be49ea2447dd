# wrong: vector_add: a misspelt parameter is hidden by a global of the notebook
import torch
import time


b = torch.ones(1000)


def vector_add(a, B):
    return a + b


n = 10000
a = torch.ones(n)
b = torch.ones(n)
start = time.time()
c = vector_add(a, b)
print(f"{time.time() - start:.5f} sec")
