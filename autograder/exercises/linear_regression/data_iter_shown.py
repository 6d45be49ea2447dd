"""The figure for a student who fails a check of `data_iter`: which example came at which place."""

import torch

from autograder.authoring import Figure, Line, phrase

from .data_iter import data_iter, passes
from .data_iter_pass import sizes_of

FEW, SIZE = (
    12,
    5,
)  # examples of a picture in which somebody sees something, and of a batch


@data_iter.figure
def rows_that_came(data_iter):
    """Which of twelve examples came at which place of two passes."""
    X = torch.arange(2.0 * FEW).reshape(FEW, 2)
    got = passes(data_iter, SIZE, X, X.sum(1, keepdim=True), 2, [], [], 1)
    if not all(type(one) is dict and one["X"].dim() == 2 for one in got.passes):
        return None
    numbers = {tuple(row): i for i, row in enumerate(X.tolist())}
    orders = [
        [numbers.get(tuple(row), -1) for row in one["X"].tolist()] for one in got.passes
    ]
    is_right = all(
        one["sizes"] == sizes_of(SIZE, FEW) for one in got.passes
    ) and looks_random(orders)
    if is_right or 2 * orders[0].count(-1) > len(orders[0]):
        return None  # or mostly no rows of the features
    return figure_of(orders, got.passes[0]["sizes"])


def looks_random(orders):
    """Whether each pass has all examples, in an order that is not the data's or the other's."""
    rows = [*range(FEW)]
    whole = all(sorted(order) == rows for order in orders)
    return whole and rows not in orders and orders[0] != orders[1]


def figure_of(orders, sizes):
    names = phrase("first call"), phrase("second call")
    lines = [
        Line.shown(
            name, [(place, row) for place, row in enumerate(rows, 1) if row >= 0], marks
        )
        for name, rows, marks in zip(names, orders, ("dots", "crosses"))
    ]
    first = orders[0]
    never = [row for row in range(FEW) if row not in first]
    kept = phrase(" They kept the order of the data.") if first == sorted(first) else ""
    again = len([row for row in first if row >= 0]) - len(
        {row for row in first if row >= 0}
    )
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
