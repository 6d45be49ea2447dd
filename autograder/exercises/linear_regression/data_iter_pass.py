"""A pass over the data as a worker sends it: what a right one is, and how mistakes show in it.

Knows nothing of calls.  Rows and labels may repeat in the data: an example is a row with its label.
"""

import itertools

import torch

from autograder.authoring import N_, expect, phrase

from .data_iter_order import LARGE
from .parts import numbers_of


def fits(came):
    """Whether a pass has as many rows as its sizes say, if `one_pass` joined it."""
    if type(came) is list:
        return True
    sizes, X, y = came["sizes"], came["X"], came["y"]
    if not X.dim() or not y.dim() or min(sizes, default=0) < 0:
        return False
    return len(X) == len(y) == sum(sizes)


def sizes_of(batch_size, n):
    """How many examples the batches of a right pass hold."""
    return [min(batch_size, n - i) for i in range(0, n, batch_size)]


def examples(X, y):
    """Each example as a tuple: its features, then its label."""
    return list(zip(map(tuple, X.tolist()), y.flatten().tolist()))


def demand_pass(came, batch_size, features, labels, given):
    """Demands each example once, with its own label, in full batches except the last.

    given: the examples of the data.  Returns the numbers of those that came.
    """
    if type(came) is list:
        demand_pairs(came, features, labels)
        expect.that(False, "expected batches, got none")
    sizes, X, y = came["sizes"], came["X"], came["y"]
    first = sum(sizes[:1])
    demand_pairs([[X[:first], y[:first]]], features, labels)
    demand_sizes(sizes, sizes_of(batch_size, len(features)))
    passed = examples(X, y)
    rows = numbers_of(passed, given)
    if -1 in rows:
        explain(passed, rows, given)
    return rows


def demand_sizes(sizes, right):
    if sizes == right:
        return
    expect.that(0 not in sizes, "expected no empty batch, got one without examples")
    words = N_(
        "expected batches of {expected} examples, got more batches after them. "
        "Does your loop end?"
    )
    expect.that(sizes[: len(right)] != right, words, expected=right)
    words = N_("expected batches of {expected} examples, got {got}")
    expect.that(False, words, expected=right, got=sizes)


def explain(passed, rows, given):
    """Says what is wrong with a pass of so many examples.  rows: their numbers, or -1."""
    missing = sorted({*range(len(given))} - {*rows})
    strange = [passed[k] for k, row in enumerate(rows) if row < 0]
    own = [next((i for i in missing if given[i][0] == X), -1) for X, _ in strange]
    if -1 not in own:
        label = given[own[0]][1]
        right, wrong = expect.in_enough_digits(label, strange[0][1])
        words = N_(
            "features and labels do not match: example {row} has the label {own}, but got "
            "{other}. Index both with the same row numbers."
        )
        values = {"row": own[0], "own": right, "other": wrong}
        expect.that(False, words, "examples", **values)
    if not {X for X, _ in strange} <= {X for X, _ in given}:
        why = phrase("one row in a batch is not a row of features")
    else:
        why = phrase("example {row} is missing", row=missing[0])
    words = N_("expected each example once, {many} in all, but {why}")
    expect.that(False, words, "examples", many=len(given), why=why)


def demand_pairs(batches, features, labels):
    """Demands that each batch is a pair that fits, with the axes and the dtype of the data."""
    for k, batch in enumerate(batches, 1):
        if type(batch) is not list or len(batch) != 2:
            words = N_(
                "expected a pair (X, y) for batch {batch}, got {got}. Yield one pair per batch."
            )
            expect.that(False, words, batch=k, got=kind_of(batch))
        X, y = batch
        demand_part(X, features, "features", k)
        demand_part(y, labels, "labels", k)
        words = N_("in batch {batch}, X has the length {rows}, but y has {many}")
        expect.that(len(X) == len(y), words, batch=k, rows=len(X), many=len(y))


def kind_of(batch):
    """What a batch is that is no pair."""
    if isinstance(batch, torch.Tensor):
        return phrase("one tensor of shape {shape}", shape=expect.shape(batch))
    if type(batch) is list:
        return phrase("a sequence of length {many}", many=len(batch))
    return expect.kind(batch)


def demand_part(t, given, name, k):
    """Demands rows of the data, as far as axes and dtype tell, in batch k."""
    if not isinstance(t, torch.Tensor):
        expect.close(t, given, name)
    words = N_("expected {name} of shape {expected} in batch {batch}, got {got}")
    shape = str(("B", *given.shape[1:])).replace("'", "")
    fits = t.dim() > 0 and t.shape[1:] == given.shape[1:]
    got = expect.shape(t)
    expect.that(fits, words, name=name, batch=k, expected=shape, got=got)
    words = N_("expected {name} of dtype {expected}, got {got}")
    dtypes = {"expected": expect.name(given.dtype), "got": expect.name(t.dtype)}
    expect.that(t.dtype == given.dtype, words, name=name, **dtypes)


# How passes show a known mistake: by what does not depend on the shuffle.


def observed(cases):
    """The sizes and the form of all batches, and what holds in every case: see `signs_of`."""
    forms, always = [], {}
    for answer in itertools.chain(*cases):
        if type(answer) is not dict:
            return [answer if hasattr(answer, "error") else str(answer)]
        if answer["rewritten"]:
            return "rewritten"  # what such batches hold in the end depends on how they share memory
        passes = []
        for came in answer["passes"]:
            if type(came) is list:
                forms.append([form(batch) for batch in came])
                continue
            X, y, sizes = came["X"], came["y"], came["sizes"]
            dtypes = [str(X.dtype), str(y.dtype)]
            forms.append([sorted(sizes), *dtypes, tuple(y.shape[1:])])
            passes.append((keys_of(X), keys_of(y), sizes))
        features, labels = keys_of(answer["features"]), keys_of(answer["labels"])
        for sign, holds in signs_of(passes, features, labels).items():
            always[sign] = always.get(sign, True) and holds
    return [forms, always]


def signs_of(passes, features, labels):
    """Which examples came in all passes over the same data, with whose labels, in what order.

    Which of them come twice or never can be chance, so that needs many passes.
    """
    data = set(zip(features, labels))
    orders = [X for X, _, _ in passes]
    repeated = [first == second for first, second in itertools.combinations(orders, 2)]
    batches = [cut(X, sizes) for X, _, sizes in passes]
    signs = {
        "all features": all(set(X) == set(features) for X in orders),
        "paired": all(set(zip(X, y)) <= data for X, y, _ in passes),
        "all labels": all(sorted(y) == sorted(labels) for _, y, _ in passes),
        "labels in order": all(y == labels[: len(y)] for _, y, _ in passes),
        "one order": all(repeated),
        "another order each time": len(features) < LARGE or not any(repeated),
        "one batch in all": all(map(repeats_the_first, batches)),
    }
    if len(passes) > 1:
        signs |= {
            "paired alike": len({frozenset(zip(X, y)) for X, y, _ in passes}) == 1,
            "the first": all(features[0] in X for X in orders),
            "once in a batch": all(map(is_distinct, itertools.chain(*batches))),
        }
    return signs


def repeats_the_first(batches):
    return all(batch == batches[0][: len(batch)] for batch in batches)


def is_distinct(batch):
    return len({*batch}) == len(batch)


def cut(rows, sizes):
    rows = iter(rows)
    return [[*itertools.islice(rows, size)] for size in sizes]


def keys_of(t):
    """Each row as a text, whatever its form."""
    return [*map(str, t.tolist())]


def form(batch):
    """Of what is no batch that fits: how many values, and the axes of the first."""
    if type(batch) is not list:
        return type(batch).__name__
    return [
        len(batch),
        batch[0].dim() if batch and isinstance(batch[0], torch.Tensor) else -1,
    ]
