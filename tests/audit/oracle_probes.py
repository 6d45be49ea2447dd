"""What workers do for an oracle besides calling the function; they get this file as it is."""

import torch


def written_over(f, a, b):
    """The value, the inputs afterwards, and whether what is written into the value leaves them
    alone.
    """
    value = f(a, b)
    inputs = [a.clone(), b.clone()]
    given = value.clone() if isinstance(value, torch.Tensor) else value
    if isinstance(value, torch.Tensor):
        value.zero_()
    return {
        "value": given,
        "inputs": inputs,
        "apart": a.equal(inputs[0]) and b.equal(inputs[1]),
    }
