"""Known mistakes in `vector_add`, and students of the sample class who write it differently."""

from functools import partial

import torch

from autograder.exercises.vectorization.vector_add import vector_add

ALL = [check.name for check in vector_add.checks]

mistake = vector_add.mistake
adds_nothing = partial(mistake, fails=ALL)


@vector_add.mistake(
    fails=["is_vectorized"],
    says="You add the elements one at a time in a Python loop, each with its own tensor operation.",
)
def loops(a, b):
    c = torch.zeros_like(a)
    flat, left, right = c.view(-1), a.reshape(-1), b.reshape(-1)
    for i in range(len(left)):
        flat[i] = left[i] + right[i]
    return c


@vector_add.mistake(
    fails=["keeps_shape_and_dtype", "is_vectorized"],
    says="You add the elements one at a time into a float32 vector from torch.zeros.",
)
def loops_into_zeros(a, b):
    n = len(a)
    c = torch.zeros(n)
    for i in range(n):
        c[i] = a[i] + b[i]
    return c


@vector_add.mistake(
    fails=["is_vectorized"],
    says="This is far slower than a + b. Most often each number goes through Python (a list, map, "
    "a loop over numpy), or the work is split into many small pieces.",
)
def goes_through_python(a, b):
    numbers = [x + y for x, y in zip(a.flatten().tolist(), b.flatten().tolist())]
    return torch.tensor(numbers, dtype=a.dtype).reshape(a.shape)


through_lists = mistake(
    "goes_through_lists",
    "You turn the tensors into Python lists and back. That only hides the loop.",
    fails=["keeps_shape_and_dtype", "is_vectorized"],
).replace("a + b", "torch.tensor([x + y for x, y in zip(a.tolist(), b.tolist())])")
into_a = mistake(
    "writes_into_a",
    "You add into a, which changes the caller's tensor.",
    fails=["leaves_its_inputs_alone"],
).replace("a + b", "a.add_(b)")
mistake(
    "sums_up",
    "You sum everything to one number. Add each element of a to the matching element of b.",
    fails=ALL,
).replace("a + b", "(a + b).sum()")
adds_nothing(
    "joins_the_lists",
    "You join two lists. `+` puts one list behind the other, but adds two tensors "
    "element by element.",
).replace("a + b", "torch.tensor(a.tolist() + b.tolist())")
adds_nothing("returns_a", "You return a unchanged. Add b.").replace("a + b", "a")
for name, size in (
    ("adds_another_b", 10_000),
    ("adds_a_shorter_b", 1_000),
):  # the first as in the book
    adds_nothing(
        name,
        "You add a different vector instead of the parameter b. Is a name misspelled, so that "
        "a variable from outside is read?",
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
