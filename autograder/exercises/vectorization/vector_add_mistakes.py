"""Known mistakes in `vector_add`, and who of the sample class writes it in another way.

What each costs: the claims that it breaks, each in its own way.  What does not add costs the claims on
adding, and what gives back nothing, an input or another operation's result costs all.
"""

from __future__ import annotations

import torch

from autograder.exercises.vectorization.vector_add import (
    adds,
    is_vectorized,
    keeps_shape_and_dtype,
    leaves_its_inputs_alone,
    vector_add,
)

ALL = [adds, keeps_shape_and_dtype, leaves_its_inputs_alone, is_vectorized]


@vector_add.mistake(
    fails=[is_vectorized],
    says="You add the elements one at a time in a Python loop, each a tensor operation of its own.",
)
def loops(a, b):
    c = torch.zeros_like(a)
    flat, left, right = c.view(-1), a.reshape(-1), b.reshape(-1)
    for i in range(len(left)):
        flat[i] = left[i] + right[i]
    return c


@vector_add.mistake(
    fails=[keeps_shape_and_dtype, is_vectorized],
    says="You add the elements one at a time, into a float32 vector made by torch.zeros.",
)
def loops_into_zeros(a, b):
    n = len(a)
    c = torch.zeros(n)
    for i in range(n):
        c[i] = a[i] + b[i]
    return c


@vector_add.mistake(
    fails=[is_vectorized],
    says="This is far slower than a + b. Most often each number passes through Python (a list, "
    "map, a loop over numpy), or the work is cut into many small pieces.",
)
def goes_through_python(a, b):
    numbers = [x + y for x, y in zip(a.flatten().tolist(), b.flatten().tolist())]
    return torch.tensor(numbers, dtype=a.dtype).reshape(a.shape)


@vector_add.mistake(
    fails=[keeps_shape_and_dtype, is_vectorized],
    says="You turn the tensors into Python lists and back: the loop is only hidden.",
)
def goes_through_lists(a, b):
    return torch.tensor([x + y for x, y in zip(a.tolist(), b.tolist())])


@vector_add.mistake(
    fails=[leaves_its_inputs_alone],
    says="You add into a, so that the caller's tensor changes.",
)
def writes_into_a(a, b):
    a += b
    return a


@vector_add.mistake(
    fails=[leaves_its_inputs_alone],
    says="You add into b, so that the caller's tensor changes.",
)
def writes_into_b(a, b):
    b += a
    return b


@vector_add.mistake(
    fails=[keeps_shape_and_dtype],
    says="You convert the result to float32, whatever dtype came in.",
)
def casts_to_float32(a, b):
    return (a + b).float()


@vector_add.mistake(
    fails=[keeps_shape_and_dtype],
    says="You give a flat vector, whatever shape came in.",
)
def flattens(a, b):
    return (a + b).reshape(-1)


@vector_add.mistake(
    fails=ALL,
    costs=[adds, keeps_shape_and_dtype, is_vectorized],
    says="You sum everything up to one number; each element of a is added to its own in b.",
)
def sums_up(a, b):
    return (a + b).sum()


@vector_add.mistake(fails=ALL, costs=[adds, is_vectorized], says="You subtract b instead of adding it.")
def subtracts(a, b):
    return a - b


@vector_add.mistake(
    fails=ALL, says="You join a and b to one longer vector; each element of a is added to its own in b."
)
def joins(a, b):
    return torch.cat([a.reshape(-1), b.reshape(-1)])


@vector_add.mistake(
    fails=ALL,
    says="You join two lists: `+` puts one behind the other, where two tensors would be added element by "
    "element.",
)
def joins_the_lists(a, b):
    return torch.tensor(a.tolist() + b.tolist())


@vector_add.mistake(fails=ALL, says="You give a back as it was: b is not added.")
def returns_a(a, b):
    return a


@vector_add.mistake(fails=ALL, says="Nothing comes back: is there a return, or only a print?")
def returns_nothing(a, b):
    print(a + b)


OUTSIDE = (
    "You add another vector than the b that is given: is a name misspelt, so that a variable from outside is "
    "read?"
)


@vector_add.mistake(fails=ALL, says=OUTSIDE)
def adds_another_b(a, b):
    return a + torch.ones(10_000)  # as in the book


@vector_add.mistake(fails=ALL, says=OUTSIDE)
def adds_a_shorter_b(a, b):
    return a + torch.ones(1_000)


def hangs(a, b):
    while len(a) > 0:
        pass


def added_by_torch(a, b):
    return torch.add(b, a)


vector_add.sample(
    bertha=added_by_torch,
    dana=loops,
    emre=writes_into_a,
    george=goes_through_lists,
    jun=loops_into_zeros,
    mateo=hangs,
)
