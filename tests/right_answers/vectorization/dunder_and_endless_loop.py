# a.__add__(b), and a timing loop at top level that never ends
import torch, time
def vector_add(a, b): return a.__add__(b)
n = 1000
while True:
    a, b = torch.ones(n), torch.ones(n)
    t0 = time.time(); vector_add(a, b); t1 = time.time()
    print(n, t1 - t0)
    time.sleep(1)
