"""Whether orders of examples are as random as they should be: none is the data's own, and no two are related.

Knows nothing of batches' contents.  Each claim states how often a right answer breaks it.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from autograder.authoring import expect, tr

# How often two random orders of n examples are related, where a check compares up to 200 pairs of small
# orders (20 <= n < 100) and 21 pairs of large ones (n >= 1000):
#   equal: 1 / 20! = 4e-19.
#   PLACES examples at the same place: C(n, k) * (n - k)! / n! = 1 / k!, which is 3e-15.
#   STEPS examples followed by the one that is equally many places (modulo n) further on in the other order:
#     for one of n such distances C(n - 1, k) * (n - k)! / n! < 1 / k!; so at most 1000 / 20! = 4e-16.
#   the same batches: (B!)**(n / B) * (n / B)! / n!, asked only where that is below 1e-13.
# Of large orders alone, by Hoeffding's bound exp(-m * KL(share, expected)) for m places:
#   more than the share (1 + 1 / k) / 2 of a k-th part of the places has examples of one k-th part of the
#     other order: exp(-65) for k = 2, exp(-77) for 3, exp(-45) for 20, each for k * k pairs of parts;
#   the same where the parts are even and odd places, or halves and even and odd places: exp(-65);
#   of 500 pairs of neighbors more than 85 %, or less than 15 %, come as in the other order: 2 * exp(-135).
#     (Not less: who sorts by random numbers of which some are equal leaves some pairs as they are.)
# Added up: below 3e-11.
PLACES, STEPS, LARGE = 17, 20, 1000
PARTS = (2, 3, 20)


def demand_random(orders, n, batch_size):
    """No order is related to the data's own, nor to another's."""
    own, cut = list(range(n)), batches_of(n, batch_size)
    for rows in orders:
        expect.that(rows != own, "the examples come in the order of the data")
        words = "the batches hold neighbors of the data: shuffle the examples, not the batches"
        expect.that(not cut or cut(rows) != cut(own), words, "the batches")
        why = relation(own, rows)
        expect.that(not why, "the examples are hardly shuffled: {why}", "hardly shuffled", why=why)
    for one, other in itertools.combinations(orders, 2):
        expect.that(one != other, "two calls gave the same order: it must be a new one at each call")
        words = "two calls made the same batches: shuffle the examples, not the batches"
        expect.that(not cut or cut(one) != cut(other), words)
        why = relation(one, other)
        expect.that(not why, "two calls gave orders that are too much alike: {why}", "alike", why=why)


def batches_of(n, batch_size):
    """What gives the batches of an order; None where chance could make those of two orders equal."""
    full, rest = divmod(n, batch_size)
    ways = full * math.lgamma(batch_size + 1) + math.lgamma(rest + 1) + math.lgamma(full + 1)
    if math.exp(ways - math.lgamma(n + 1)) >= 1e-13:
        return None
    return lambda rows: {frozenset(rows[i : i + batch_size]) for i in range(0, n, batch_size)}


def relation(one, other):
    """What an order has of another, in words; "" where that is no more than chance gives."""
    n = len(one)
    place = np.empty(n, np.int64)
    place[one] = np.arange(n)
    moved = place[other]  # the place in `one` of what comes first, second, … in `other`
    kept = int((moved == np.arange(n)).sum())
    if kept >= PLACES:
        return tr("{many} of {n} examples are at the same place", many=kept, n=n)
    steps = np.bincount(np.diff(moved) % n)
    if steps.max() >= STEPS:
        words = "the distance to the next example is the same at {many} of {n} places"
        return tr(words, many=int(steps.max()), n=n)
    if n < LARGE:
        return ""
    return large_relation(moved, n)


def large_relation(moved, n):
    """The same, of orders so large that shares tell."""
    places = np.arange(n)
    groups = [(places * k // n, moved * k // n, k) for k in PARTS]
    groups += [(places % 2, moved % 2, 2), (places * 2 // n, moved % 2, 2)]
    for first, second, k in groups:
        together = int(np.bincount(first * k + second, minlength=k * k).max())
        if together > n / k * (1 + 1 / k) / 2:
            words = "{many} of the {size} examples in one part stay together"
            return tr(words, many=together, size=-(-n // k))
    pairs = moved[: n // 2 * 2].reshape(-1, 2)
    rising = float((pairs[:, 0] < pairs[:, 1]).mean())
    if not 0.15 <= rising <= 0.85:
        share = round(100 * max(rising, 1 - rising))
        return tr("in {share} % of the pairs of neighbors, the same one comes first", share=share)
    return ""
