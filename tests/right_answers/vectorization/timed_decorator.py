# a decorator prints how long the call took; the sum itself is a clone plus add_
import functools
import time
import torch


def timed(label):
    def wrap(f):
        @functools.wraps(f)
        def inner(*args, **kwargs):
            start = time.perf_counter()
            answer = f(*args, **kwargs)
            print('%s: %.5f sec' % (label, time.perf_counter() - start))
            return answer
        return inner
    return wrap


@timed('vectorised')
def vector_add(a, b):
    c = a.clone()
    c.add_(b)
    return c


big = torch.ones(5_000_000)
vector_add(big, big)
