"""`data_iter(batch_size, features, labels)`: minibatches in random order."""

from functools import partial
from itertools import product

import torch
from hypothesis import strategies as st

from autograder.authoring import (
    ANYTHING,
    N_,
    Exercise,
    StudentError,
    expect,
    phrase,
)

from . import lines, parts, probes
from .data_iter_order import (
    CALLS,
    FEW,
    LARGE,
    MANY,
    demand_random,
)
from .data_iter_pass import (
    demand_pass,
    examples,
    fits,
    observed,
    sizes_of,
)
from .datasets import datasets

data_iter = Exercise(
    "data_iter",
    hints={
        "examples": N_(
            "Take batch_size of the shuffled row numbers at a time, until none are left, and "
            "yield their rows."
        ),
        "features changed": N_(
            "The caller's tensors stay as they are. Shuffle row numbers, and index with them."
        ),
        "hardly shuffled": N_(
            "Shuffle the row numbers of all examples, and cut the batches from them."
        ),
    },
)


@data_iter.answer
def right(batch_size, features, labels):
    import random

    rows = list(range(len(features)))
    random.shuffle(rows)
    for i in range(0, len(rows), batch_size):
        batch = rows[i : i + batch_size]
        yield features[batch], labels[batch]


data_iter.as_part(bounded=probes.ends, recorded=parts.follows_this_order)
passes = data_iter.probe(
    probes.passes,
    reply={
        "passes": [
            ([ANYTHING], {"sizes": [int], "X": torch.Tensor, "y": torch.Tensor})
        ],
        "features": ANYTHING,
        "labels": ANYTHING,
        "recording": bool,
        "inference": bool,
        "rewritten": bool,
    },
    agrees=lambda reply, *args: (
        len(reply["passes"]) == args[3] + len(args[4]) + 2 * len(args[5])
        and all(map(fits, reply["passes"]))
    ),
    lines=lines.passes,
)


def demand(got, batch_size, features, labels, after=lambda place: ""):
    """Demands whole passes.  Returns each pass's order of the examples.

    after: the sentence's part about an earlier or parallel pass, for the passes that may
    fail because of it.
    """
    given = examples(features, labels)
    orders = []
    for place, came in enumerate(got.passes):
        with expect.rephrased(N_("{difference}{after}"), after=after(place)):
            orders.append(demand_pass(came, batch_size, features, labels, given))
    return orders


def demand_one(data_iter, batch_size, features, labels, number):
    """Demands a whole pass.  Returns what was seen."""
    got = passes(data_iter, batch_size, features, labels, 1, [], [], number)
    demand(got, batch_size, features, labels)
    return got


even = st.tuples(st.integers(1, 4), st.integers(1, 4)).map(
    lambda t: (t[0] * t[1], t[0])
)
uneven = st.tuples(st.integers(2, 5), st.integers(1, 3), st.integers(1, 4)).map(
    lambda t: (t[0] * t[1] + min(t[2], t[0] - 1), t[0])
)
extreme = st.one_of(
    st.integers(1, 7).map(lambda n: (n, 1)),
    st.integers(1, 9).map(lambda n: (n, n)),
    st.tuples(st.integers(1, 7), st.integers(1, 9)).map(lambda t: (t[0], t[0] + t[1])),
)
many = st.sampled_from([(28, 7), (32, 8), (36, 9), (30, 10), (33, 11), (36, 12)])
F32, F64, I64 = torch.float32, torch.float64, torch.int64
SMALL = (28, 3), (30, 1), (6, 2), (3, 1), (2, 1)  # of which many orders are drawn


def data(sizes, **options):
    """Cases of these sizes, a strategy or a pair."""
    sizes = st.just(sizes) if isinstance(sizes, tuple) else sizes
    return datasets(sizes=sizes, **options)


check = partial(data_iter.check, cases=40, fingerprint=observed)


@check(
    points=3,
    given=data(even),
    edge_cases=[
        data((1000, 10), column=False),
        data((12, 3), equal=True),
        data((12, 4), by=-1 / 128),
        data((16, 4), equal=True, column=True),
    ],
)
def gives_every_example_once(data_iter, **case):
    """gives every example exactly once, in full batches of tensors, with its own label"""
    demand_one(data_iter, **case)


@check(
    points=0.5,
    given=data(uneven),
    edge_cases=[
        data((2111, 1100), column=True),
        data((361, 120)),
        data((14, 4), equal=True),
    ],
)
def has_a_short_last_batch(data_iter, **case):
    """gives a shorter last batch when batch_size does not divide the number of examples"""
    demand_one(data_iter, **case)


@check(
    points=0.25,
    given=data(extreme),
    edge_cases=[data((300, 300)), data((130, 1000)), data((9, 1), equal=True)],
)
def takes_any_batch_size(data_iter, **case):
    """works when batch_size is 1, the number of examples, or larger"""
    demand_one(data_iter, **case)


@check(
    points=0.25,
    given=st.one_of(
        data(even, column=True, dtypes=(F64, F64)),
        data(even, column=False, dtypes=(F64, F64)),
        data(even, column=True),
    ),
    edge_cases=[
        data((12, 4), by=1 / 3, dtypes=(F64, F64)),  # float32 has no thirds
        data((12, 4), by=2**50 + 1, dtypes=(I64, I64)),  # nor float64 such numbers
        data((12, 3), dtypes=(F32, I64), column=False),
        data((10, 5), by=1 / 3, dtypes=(F32, F64)),
        data((10, 5), by=1 / 3, dtypes=(F64, F32)),
    ],
)
def keeps_shape_and_dtype(data_iter, **case):
    """keeps the labels' shape, (n,) or (n, 1), the dtype of both, and gradient recording"""
    got = demand_one(data_iter, **case)
    words = N_(
        "gradient recording is off while a loop has a batch. Yield outside of torch.no_grad()."
    )
    expect.that(got.recording, words, "recording")
    words = N_(
        "batches are inference tensors: X @ w fails where w needs a gradient. Remove "
        "inference_mode."
    )
    expect.that(not got.inference, words, "inference")


@check(
    points=1.5,
    given=data(many),
    edge_cases=[
        *[data(pair, column=False) for pair in SMALL],
        # Of which a shuffle of the first 1000 leaves a third in place.
        data((1500, 50)),
        data((20, 4), column=False),
    ],
    rare=3,  # of many passes, chance decides which examples are missing in some
)
def is_random(data_iter, batch_size, features, labels, number):
    """gives the examples in a random order, a new one at each call"""
    n = len(features)
    many = 6 if n >= LARGE else MANY if n < FEW or n % batch_size else 2
    many = CALLS.get(n, many)
    try:
        got = passes(data_iter, batch_size, features, labels, many, [], [], number)
        orders = demand(got, batch_size, features, labels)
    except (expect.Difference, StudentError):
        if batch_size > 1 and n % batch_size == 0:
            raise
        return  # a short last batch and batches of one example are other checks' claims
    demand_random(orders, n, batch_size)


@check(
    points=0.5,
    given=data(even),
    edge_cases=[data((21, 3))],  # with a pass that stops at each batch
    fingerprint=lambda cases: None,  # which passes another one disturbs can be chance
)
def starts_each_call_afresh(data_iter, batch_size, features, labels, number):
    """gives all examples at every call, and does not change features or labels"""
    batches = len(sizes_of(batch_size, len(features)))
    n, some = len(features), [number // 2 % (batches + 1)]
    left, ahead = ([(n, batch_size, *some)], []) if number % 2 else ([], some)
    if n > 20:  # first after one in smaller batches; also over fewer rows
        left = [
            (n, batch_size - 1, 1),
            *product((n, n - 1), [batch_size], range(batches + 1)),
        ]
        ahead = [0, batches // 2]

    def after(place):
        if place == len(left):
            return ""
        words = N_(" (after a pass over other features that stopped early)")
        return phrase(words if place < len(left) else N_(" (while another pass runs)"))

    got = passes(data_iter, batch_size, features, labels, 1, left, ahead, number)
    demand(got, batch_size, features, labels, after)
    expect.unchanged(got.features, features, "features")
    expect.unchanged(got.labels, labels, "labels")
