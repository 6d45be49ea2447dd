"""Known mistakes in `data_iter`: how many batches come, how large they are, and in what form.

What each costs: too many or too few batches cost the claims on every example and on whole passes, a size of
one's own those on batch_size, and a form that is off that on the form.
"""

from __future__ import annotations

import random

import torch

from autograder.exercises.linear_regression.data_iter import (
    data_iter,
    gives_every_example_once,
    keeps_shape_and_dtype,
    starts_each_call_afresh,
    takes_any_batch_size,
)
from autograder.exercises.linear_regression.data_iter_mistakes import ALL, pair, permuted, shuffled

# Passes that end too late or too early.


@data_iter.mistake(
    fails=ALL,
    costs=[gives_every_example_once, starts_each_call_afresh],
    says="More batches come after every example came once: a pass gives each once, and then it ends. Is "
    "there a loop without end?",
)
def never_ends(batch_size, features, labels):
    while True:
        rows = torch.randperm(len(features))
        for i in range(0, len(rows), batch_size):
            yield features[rows[i : i + batch_size]], labels[rows[i : i + batch_size]]


TWO_PASSES = {
    "fails": ALL,
    "costs": [gives_every_example_once],
    "says": "A second pass follows the first: a call gives each example once.",
}


@data_iter.mistake(**TWO_PASSES)
def makes_two_passes(batch_size, features, labels):
    for _ in range(2):
        for rows in permuted(features).split(batch_size):
            yield pair(features, labels, rows)


@data_iter.mistake(**TWO_PASSES)
def makes_two_passes_of_a_list(batch_size, features, labels):
    for _ in range(2):
        rows = shuffled(features)
        for i in range(0, len(rows), batch_size):
            yield pair(features, labels, rows[i : i + batch_size])


ONLY_THE_LAST = {
    "fails": ALL,
    "costs": [gives_every_example_once, starts_each_call_afresh],
    "says": "Only the last batch comes: does the yield stand after the loop?",
}


def last_batch(rows, batch_size, features, labels):
    for i in range(0, len(rows), batch_size):
        batch = pair(features, labels, rows[i : i + batch_size])
    yield batch


@data_iter.mistake(**ONLY_THE_LAST)
def yields_after_the_loop(batch_size, features, labels):
    return last_batch(permuted(features), batch_size, features, labels)


@data_iter.mistake(**ONLY_THE_LAST)
def yields_after_the_loop_over_a_list(batch_size, features, labels):
    return last_batch(shuffled(features), batch_size, features, labels)


@data_iter.mistake(
    fails=ALL,
    says="Two tensors come in place of batches. `return` ends the function at the first batch: which word "
    "hands out a value and goes on?",
)
def returns_one_batch(batch_size, features, labels):
    rows = torch.randperm(len(features))
    for i in range(0, len(rows), batch_size):
        return features[rows[i : i + batch_size]], labels[rows[i : i + batch_size]]
    return None


POSITION = {"row": 0}  # of a worker's own


@data_iter.mistake(
    fails=[starts_each_call_afresh],
    says="A pass that is left in its middle spoils the next one, since its position is kept outside the "
    "function. Begin each call at the first row.",
)
def keeps_its_position(batch_size, features, labels):
    rows = torch.randperm(len(features))
    while POSITION["row"] < len(rows):
        batch = rows[POSITION["row"] : POSITION["row"] + batch_size]
        POSITION["row"] += batch_size
        yield features[batch], labels[batch]
    POSITION["row"] = 0


# Batches of another size.

OWN_SIZE = {"fails": ALL, "costs": [gives_every_example_once, takes_any_batch_size]}
ONE_BY_ONE = "The examples come one by one, whatever batch_size is."


@data_iter.mistake(**OWN_SIZE, says=ONE_BY_ONE)
def gives_one_by_one(batch_size, features, labels):
    for i in permuted(features):
        yield features[i : i + 1], labels[i : i + 1]


@data_iter.mistake(**OWN_SIZE, says=ONE_BY_ONE)
def gives_one_by_one_of_a_list(batch_size, features, labels):
    for i in shuffled(features):
        yield features[i : i + 1], labels[i : i + 1]


@data_iter.mistake(
    **OWN_SIZE,
    says="Your batches hold 10 examples, whatever batch_size is: a number written in, or a variable?",
)
def gives_batches_of_ten(batch_size, features, labels):
    for rows in permuted(features).split(10):
        yield pair(features, labels, rows)


# Batches of another form.


@data_iter.mistake(
    fails=ALL,
    costs=[keeps_shape_and_dtype],
    says="Flat labels (n,) come as a column (n, 1): the labels of a batch keep their form.",
)
def makes_a_column_of_labels(batch_size, features, labels):
    for rows in permuted(features).split(batch_size):
        yield features[rows], labels[rows].reshape(-1, 1)


@data_iter.mistake(
    fails=ALL,
    costs=[keeps_shape_and_dtype],
    says="Labels that are a column (n, 1) come flat, as (n,): the labels of a batch keep their form.",
)
def flattens_labels(batch_size, features, labels):
    for rows in permuted(features).split(batch_size):
        yield features[rows], labels[rows].reshape(-1)


@data_iter.mistake(
    fails=ALL,
    costs=[keeps_shape_and_dtype],
    says="You take two indices of the labels, but flat labels (n,) have one axis: labels[rows] takes the "
    "rows of either form.",
)
def takes_two_indices_of_labels(batch_size, features, labels):
    for rows in permuted(features).split(batch_size):
        yield features[rows, :], labels[rows, :]


TABLE = {
    "fails": ALL,
    "costs": [gives_every_example_once, keeps_shape_and_dtype],
    "says": "Each batch has one axis too many: your index is a table (2-D), as torch.tensor([rows]) is. "
    "Index with a flat list or tensor of row numbers.",
}


@data_iter.mistake(**TABLE)
def indexes_with_a_row(batch_size, features, labels):
    for rows in permuted(features).split(batch_size):
        yield features[rows[None, :]], labels[rows[None, :]]


@data_iter.mistake(**TABLE)
def indexes_with_a_column(batch_size, features, labels):
    for rows in permuted(features).split(batch_size):
        yield features[rows[:, None]], labels[rows[:, None]]


@data_iter.mistake(
    fails=ALL,
    costs=[takes_any_batch_size],
    says="The features of a batch lose an axis where it has one example, or one feature: squeeze() drops "
    "every axis of size 1.",
)
def squeezes_features(batch_size, features, labels):
    for rows in permuted(features).split(batch_size):
        yield features[rows].squeeze(), labels[rows]


@data_iter.mistake(
    fails=[keeps_shape_and_dtype],
    says="The features come as float32, whatever dtype they had.",
)
def casts_to_float32(batch_size, features, labels):
    for rows in permuted(features).split(batch_size):
        yield features[rows].float(), labels[rows].float()


@data_iter.mistake(
    fails=ALL,
    costs=[gives_every_example_once, keeps_shape_and_dtype],
    says="You yield row numbers in place of the features in those rows.",
)
def yields_row_numbers(batch_size, features, labels):
    for rows in permuted(features).split(batch_size):
        yield rows, labels[rows]


@data_iter.mistake(
    fails=ALL,
    says="You hand out single tensors; each batch is a pair, (features, labels).",
)
def yields_single_tensors(batch_size, features, labels):
    for rows in permuted(features).split(batch_size):
        yield features[rows]


@data_iter.mistake(
    fails=ALL,
    says="You hand out features and labels one after the other; each batch is a pair, (features, labels).",
)
def yields_one_after_the_other(batch_size, features, labels):
    for rows in permuted(features).split(batch_size):
        yield features[rows]
        yield labels[rows]


@data_iter.mistake(
    fails=ALL,
    says="There are as many pairs as examples, and they are no batches: a batch holds batch_size examples, "
    "along an axis in front.",
)
def gives_bare_examples(batch_size, features, labels):
    for i in shuffled(features):
        yield features[i], labels[i]


@data_iter.mistake(
    fails=ALL,
    says="An index does not fit what it indexes. Most often the number of rows is not that of the features "
    "given, but a number written in, or a variable from outside.",
)
def uses_an_index_that_does_not_fit(batch_size, features, labels):
    rows = list(range(1000))
    random.shuffle(rows)
    for i in range(0, 1000, batch_size):
        yield pair(features, labels, torch.tensor(rows[i : i + batch_size]))
