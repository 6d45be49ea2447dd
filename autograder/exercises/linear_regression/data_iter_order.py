"""Checks that orders of examples are random: not like each other, nor like that of the data.

Knows nothing of batches' contents.  The order within a batch does not matter.
"""

import itertools
import math

import numpy as np

from autograder.authoring import N_, expect

# How often two random orders are alike, where a check compares some 150 pairs of small orders
# and 21 pairs of large ones, of n = 1000 examples or more in batches of B = 50:
#   equal: at most 1 / 20! = 4e-19, since no order is shorter.
#   n - 4 examples followed by the one that is equally many rows (modulo n) further on: for one
#     of n distances C(n - 1, k) * (n - k)! / n! < 1 / k!; so at most 20 / 16! = 1e-12, and far
#     less for all but n = 20.  Of large orders n / 5: where each batch is in the data's order,
#     some n / 20 have it.
#   the same batches: (B!)**(n / B) * (n / B)! / n!; it is asked only where that is below 2e-12.
# Of large ones alone:
#   4 * B examples in the batch of the same number: any t are with at most B**t * (n - t)! / n!,
#     and there are C(n, t) such sets; so at most B**t / t! = 8e-36.
#   TOGETHER of n / 2 pairs, each of one batch, or of neighbors in the data, in one batch again:
#     t of them are with at most ((B - 1) / (n - 1 - 2 * t))**t, and there are C(n / 2, t) such
#     sets; so at most 2e-14.
#   more than the share (1 + 1 / k) / 2 of a k-th part of the places, m = n / k, has examples of
#     one k-th part of the other order: k * k * exp(-m * KL(share, 1 / k)) by Hoeffding's bound;
#     4 * exp(-65) for k = 2, 9 * exp(-77) for 3, 100 * exp(-62) for 10; the same as for 2 where
#     one part is that of the even rows.
#   of n / 2 pairs more than 70 % come as in the other order, or less than 30 %: at most
#     2 * exp(-n / 2 * KL(0.695, 0.5)) = 3e-17.
# Of MANY orders of 28 examples in batches of 3, the 276 pairs are the same batches with 4e-15,
# and an example is always in the same batch with at most 28 * 10 * (3 / 28)**24 = 2e-21.  Of
# those of 6 in batches of 2, all are equal, even where each batch is in the data's order, with
# (1 / 90)**23 = 1e-45.  Of 130 orders of 3 examples, one never comes with 6 * (5 / 6)**130 =
# 3e-10; of 40 of 2, with 2e-12.
# Added up: below 7e-10, nearly all of it for the same batches and the orders of 3 examples.
LARGE, TOGETHER, PARTS = 1000, 100, (2, 3, 10)
MANY, FEW = 24, 20  # orders; and examples, of which two orders can be equal by chance
CALLS = {2: 40, 3: 130}  # by the number of examples: calls in which each order comes


def demand_random(orders, n, batch_size):
    """Demands that no order is like the data's own, or like another; of few, that not all are."""
    own = list(range(n))
    if n < FEW:
        expect.that(
            orders != [own] * len(orders), "the examples keep the order of the data"
        )
        is_new = any(rows != orders[0] for rows in orders)
        expect.that(is_new, "all {many} calls gave the same order", many=len(orders))
        words = N_("the order {order} never comes in {many} calls")
        with not_enough():
            for order in itertools.permutations(own if n in CALLS else ()):
                came = not order or [*order] in orders
                expect.that(came, words, order=str([*order]), many=len(orders))
        return
    cut, is_large = batches_of(n, batch_size), n >= LARGE
    for rows in orders:
        expect.that(rows != own, "the examples keep the order of the data")
        steps = np.bincount(np.diff(rows) % n)
        many, by = int(steps.max()), int(steps.argmax())
        words = N_(
            "at {many} of {n} places the next row number differs by {by}; few do so by chance"
        )
        is_few = many < (n // 5 if is_large else n - 4)
        expect.that(is_few, words, by=min(by, n - by), many=many, n=n)
        words = N_(
            "each batch holds neighbors from the data. Shuffle all rows before you cut them."
        )
        expect.that(cut(rows) != cut(own), words)
        if is_large:
            with not_enough():
                demand_unlike(own, rows, batch_size)
                # Neighbors in the data, counted from the first and from the second.
                batches = np.argsort(rows) // batch_size
                demand_apart(batches)
                demand_apart(batches[1:-1])
    for first, second in itertools.combinations(orders, 2):
        expect.that(
            first != second, "two calls gave the same order. Shuffle at each call."
        )
        words = N_(
            "two calls made the same batches. Shuffle all rows before you cut them."
        )
        expect.that(cut(first) != cut(second), words)
        if is_large:
            words = N_("the orders of two calls are too similar: {difference}")
            with expect.rephrased(words, of="alike"):
                demand_unlike(first, second, batch_size)
    if len(orders) >= MANY:
        with not_enough():
            demand_all_moved(orders, batch_size)


def not_enough():
    """Say of a difference that it shows too little shuffling."""
    words = N_("the examples are not shuffled enough: {difference}")
    return expect.rephrased(words, of="hardly shuffled")


def demand_all_moved(orders, batch_size):
    """Demands that no example is in the same batch in all of many orders."""
    places = np.argsort(orders, 1) // batch_size
    kept = (places == places[0]).all(0)
    row = int(kept.argmax())
    words = N_("example {row} is in batch {batch} of each of {many} passes")
    batch = int(places[0, row]) + 1
    expect.that(not kept.any(), words, row=row, batch=batch, many=len(orders))


def batches_of(n, batch_size):
    """What gives an order's batches; the order itself if two could have equal ones by chance."""
    full, rest = divmod(n, batch_size)
    ways = full * math.lgamma(batch_size + 1)
    ways += math.lgamma(rest + 1) + math.lgamma(full + 1)
    if math.exp(ways - math.lgamma(n + 1)) >= 2e-12:
        return list

    def cut(rows):
        return {frozenset(rows[i : i + batch_size]) for i in range(0, n, batch_size)}

    return cut


def in_batches(rows, batch_size):
    """An order as an array in which each batch is sorted by the same random key."""
    n, rows = len(rows), np.array(rows)
    key = np.random.default_rng(0).permutation(n)
    return rows[np.lexsort((key[rows], np.arange(n) // batch_size))]


def demand_apart(batches):
    """Demands that few pairs share a batch.  batches: those of each pair's two, in turn."""
    pairs = batches.reshape(-1, 2)
    many = int((pairs[:, 0] == pairs[:, 1]).sum())
    words = N_("{many} of {n} pairs of examples are in the same batch again")
    expect.that(many < TOGETHER, words, many=many, n=len(pairs))


def demand_unlike(first, second, batch_size):
    """Demands that two large orders are no more similar than chance makes them."""
    n = len(first)
    places = np.arange(n)
    # The places in the first of what comes first, second, … in the second.
    moved = np.argsort(in_batches(first, batch_size))[in_batches(second, batch_size)]
    kept = int((moved // batch_size == places // batch_size).sum())
    words = N_("{many} of {n} examples are again in the batch with the same number")
    expect.that(kept < 4 * batch_size, words, many=kept, n=n)
    demand_apart(moved // batch_size)
    parts = [(places * k // n, moved * k // n, k) for k in PARTS]
    for part, other, k in [*parts, (places * 2 // n, moved % 2, 2)]:
        most = int(np.bincount(part * k + other, minlength=k * k).max())
        words = N_("{many} of {size} examples in one part stay together")
        is_few = most <= n / k * (1 + 1 / k) / 2
        expect.that(is_few, words, many=most, size=-(-n // k))
    pairs = moved.reshape(-1, 2, batch_size)  # of one batch and of the next
    rising = round(100 * float((pairs[:, 0] < pairs[:, 1]).mean()))
    words = N_("in {share} % of the pairs of examples, the same one comes first")
    expect.that(30 <= rising <= 70, words, share=max(rising, 100 - rising))
