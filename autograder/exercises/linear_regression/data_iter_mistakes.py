"""Known mistakes in `data_iter`: which rows a batch takes, how many, and of what form.

What each costs: rows that are left out or come twice cost the claim on every example, a lost short batch
that on it, and a form that is off that on the form.  Which rows are lost depends on who shuffles: some
mistakes stand here twice, for a shuffled list and for torch.randperm.
"""

from __future__ import annotations

import random

import numpy as np
import torch

from autograder.exercises.linear_regression.data_iter import (
    data_iter,
    gives_every_example_once,
    has_a_short_last_batch,
    is_random,
    keeps_shape_and_dtype,
    starts_each_call_afresh,
    takes_any_batch_size,
)

EVEN = [gives_every_example_once, keeps_shape_and_dtype, starts_each_call_afresh]
ALL = [*EVEN, has_a_short_last_batch, takes_any_batch_size, is_random]
LAST = [has_a_short_last_batch, takes_any_batch_size]


def shuffled(features):
    """The row numbers as a shuffled list."""
    rows = list(range(len(features)))
    random.shuffle(rows)
    return rows


def permuted(features):
    return torch.randperm(len(features))


def pair(features, labels, rows):
    return features[rows], labels[rows]


# The last batch.

DROPS = {
    "fails": LAST,
    "costs": [has_a_short_last_batch],
    "says": "You drop the examples of the last batch when it is short.",
}


def full_batches(rows, batch_size, features, labels):
    for i in range(0, len(rows) - batch_size + 1, batch_size):
        yield pair(features, labels, rows[i : i + batch_size])


@data_iter.mistake(**DROPS)
def drops_the_last(batch_size, features, labels):
    rows = torch.randperm(len(features))
    for i in range(0, len(rows) - batch_size + 1, batch_size):
        yield features[rows[i : i + batch_size]], labels[rows[i : i + batch_size]]


@data_iter.mistake(**DROPS)
def drops_the_last_of_a_list(batch_size, features, labels):
    return full_batches(shuffled(features), batch_size, features, labels)


@data_iter.mistake(**DROPS)
def drops_the_last_by_numpy(batch_size, features, labels):
    return full_batches(np.random.permutation(len(features)), batch_size, features, labels)


@data_iter.mistake(**DROPS)
def drops_the_last_of_a_loader(batch_size, features, labels):
    dataset = torch.utils.data.TensorDataset(features, labels)
    return torch.utils.data.DataLoader(dataset, batch_size, shuffle=True, drop_last=True)


ALWAYS_DROPS = {
    "fails": ALL,
    "costs": [gives_every_example_once],
    "says": "The last batch never comes, whether it is short or full: how far does your range go?",
}


def all_but_the_last(rows, batch_size, features, labels):
    for i in range(0, len(rows) - batch_size, batch_size):
        yield pair(features, labels, rows[i : i + batch_size])


@data_iter.mistake(**ALWAYS_DROPS)
def always_drops_the_last(batch_size, features, labels):
    return all_but_the_last(permuted(features), batch_size, features, labels)


@data_iter.mistake(**ALWAYS_DROPS)
def always_drops_the_last_of_a_list(batch_size, features, labels):
    return all_but_the_last(shuffled(features), batch_size, features, labels)


ONE_SHORT = {
    "fails": [*EVEN, *LAST],
    "costs": [gives_every_example_once],
    "says": "A last batch of a single example never comes: your range ends one too early.",
}


def one_short(rows, batch_size, features, labels):
    for i in range(0, len(rows) - 1, batch_size):
        yield pair(features, labels, rows[i : i + batch_size])


@data_iter.mistake(**ONE_SHORT)
def ends_one_short(batch_size, features, labels):
    return one_short(permuted(features), batch_size, features, labels)


@data_iter.mistake(**ONE_SHORT)
def ends_one_short_of_a_list(batch_size, features, labels):
    return one_short(shuffled(features), batch_size, features, labels)


@data_iter.mistake(
    fails=[*EVEN, takes_any_batch_size, is_random],
    costs=[gives_every_example_once],
    says="You give an empty batch at the end where batch_size divides the number of examples.",
)
def ends_with_an_empty_batch(batch_size, features, labels):
    rows = torch.randperm(len(features))
    for k in range(len(rows) // batch_size + 1):
        batch = rows[k * batch_size : (k + 1) * batch_size]
        yield features[batch], labels[batch]


@data_iter.mistake(
    fails=LAST,
    costs=[has_a_short_last_batch],
    says="You fill a short last batch up with zeros, which are no examples: it may be short.",
)
def fills_up_with_zeros(batch_size, features, labels):
    for rows in permuted(features).split(batch_size):
        X, y = pair(features, labels, rows)
        missing = batch_size - len(rows)
        yield (
            torch.cat([X, X.new_zeros(missing, *X.shape[1:])]),
            torch.cat([y, y.new_zeros(missing, *y.shape[1:])]),
        )


FILLS_UP = {
    "fails": LAST,
    "costs": [has_a_short_last_batch],
    "says": "You fill a short last batch up with examples that came before: it may be short.",
}


def filled_up(rows, batch_size, features, labels):
    for i in range(0, len(rows), batch_size):
        yield pair(features, labels, [int(rows[k % len(rows)]) for k in range(i, i + batch_size)])


@data_iter.mistake(**FILLS_UP)
def fills_up_from_the_start(batch_size, features, labels):
    return filled_up(permuted(features), batch_size, features, labels)


@data_iter.mistake(**FILLS_UP)
def fills_up_from_the_start_of_a_list(batch_size, features, labels):
    return filled_up(shuffled(features), batch_size, features, labels)


@data_iter.mistake(
    fails=[has_a_short_last_batch],
    says="Your last batch begins earlier, so that it is full, and takes examples that came before: it may be "
    "short.",
)
def begins_the_last_batch_earlier(batch_size, features, labels):
    rows = permuted(features)
    for i in range(0, len(rows), batch_size):
        start = max(0, min(i, len(rows) - batch_size))
        yield pair(features, labels, rows[start : start + batch_size])


@data_iter.mistake(
    fails=[has_a_short_last_batch],
    says="Your batches are of nearly equal size; all but the last must have batch_size examples.",
)
def spreads_evenly(batch_size, features, labels):
    rows, n = np.random.permutation(len(features)), len(features)
    for batch in np.array_split(rows, -(-n // batch_size)):
        yield pair(features, labels, batch)


# Rows that are left out, or come twice.


LEAVES_OUT = {
    "fails": ALL,
    "costs": [gives_every_example_once],
    "says": "The last example never comes: the row numbers end one too early.",
}


@data_iter.mistake(**LEAVES_OUT)
def leaves_the_last_example_out(batch_size, features, labels):
    for rows in torch.randperm(len(features) - 1).split(batch_size):
        yield pair(features, labels, rows)


@data_iter.mistake(**LEAVES_OUT)
def leaves_the_last_example_out_of_a_list(batch_size, features, labels):
    rows = shuffled(features[1:])
    for i in range(0, len(rows), batch_size):
        yield pair(features, labels, rows[i : i + batch_size])


@data_iter.mistake(
    fails=ALL,
    costs=[gives_every_example_once],
    says="The first example never comes: row numbers begin with 0.",
)
def begins_at_one(batch_size, features, labels):
    rows = shuffled(features[1:])
    for i in range(0, len(rows), batch_size):
        yield pair(features[1:], labels[1:], rows[i : i + batch_size])


LOSES_ONE = {
    "fails": ALL,
    "costs": [gives_every_example_once],
    "says": "One example is lost in each pass: your last slice ends one too early.",
}


def up_to_the_last(rows, batch_size, features, labels):
    for i in range(0, len(rows), batch_size):
        yield pair(features, labels, rows[i : min(i + batch_size, len(rows) - 1)])


@data_iter.mistake(**LOSES_ONE)
def cuts_the_last_slice(batch_size, features, labels):
    return up_to_the_last(permuted(features), batch_size, features, labels)


@data_iter.mistake(**LOSES_ONE)
def cuts_the_last_slice_of_a_list(batch_size, features, labels):
    return up_to_the_last(shuffled(features), batch_size, features, labels)


ONE_TOO_MANY = {
    "fails": ALL,
    "costs": [gives_every_example_once],
    "says": "Each batch takes one example too many, which comes again in the next: the end of a slice does "
    "not belong to it.",
}


def overlapping(rows, batch_size, features, labels):
    for i in range(0, len(rows), batch_size):
        yield pair(features, labels, rows[i : i + batch_size + 1])


@data_iter.mistake(**ONE_TOO_MANY)
def takes_one_too_many(batch_size, features, labels):
    return overlapping(permuted(features), batch_size, features, labels)


@data_iter.mistake(**ONE_TOO_MANY)
def takes_one_too_many_of_a_list(batch_size, features, labels):
    return overlapping(shuffled(features), batch_size, features, labels)


ONE_TOO_FEW = {
    "fails": ALL,
    "costs": [gives_every_example_once],
    "says": "Each batch takes one example too few: the end of a slice does not belong to it, so nothing "
    "needs to be taken off.",
}


def one_too_few(rows, batch_size, features, labels):
    for i in range(0, len(rows), batch_size):
        yield pair(features, labels, rows[i : i + batch_size - 1])


@data_iter.mistake(**ONE_TOO_FEW)
def takes_one_too_few(batch_size, features, labels):
    return one_too_few(permuted(features), batch_size, features, labels)


@data_iter.mistake(**ONE_TOO_FEW)
def takes_one_too_few_of_a_list(batch_size, features, labels):
    return one_too_few(shuffled(features), batch_size, features, labels)


TO_THE_END = {
    "fails": ALL,
    "costs": [gives_every_example_once],
    "says": "Each batch goes on to the end of the data: is there a max where the smaller number is needed?",
}


def to_the_end(rows, batch_size, features, labels):
    for i in range(0, len(rows), batch_size):
        yield pair(features, labels, rows[i : max(i + batch_size, len(rows))])


@data_iter.mistake(**TO_THE_END)
def goes_to_the_end(batch_size, features, labels):
    return to_the_end(permuted(features), batch_size, features, labels)


@data_iter.mistake(**TO_THE_END)
def goes_to_the_end_of_a_list(batch_size, features, labels):
    return to_the_end(shuffled(features), batch_size, features, labels)
