"""What workers do with the functions of this assignment besides calling them.

Workers get this file as it is: it imports nothing of the kit, and has no right answer.
"""

import torch


def clipped(f, w_grad, b_grad, theta):
    w, b = torch.zeros_like(w_grad), torch.zeros_like(b_grad)
    w.grad, b.grad = w_grad.clone(), b_grad.clone()
    f([w, b], theta)
    return [w.grad, b.grad]


def two_calls(f, X, p):
    """Each question begins with the same seed, so both calls are in one."""
    return [f(X, p), f(X, p)]


def with_parameters(f, X, weight, bias):
    layer = f(*weight.shape)
    layer.weight.data, layer.bias.data = weight, bias
    return layer(X)


def of_a_polynomial(f, x, h):
    return f(lambda x: x**3 - 2 * x, x, h)
