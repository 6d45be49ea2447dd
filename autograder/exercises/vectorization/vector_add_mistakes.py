"""Known mistakes in `vector_add`, and who of the sample class writes it in another way.

What each costs: the claims that it breaks, each in its own way.  What does not add costs the claims on
adding, and what gives back nothing, an input or another operation's result costs all.
"""

from __future__ import annotations

from functools import partial

import torch

from autograder.exercises.vectorization.vector_add import (
    adds,
    is_vectorized,
    keeps_shape_and_dtype,
    leaves_its_inputs_alone,
    vector_add,
)

ALL = [adds, keeps_shape_and_dtype, leaves_its_inputs_alone, is_vectorized]

mistake = vector_add.mistake
wrong_form = partial(mistake, fails=[keeps_shape_and_dtype])
writes = partial(mistake, fails=[leaves_its_inputs_alone])
adds_nothing = partial(mistake, fails=ALL)


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


through_lists = mistake(
    "goes_through_lists",
    "You turn the tensors into Python lists and back: the loop is only hidden.",
    fails=[keeps_shape_and_dtype, is_vectorized],
).replace("a + b", "torch.tensor([x + y for x, y in zip(a.tolist(), b.tolist())])")
into_a = writes("writes_into_a", "You add into a, so that the caller's tensor changes.").replace(
    "a + b", "a.add_(b)"
)
writes("writes_into_b", "You add into b, so that the caller's tensor changes.").replace("a + b", "b.add_(a)")
wrong_form("casts_to_float32", "You convert the result to float32, whatever dtype came in.").replace(
    "a + b", "(a + b).float()"
)
wrong_form("flattens", "You give a flat vector, whatever shape came in.").replace(
    "a + b", "(a + b).reshape(-1)"
)
mistake(
    "sums_up",
    "You sum everything up to one number; each element of a is added to its own in b.",
    fails=ALL,
    costs=[adds, keeps_shape_and_dtype, is_vectorized],
).replace("a + b", "(a + b).sum()")
mistake("subtracts", "You subtract b instead of adding it.", fails=ALL, costs=[adds, is_vectorized]).replace(
    "+", "-"
)
adds_nothing(
    "joins", "You join a and b to one longer vector; each element of a is added to its own in b."
).replace("a + b", "torch.cat([a.reshape(-1), b.reshape(-1)])")
adds_nothing(
    "joins_the_lists",
    "You join two lists: `+` puts one behind the other, where two tensors would be added element by element.",
).replace("a + b", "torch.tensor(a.tolist() + b.tolist())")
adds_nothing("returns_a", "You give a back as it was: b is not added.").replace("a + b", "a")
adds_nothing("returns_nothing", "Nothing comes back: is there a return, or only a print?").replace(
    "return a + b", "print(a + b)"
)
for name, size in (("adds_another_b", 10_000), ("adds_a_shorter_b", 1_000)):  # the first as in the book
    adds_nothing(
        name,
        "You add another vector than the b that is given: is a name misspelt, so that a variable from "
        "outside is read?",
    ).replace("a + b", f"a + torch.ones({size})")


def hangs(a, b):
    while len(a) > 0:
        pass


def added_by_torch(a, b):
    return torch.add(b, a)


vector_add.sample(
    bertha=added_by_torch,
    dana=loops,
    emre=into_a,
    george=through_lists,
    jun=loops_into_zeros,
    mateo=hangs,
)
