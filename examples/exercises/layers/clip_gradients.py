"""In place: `clip_gradients(params, theta)` scales the gradients down to a common norm of at
most theta.
"""

import torch
from hypothesis import strategies as st

from autograder import Exercise, tensors

from . import probes

clip_gradients = Exercise("clip_gradients")


@clip_gradients.answer
def right(params, theta):
    norm = torch.sqrt(sum((p.grad**2).sum() for p in params))
    if norm > theta:
        for p in params:
            p.grad *= theta / norm


clip_gradients.contract(  # what is compared is what `clipped` returns
    given=tensors(
        w_grad="n d",
        b_grad="d",
        also={"theta": st.sampled_from([0.5, 1.0, 100.0])},
    ),
    points={"value": 3},
    use=clip_gradients.probe(probes.clipped),
)
clip_gradients.mistake(
    "clips_each",
    "You clip each gradient by a norm of its own: the norm is that of all together.",
    fails=["value"],
).replace(
    "norm = torch.sqrt(sum((p.grad**2).sum() for p in params))",
    "norm = params[0].grad.norm()",
)
