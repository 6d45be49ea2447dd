"""Checks that orders of examples are random: not like each other, and not like the data's own
order.

Knows nothing of batches' contents.  The order within a batch does not matter.
"""

import itertools
import math

import numpy as np

from autograder.authoring import N_, expect, phrase

# How often two random orders are alike, where a check compares some 150 pairs of small orders
# and 21 pairs of
# large ones, of n = 1000 examples or more in batches of B = 50:
#   equal: at most 1 / 20! = 4e-19, since no order is shorter.
#   n - 4 examples followed by the one that is equally many rows (modulo n) further on: for one
#   of n distances
#     C(n - 1, k) * (n - k)! / n! < 1 / k!; so at most 20 / 16! = 1e-12, and far less for all
#     but n = 20.  Of
#     large orders n / 5: where each batch is in the data's order, some n / 20 have it.
#   the same batches: (B!)**(n / B) * (n / B)! / n!; it is asked only where that is below 2e-12.
# Of large ones alone:
#   4 * B examples in the batch of the same number: any t are with at most B**t * (n - t)! / n!,
#   and there are
#     C(n, t) such sets; so at most B**t / t! = 8e-36.
#   TOGETHER of n / 2 pairs, each of one batch, or of neighbors in the data, in one batch again:
#   t of them are
#     with at most ((B - 1) / (n - 1 - 2 * t))**t, and there are C(n / 2, t) such sets; so at
#     most 2e-14.
#   more than the share (1 + 1 / k) / 2 of a k-th part of the places, m = n / k, has examples of
#   one k-th part
#     of the other order: k * k * exp(-m * KL(share, 1 / k)) by Hoeffding's bound; 4 * exp(-65)
#     for k = 2,
#     9 * exp(-77) for 3, 100 * exp(-62) for 10; the same as for 2 where one part is that of the
#     even rows.
#   of n / 2 pairs more than 70 % come as in the other order, or less than 30 %: at most
#     2 * exp(-n / 2 * KL(0.695, 0.5)) = 3e-17.
# Of MANY orders of 28 examples in batches of 3, the 276 pairs are the same batches with 4e-15,
# and an
# example is always in the same batch with at most 28 * 10 * (3 / 28)**24 = 2e-21.  Of those of
# 6 in batches
# of 2, all are equal, even where each batch is in the data's order, with (1 / 90)**23 = 1e-45.
# Of 130 orders of 3 examples, one never comes with 6 * (5 / 6)**130 = 3e-10; of 40 of 2, with
# 2e-12.
# Added up: below 7e-10, and nearly all of it for the same batches, and for the orders of 3
# examples.
LARGE, TOGETHER, PARTS = 1000, 100, (2, 3, 10)
MANY, FEW = 24, 20  # orders; and examples, of which two orders can be equal by chance
CALLS = {
    2: 40,
    3: 130,
}  # by the number of examples: calls in which each of their orders comes


def demand_random(orders, n, batch_size):
    """Demands that no order is like the data's own, or like another; of few examples, that not
    all are.
    """
    own, cut = list(range(n)), batches_of(n, batch_size) or (lambda rows: None)
    if n < FEW:
        expect.that(
            orders != [own] * len(orders), "the examples keep the order of the data"
        )
        is_new = any(rows != orders[0] for rows in orders)
        expect.that(is_new, "all {many} calls gave the same order", many=len(orders))
        came = {*map(tuple, orders)}
        never = (
            [[*rows] for rows in itertools.permutations(own) if rows not in came]
            if n in CALLS
            else []
        )
        why = phrase(
            "the order {order} never comes in {many} calls",
            order=str(never[:1])[1:-1],
            many=len(orders),
        )
        expect.that(
            not never,
            "the examples are not shuffled enough: {why}",
            "hardly shuffled",
            why=why,
        )
        return
    cuts = [cut(rows) for rows in orders]
    known = (
        [in_batches(rows, batch_size) for rows in (own, *orders)] if n >= LARGE else []
    )
    for k, rows in enumerate(orders, 1):
        expect.that(rows != own, "the examples keep the order of the data")
        steps, by = max(
            (many, by)
            for by, many in enumerate(np.bincount(np.diff(rows) % n).tolist())
        )
        words = N_(
            "at {many} of {n} places the next row number differs by {by}; few do so by chance"
        )
        expect.that(
            steps < (n // 5 if known else n - 4),
            words,
            by=min(by, n - by),
            many=steps,
            n=n,
        )
        words = N_(
            "each batch holds neighbors from the data. Shuffle all rows before you cut them."
        )
        expect.that(cuts[k - 1] is None or cuts[k - 1] != cut(own), words)
        why = (
            likeness(known[0], known[k], batch_size) or neighbors(rows, batch_size)
            if known
            else ""
        )
        expect.that(
            not why,
            "the examples are not shuffled enough: {why}",
            "hardly shuffled",
            why=why,
        )
    for (i, one), (k, other) in itertools.combinations(enumerate(orders, 1), 2):
        expect.that(
            one != other, "two calls gave the same order. Shuffle at each call."
        )
        words = N_(
            "two calls made the same batches. Shuffle all rows before you cut them."
        )
        expect.that(cuts[i - 1] is None or cuts[i - 1] != cuts[k - 1], words)
        why = likeness(known[i], known[k], batch_size) if known else ""
        expect.that(
            not why, "the orders of two calls are too similar: {why}", "alike", why=why
        )
    if len(orders) >= MANY:
        demand_all_moved(orders, batch_size)


def demand_all_moved(orders, batch_size):
    """Demands that no example is in the same batch in all of many orders."""
    places = np.argsort(orders, 1) // batch_size
    kept = (places == places[0]).all(0)
    words = N_("example {row} is in batch {batch} of each of {many} passes")
    row = int(kept.argmax())
    why = (
        phrase(words, row=row, batch=int(places[0, row]) + 1, many=len(orders))
        if kept.any()
        else ""
    )
    expect.that(
        not why,
        "the examples are not shuffled enough: {why}",
        "hardly shuffled",
        why=why,
    )


def batches_of(n, batch_size):
    """A function that returns an order's batches; None if two orders could have equal ones by
    chance.
    """
    full, rest = divmod(n, batch_size)
    ways = (
        full * math.lgamma(batch_size + 1)
        + math.lgamma(rest + 1)
        + math.lgamma(full + 1)
    )
    if math.exp(ways - math.lgamma(n + 1)) >= 2e-12:
        return None
    return lambda rows: {
        frozenset(rows[i : i + batch_size]) for i in range(0, n, batch_size)
    }


def in_batches(rows, batch_size):
    """An order as an array in which each batch is sorted by the same random key."""
    n, rows = len(rows), np.array(rows)
    key = np.random.default_rng(0).permutation(n)
    return rows[np.lexsort((key[rows], np.arange(n) // batch_size))]


def neighbors(rows, batch_size):
    """How many neighbors in the data share a batch, in words; "" if that can be chance."""
    batches = np.argsort(rows) // batch_size
    return together(batches) or together(batches[1:-1])


def together(batches):
    """How many pairs share a batch, in words; batches: the numbers of the two of each pair, in
    turn.
    """
    pairs = batches.reshape(-1, 2)
    many = int((pairs[:, 0] == pairs[:, 1]).sum())
    words = N_("{many} of {n} pairs of examples are in the same batch again")
    return phrase(words, many=many, n=len(pairs)) if many >= TOGETHER else ""


def likeness(one, other, batch_size):
    """The similarity of two large orders, in words; "" if it can be chance."""
    n = len(one)
    places, place = np.arange(n), np.argsort(one)
    moved = place[
        other
    ]  # the places in `one` of what comes first, second, … in `other`
    kept = int((moved // batch_size == places // batch_size).sum())
    if kept >= 4 * batch_size:
        return phrase(
            "{many} of {n} examples are again in the batch with the same number",
            many=kept,
            n=n,
        )
    if why := together(moved // batch_size):
        return why
    for first, second, k in [(places * k // n, moved * k // n, k) for k in PARTS] + [
        (places * 2 // n, moved % 2, 2)
    ]:
        most = int(np.bincount(first * k + second, minlength=k * k).max())
        if most > n / k * (1 + 1 / k) / 2:
            return phrase(
                "{many} of {size} examples in one part stay together",
                many=most,
                size=-(-n // k),
            )
    pairs = moved.reshape(-1, 2, batch_size)  # of one batch and of the next
    rising = round(100 * float((pairs[:, 0] < pairs[:, 1]).mean()))
    if not 30 <= rising <= 70:
        return phrase(
            "in {share} % of the pairs of examples, the same one comes first",
            share=max(rising, 100 - rising),
        )
    return ""
