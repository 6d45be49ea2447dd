# the book's way: a + b, with the timing of the loop below it at top level
import torch
import time


def vector_add(a, b):
    return a + b


n = 1000
a = torch.ones(n)
b = torch.ones(n)

start = time.time()
c = torch.zeros(n)
for i in range(n):
    c[i] = a[i] + b[i]
print(f'loop: {time.time() - start:.5f} sec')

start = time.time()
d = vector_add(a, b)
print(f'vectorised: {time.time() - start:.5f} sec')
assert (c == d).all()
