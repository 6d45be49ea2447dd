"""The figure for a student who fails a check of `data_iter`: which example came at which place."""

import torch

from autograder.authoring import Figure, Line, phrase

from .data_iter import data_iter, passes
from .data_iter_pass import sizes_of

# Examples of a picture in which somebody sees something, and of a batch.
FEW, SIZE = 12, 5


@data_iter.figure
def rows_that_came(data_iter):
    """Which of twelve examples came at which place of two passes."""
    X = torch.arange(2.0 * FEW).reshape(FEW, 2)
    got = passes(data_iter, SIZE, X, X.sum(1, keepdim=True), 2, [], [], 1)
    numbers = {tuple(row): i for i, row in enumerate(X.tolist())}
    orders = []
    for came in got.passes:
        if type(came) is not dict or came["X"].dim() != 2:
            return None
        rows = map(tuple, came["X"].tolist())
        orders.append([numbers.get(row, -1) for row in rows])
    sizes, more_sizes = (came["sizes"] for came in got.passes)
    is_right = sizes == more_sizes == sizes_of(SIZE, FEW) and looks_random(orders)
    is_of_no_rows = 2 * orders[0].count(-1) > len(orders[0])
    if is_right or is_of_no_rows:
        return None
    return figure_of(orders, sizes)


def looks_random(orders):
    """Whether each pass has all examples, in an order that is not the data's or the other's."""
    rows = [*range(FEW)]
    whole = all(sorted(order) == rows for order in orders)
    return whole and rows not in orders and orders[0] != orders[1]


def figure_of(orders, sizes):
    names = phrase("first call"), phrase("second call")
    lines = []
    for name, order, marks in zip(names, orders, ("dots", "crosses")):
        points = [(place, row) for place, row in enumerate(order, 1) if row >= 0]
        lines.append(Line.shown(name, points, marks))
    first = orders[0]
    never = [row for row in range(FEW) if row not in first]
    kept = ""
    if first == sorted(first):
        kept = phrase(" They kept the order of the data.")
    rows = [row for row in first if row >= 0]
    again = len(rows) - len(set(rows))
    return Figure(
        title=phrase("Which example is at which place"),
        says=phrase(
            "{n} examples, batch_size {batch_size}. The first call gave batches of {sizes}. "
            "Missing examples: {never}. Repeated examples: {again}.{kept}",
            n=FEW,
            batch_size=SIZE,
            sizes=", ".join(map(str, sizes)) or "0",
            never=", ".join(map(str, never)) or phrase("none"),
            again=again,
            kept=kept,
        ),
        x=phrase("place in the pass (lines separate the batches)"),
        y=phrase("number of the example"),
        lines=tuple(lines),
        cuts=tuple(sum(sizes[:k]) + 0.5 for k in range(1, len(sizes))),
    )
