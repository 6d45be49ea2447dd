"""A pass over the data as a worker sends it: what a right one is, and the features of known
mistakes.

Knows nothing of calls.  Rows and labels may repeat in the data: an example is a row with its label.
"""

import itertools

import torch

from autograder.authoring import N_, expect, phrase

from .data_iter_order import LARGE
from .parts import numbers_of


def fits(one):
    """Whether a pass of this form has as many rows as its sizes say, if `one_pass` joined it."""
    if type(one) is list:
        return True
    sizes, X, y = one["sizes"], one["X"], one["y"]
    return (
        min(sizes, default=0) >= 0
        and X.dim() > 0 < y.dim()
        and len(X) == len(y) == sum(sizes)
    )


def sizes_of(batch_size, n):
    """How many examples the batches of a right pass hold."""
    return [min(batch_size, n - i) for i in range(0, n, batch_size)]


def examples(X, y):
    """Each example as a tuple: its features, then its label."""
    return list(zip(map(tuple, X.tolist()), y.flatten().tolist()))


def demand_pass(one, batch_size, features, labels, given):
    """Demands each example once, with its own label, in full batches except the last.  Returns
    their numbers.

    given: the examples of the data.
    """
    sizes = sizes_of(batch_size, len(features))
    if type(one) is list:
        demand_pairs(one, features, labels)
        expect.that(False, "expected batches, got none")
    first = sum(one["sizes"][:1])
    demand_pairs([[one["X"][:first], one["y"][:first]]], features, labels)
    if one["sizes"] != sizes:
        expect.that(
            0 not in one["sizes"], "expected no empty batch, got one without examples"
        )
        expect.that(
            one["sizes"][: len(sizes)] != sizes,
            "expected batches of {expected} examples, got more batches after them. "
            "Does your loop end?",
            expected=sizes,
        )
        words = N_("expected batches of {expected} examples, got {got}")
        expect.that(False, words, expected=sizes, got=one["sizes"])
    rows = numbers_of(came := examples(one["X"], one["y"]), given)
    if -1 in rows:
        explain(came, rows, given)
    return rows


def explain(came, rows, given):
    """A sentence for what is wrong with a pass of so many examples.  rows: their numbers; -1
    for none.
    """
    missing = sorted({*range(len(given))} - {*rows})
    strange = [came[k] for k, row in enumerate(rows) if row < 0]
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
    """Demands that each batch is a pair of tensors that fit, with the axes and the dtype of
    the data.
    """
    for k, batch in enumerate(batches, 1):
        if type(batch) is not list or len(batch) != 2:
            got = (
                phrase("a sequence of length {many}", many=len(batch))
                if type(batch) is list
                else expect.kind(batch)
            )
            if isinstance(batch, torch.Tensor):
                got = phrase("one tensor of shape {shape}", shape=expect.shape(batch))
            words = N_(
                "expected a pair (X, y) for batch {batch}, got {got}. Yield one pair per batch."
            )
            expect.that(False, words, batch=k, got=got)
        for t, given, name in zip(batch, (features, labels), ("features", "labels")):
            if not isinstance(t, torch.Tensor):
                expect.close(t, given, name)
            words = N_(
                "expected {name} of shape {expected} in batch {batch}, got {got}"
            )
            shape = str(("B", *given.shape[1:])).replace("'", "")
            fits = t.dim() > 0 and t.shape[1:] == given.shape[1:]
            expect.that(
                fits, words, name=name, batch=k, expected=shape, got=expect.shape(t)
            )
            words = N_("expected {name} of dtype {expected}, got {got}")
            dtypes = {"expected": expect.name(given.dtype), "got": expect.name(t.dtype)}
            expect.that(t.dtype == given.dtype, words, name=name, **dtypes)
        words = N_("in batch {batch}, X has the length {rows}, but y has {many}")
        expect.that(
            len(batch[0]) == len(batch[1]),
            words,
            batch=k,
            rows=len(batch[0]),
            many=len(batch[1]),
        )


# The features of passes that are compared with a known mistake's: those that do not depend
# on the shuffle.


def observed(cases):
    """The sizes and the form of all batches, and what holds in every case: see `signs_of`."""
    forms, always = [], {}
    for answer in itertools.chain(*cases):
        if type(answer) is not dict:
            return [answer if hasattr(answer, "error") else str(answer)]
        if answer["rewritten"]:
            return "rewritten"  # what such batches hold in the end depends on how they share memory
        passes = []
        for one in answer["passes"]:
            if type(one) is list:
                forms.append([form(batch) for batch in one])
                continue
            X, y, sizes = one["X"], one["y"], one["sizes"]
            forms.append(
                [sorted(sizes), str(X.dtype), str(y.dtype), tuple(y.shape[1:])]
            )
            passes.append((keys_of(X), keys_of(y), sizes))
        for sign, holds in signs_of(
            passes, keys_of(answer["features"]), keys_of(answer["labels"])
        ).items():
            always[sign] = always.get(sign, True) and holds
    return [forms, always]


def signs_of(passes, features, labels):
    """Features of all passes over the same data: which examples came, with whose labels, in
    what order.

    Which of them come twice or never can be chance, so that needs many passes.
    """
    data, orders = set(zip(features, labels)), [X for X, _, _ in passes]
    repeated = [one == other for one, other in itertools.combinations(orders, 2)]
    signs = {
        "all features": all(set(X) == set(features) for X in orders),
        "paired": all(set(zip(X, y)) <= data for X, y, _ in passes),
        "all labels": all(sorted(y) == sorted(labels) for _, y, _ in passes),
        "labels in order": all(y == labels[: len(y)] for _, y, _ in passes),
        "one order": all(repeated),
        "another order each time": len(features) < LARGE or not any(repeated),
        "one batch in all": all(
            all(batch == batches[0][: len(batch)] for batch in batches)
            for batches in (cut(X, sizes) for X, _, sizes in passes)
        ),
    }
    if len(passes) > 1:
        signs |= {
            "paired alike": len({frozenset(zip(X, y)) for X, y, _ in passes}) == 1,
            "the first": all(features[0] in X for X in orders),
            "once in a batch": all(
                len({*batch}) == len(batch)
                for X, _, sizes in passes
                for batch in cut(X, sizes)
            ),
        }
    return signs


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
