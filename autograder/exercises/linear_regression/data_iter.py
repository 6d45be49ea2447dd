"""`data_iter(batch_size, features, labels)`: minibatches in random order."""

from __future__ import annotations

import inspect
import itertools

import torch
from hypothesis import strategies as st

from autograder.authoring import ANYTHING, Exercise, Figure, Line, datasets, expect, tr
from autograder.sandbox.inside.probes import seed

data_iter = Exercise("data_iter", order=1, unseen=("number",))


@data_iter.answer
def right(batch_size, features, labels):
    import random

    rows = list(range(len(features)))
    random.shuffle(rows)
    for i in range(0, len(rows), batch_size):
        batch = rows[i : i + batch_size]
        yield features[batch], labels[batch]


def cut_off(batches, limit):
    for count, batch in enumerate(batches):
        if count == limit:
            raise RuntimeError("data_iter gives more batches than there are examples")
        yield batch


@data_iter.guard
def ends(own):
    """The student's own, whose passes end: one without end costs no more time than it must."""

    def guarded(*args, **kwargs):
        result = own(*args, **kwargs)
        if not inspect.isgenerator(result):
            return result
        sizes = [len(a) for a in (*args, *kwargs.values()) if isinstance(a, torch.Tensor) and a.dim()]
        return cut_off(result, 2 * max(sizes, default=1 << 20) + 10)

    return guarded


def is_pass(value):
    """What `one_pass` makes: a list, or sizes with the rows put together."""
    if type(value) is list:
        return True
    return (
        type(value) is dict
        and value.keys() == {"sizes", "X", "y"}
        and type(value["sizes"]) is list
        and all(type(n) is int and n >= 0 for n in value["sizes"])
        and all(isinstance(value[k], torch.Tensor) and value[k].dim() for k in "Xy")
        and len(value["X"]) == len(value["y"]) == sum(value["sizes"])
    )


def as_it_is(batch):
    """The batch as it is when its pass is over: who collects batches finds no other's rows in it."""
    if isinstance(batch, tuple | list):
        return [t.detach().clone() if isinstance(t, torch.Tensor) else t for t in batch[:3]]
    return batch


def one_pass(batches):
    if not all(type(b) is list and len(b) == 2 for b in batches) or not batches:
        return batches
    X, y = zip(*batches)
    for part in (X, y):
        if not all(isinstance(t, torch.Tensor) and t.dim() for t in part):
            return batches
        first = part[0].dtype, part[0].shape[1:]
        if any((t.dtype, t.shape[1:]) != first for t in part[1:]):
            return batches
    sizes = [t.shape[0] for t in X]
    if sizes != [t.shape[0] for t in y]:
        return batches
    return {"sizes": sizes, "X": torch.cat(X), "y": torch.cat(y)}


@data_iter.probe(
    reply={"passes": [is_pass], "features": ANYTHING, "labels": ANYTHING},
    agrees=lambda reply, *args: len(reply["passes"]) == args[3],
)
def passes(f, batch_size, features, labels, count, number, left):
    """`count` passes over the data, each cut off after more batches than a right one has.

    Where all batches are pairs of tensors that fit together, a pass is {"sizes", "X", "y"} with the
    batches' rows put together; elsewhere the list of what came.  Also features, labels afterwards.
    left: whether one more is begun before, and left in its middle.
    """
    seed(number)
    limit = -(-features.shape[0] // batch_size) + 2
    result = []
    if left:
        for _ in f(batch_size, features, labels):
            break
    for _ in range(count):
        batches = list(itertools.islice(iter(f(batch_size, features, labels)), limit))
        result.append(one_pass([as_it_is(batch) for batch in batches]))
    return {"passes": result, "features": features, "labels": labels}


def demand(data_iter, batch_size, features, labels, count=1, number=0, left=False):
    """Whole passes and untouched inputs; returns the order of the examples in each pass."""
    got = passes(data_iter, batch_size, features, labels, count, number, left)
    orders = [demand_pass(one, batch_size, features, labels) for one in got.passes]
    expect.unchanged(got.features, features, "features")
    expect.unchanged(got.labels, labels, "labels")
    return orders


def demand_pass(one, batch_size, features, labels):
    """Each example once, with its own label, in full batches but the last."""
    n = len(features)
    sizes = [min(batch_size, n - i) for i in range(0, n, batch_size)]
    if type(one) is list:
        demand_pairs(one, features, labels)
        expect.that(bool(one), "expected batches, got none")
    for part, given, name in (("X", features, "features"), ("y", labels, "labels")):
        expect.that(
            one[part].shape[1:] == given.shape[1:],
            "expected {name} of shape {expected} in a batch, got {got}",
            name=name,
            expected=wanted_shape(given),
            got=tuple(one[part][: one["sizes"][0]].shape),
        )
        expect.that(
            one[part].dtype == given.dtype,
            "expected {name} of dtype {expected}, got {got}",
            name=name,
            expected=expect.name(given.dtype),
            got=expect.name(one[part].dtype),
        )
    expect.that(0 not in one["sizes"], "expected no empty batch, but one has no examples")
    expect.that(
        len(one["sizes"]) <= len(sizes) or one["sizes"][: len(sizes)] != sizes,
        "expected an end after {many} batches, but more come: is there a loop without end?",
        many=len(sizes),
    )
    words = "expected batches of {expected} examples, got {got}"
    expect.that(one["sizes"] == sizes, words, expected=sizes, got=one["sizes"])
    rows = rows_of(one["X"], features)
    missing = [i for i in range(n) if i not in rows]
    words = "expected each of the {many} examples once, but {why}"
    is_whole = not missing and len(rows) == n
    expect.that(is_whole, words, many=n, why="" if is_whole else words_for(missing, rows))
    if not one["y"].equal(labels[rows]):
        wrong = next(k for k, row in enumerate(rows) if not one["y"][k].equal(labels[row]))
        row = rows[wrong]
        own, other = labels[row].flatten()[0], one["y"][wrong].flatten()[0]
        expect.that(
            False,
            "features and labels do not belong together: example {row} has the label {own}, but comes with "
            "{other}",
            row=row,
            own=expect.number(own),
            other=expect.number(other),
        )
    return rows


def demand_pairs(batches, features, labels):
    """A sentence for the first batch that is no pair of tensors that fit together."""
    for k, batch in enumerate(batches):
        at = {"batch": k + 1}
        if type(batch) is not list or len(batch) != 2:
            got = tr("{many} values", many=len(batch)) if type(batch) is list else expect.kind(batch)
            if isinstance(batch, torch.Tensor):
                got = tr("one tensor of shape {shape}", shape=expect.shape(batch))
            expect.that(
                False, "expected a pair (X, y) for batch {batch}, got {got}: yield each pair", got=got, **at
            )
        for t, name in zip(batch, ("features", "labels")):
            expect.that(
                isinstance(t, torch.Tensor),
                "expected a tensor of {name} in batch {batch}, got {got}",
                name=name,
                got=expect.kind(t),
                **at,
            )
            words = "expected {name} of several examples in batch {batch}, got one number"
            expect.that(t.dim() > 0, words, name=name, **at)
        X, y = batch
        for part, given, name in ((X, features, "features"), (y, labels, "labels")):
            if part.shape[1:] != given.shape[1:]:
                shapes = {"expected": wanted_shape(given), "got": expect.shape(part)}
                words = "expected {name} of shape {expected} in batch {batch}, got {got}"
                expect.that(False, words, name=name, **shapes, **at)
        words = "batch {batch} has {rows} rows of features, but {many} labels"
        expect.that(len(X) == len(y), words, rows=len(X), many=len(y), **at)
    expect.that(not batches, "the batches differ in dtype")


def wanted_shape(t):
    return "(" + ", ".join(["B", *map(str, t.shape[1:])]) + ("," if t.dim() == 1 else "") + ")"


def rows_of(X, features):
    """For each row of X its number in features; -1 for what is no row of them."""
    numbers = {tuple(row): i for i, row in enumerate(features.tolist())}
    return [numbers.get(tuple(row), -1) for row in X.tolist()]


def words_for(missing, rows):
    if -1 in rows:
        return tr("one row that came is none of the features")
    if len(missing) > 1:
        others = len(missing) - 1
        return tr("example {row} never came (nor did {others} others)", row=missing[0], others=others)
    return tr("example {row} never came", row=missing[0]) if missing else tr("some came again")


def observed(cases):
    """What does not depend on how one shuffles: sizes, coverage, pairing; and the order overall."""
    seen, in_order, repeated = [], True, True
    for answers in cases:
        for answer in answers:
            if type(answer) is not dict:
                return [a.error if hasattr(a, "error") else str(a) for a in answers]
            whole, paired = [], True
            for one in answer["passes"]:
                if type(one) is list:
                    seen.append([len(b) if type(b) is list else type(b).__name__ for b in one])
                    continue
                rows, labels = numbered(one)
                coverage = sorted(rows), sorted(labels)
                seen.append([one["sizes"], *coverage, str(one["X"].dtype), tuple(one["y"].shape)])
                in_order = in_order and rows == coverage[0]
                paired = paired and (rows == labels or one["X"].dim() < 2)
                whole.append(one["X"].tolist())
            repeated = repeated and all(X == whole[0] for X in whole)
            seen.append(paired)
    return [seen, in_order, repeated]


def numbered(one):
    """The examples in a pass as their features and as their labels tell them."""
    rows = [int(row[0]) for row in one["X"].tolist()] if one["X"].dim() > 1 else []
    return rows, [round(label * 40) + 1 for label in one["y"].flatten().tolist()]


def sized(pairs):
    return pairs.map(lambda p: (p[0] * p[1], p[0]))


even = sized(st.tuples(st.integers(1, 4), st.integers(1, 4)))
uneven = st.tuples(st.integers(2, 5), st.integers(1, 3), st.integers(1, 4)).map(
    lambda t: (t[0] * t[1] + min(t[2], t[0] - 1), t[0])
)
extreme = st.one_of(
    st.integers(1, 7).map(lambda n: (n, 1)),
    st.integers(1, 9).map(lambda n: (n, n)),
    st.tuples(st.integers(1, 7), st.integers(1, 9)).map(lambda t: (t[0], t[0] + t[1])),
)
NUMBERS = {"number": st.integers(0, 10**6)}
BOOK = st.just((1000, 10))


@data_iter.check(
    points=1,
    weakest=1.0,
    given=datasets(sizes=even, also=NUMBERS),
    beyond=[
        datasets(sizes=BOOK, column=False, also=NUMBERS),
        datasets(sizes=even, by=-1.0, also=NUMBERS),
    ],
    hint="Cut the shuffled row numbers into pieces of batch_size, and yield each piece.",
    view=observed,
)
def gives_every_example_once(data_iter, batch_size, features, labels, number):
    """gives every example exactly once, in full batches, with its own label"""
    demand(data_iter, batch_size, features, labels, number=number)


@data_iter.check(
    points=1,
    weakest=0.58,
    given=datasets(sizes=uneven, also=NUMBERS),
    beyond=[datasets(sizes=st.just((n, b)), also=NUMBERS) for n, b in ((2111, 120), (1200, 1100))],
    hint="What is left for the last batch when batch_size does not divide the number of examples?",
    view=observed,
)
def has_a_short_last_batch(data_iter, batch_size, features, labels, number):
    """gives a shorter last batch where batch_size does not divide the number of examples"""
    demand(data_iter, batch_size, features, labels, number=number)


@data_iter.check(
    points=1,
    weakest=0.42,
    given=datasets(sizes=extreme, also=NUMBERS),
    beyond=[datasets(sizes=st.just((n, b)), also=NUMBERS) for n, b in ((300, 300), (130, 1000))],
    hint="Try batch_size 1, all examples at once, and a batch_size larger than the data.",
    view=observed,
)
def takes_any_batch_size(data_iter, batch_size, features, labels, number):
    """works for a batch_size of 1, of all examples, and of more than there are"""
    demand(data_iter, batch_size, features, labels, number=number)


@data_iter.check(
    points=1,
    weakest=0.6,
    given=st.one_of(
        datasets(sizes=even, column=True, dtype=torch.float64, also=NUMBERS),
        datasets(sizes=even, column=False, dtype=torch.float64, also=NUMBERS),
        datasets(sizes=even, column=True, also=NUMBERS),
    ),
    beyond=[datasets(sizes=even, by=1 / 3, dtype=torch.float64, also=NUMBERS)],  # float32 has no thirds
    hint="Index the tensors that you are given; does your code reshape or convert them?",
    view=observed,
)
def keeps_shape_and_dtype(data_iter, batch_size, features, labels, number):
    """keeps the labels' shape, (n,) or (n, 1), and the dtype of both"""
    demand(data_iter, batch_size, features, labels, number=number)


# How often a right answer fails `is_random` in one of 60 cases, for n examples in batches of B:
# two of three orders equal, or one in the order of the data: 6 * 60 / 28! = 1e-27;
# all but 3 of the n - 1 neighbours still neighbours: at most C(27, 3) * 4! * 2**4 / 28! = 4e-24 each;
# two with the same batches: (B!)**(n/B) * (n/B)! / n!, which is 1e-12 for (30, 10), 5e-14 for (28, 7),
# and less for the others.  With three pairs in each of 60 cases below 2e-10.
many = st.sampled_from([(28, 7), (32, 8), (36, 9), (30, 10), (33, 11), (36, 12)])


@data_iter.check(
    points=1,
    weakest=0.27,
    given=datasets(sizes=many, also=NUMBERS),
    hint="Shuffle the row numbers anew at each call, and take the batches in the shuffled order.",
    view=observed,
)
def is_random(data_iter, batch_size, features, labels, number):
    """gives the examples in a random order, and in a new one at each call"""
    orders = demand(data_iter, batch_size, features, labels, count=3, number=number)
    n = len(features)
    for rows in orders:
        expect.that(rows != sorted(rows), "the examples come in the order of the data")
        kept = sum(abs(i - j) == 1 for i, j in itertools.pairwise(rows))
        expect.that(kept < n - 4, "the examples are not shuffled: most still follow their neighbours")
    cuts = [{frozenset(rows[i : i + batch_size]) for i in range(0, n, batch_size)} for rows in orders]
    for i, j in itertools.combinations(range(3), 2):
        same = "two calls gave the same order: it must be a new one at each call"
        expect.that(orders[i] != orders[j], same)
        same = "two calls made the same batches: shuffle the examples, not the batches"
        expect.that(cuts[i] != cuts[j], same)


@data_iter.check(
    points=1,
    weakest=1.0,
    given=datasets(sizes=even, also=NUMBERS),
    hint="Does a call leave something behind: shuffled features, or an index that has run out?",
    view=observed,
)
def starts_each_call_afresh(data_iter, batch_size, features, labels, number):
    """gives a whole pass at every call, and leaves features and labels as they were"""
    demand(data_iter, batch_size, features, labels, count=2, number=number, left=True)


FEW, MANY = 12, 60  # examples of a picture in which somebody sees something


@data_iter.figure(
    of=[
        gives_every_example_once,
        has_a_short_last_batch,
        takes_any_batch_size,
        is_random,
        starts_each_call_afresh,
    ]
)
def rows_that_came(data_iter, batch_size, features, labels, number):
    """Which example came at which place of two passes: over data in which it shows, else over the case's."""
    few = torch.arange(2.0 * FEW).reshape(FEW, 2)
    for size, X, y in ((5, few, few.sum(1, keepdim=True)), (batch_size, features, labels)):
        got = passes(data_iter, size, X, y, 2, number, False)
        if FEW <= len(X) <= MANY and all(type(one) is dict and one["X"].dim() == 2 for one in got.passes):
            orders = [rows_of(one["X"], X) for one in got.passes]
            sizes = [min(size, len(X) - i) for i in range(0, len(X), size)]
            if 2 * orders[0].count(-1) > len(orders[0]):
                return None  # mostly no rows of the features
            if any(one["sizes"] != sizes for one in got.passes) or not looks_random(orders, size):
                return figure_of(orders, got.passes[0]["sizes"], size, len(X))
    return None


def looks_random(orders, batch_size):
    """Whether each pass has all examples, in an order that nobody takes for another's or for none."""
    first, second = orders
    n = len(first)
    cut = [{frozenset(rows[i : i + batch_size]) for i in range(0, n, batch_size)} for rows in orders]
    apart = sum(abs(i - j) > 1 for i, j in itertools.pairwise(first))
    whole = all(sorted(rows) == [*range(n)] for rows in orders)
    return whole and first != second and (cut[0] != cut[1] or batch_size in (1, n)) and 2 * apart >= n - 1


def figure_of(orders, sizes, batch_size, n):
    names = tr("first call"), tr("second call")
    lines = [
        Line.of(name, [(place, row) for place, row in enumerate(rows, 1) if row >= 0], marks)
        for name, rows, marks in zip(names, orders, ("dots", "crosses"))
    ]
    first = orders[0]
    never = [row for row in range(n) if row not in first]
    again = len([row for row in first if row >= 0]) - len({row for row in first if row >= 0})
    return Figure(
        title=tr("Which example came at which place"),
        says=tr(
            "Of {n} examples by batch_size {batch_size}, the first call gave batches of {sizes}. Examples "
            "that never came: {never}; that came again: {again}.",
            n=n,
            batch_size=batch_size,
            sizes=", ".join(map(str, sizes)) or "0",
            never=", ".join(map(str, never)) or tr("none of them"),
            again=again,
        )
        + (" " + tr("They came in the order of the data.") if first == sorted(first) else ""),
        x=tr("place in the pass (lines part the batches)"),
        y=tr("number of the example"),
        lines=tuple(lines),
        cuts=tuple(sum(sizes[:k]) + 0.5 for k in range(1, len(sizes)))[:MANY],
    )
