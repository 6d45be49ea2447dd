"""Known mistakes in `data_iter`: its order, and what belongs together; and the sample class.

What each costs: an order that is not random costs the claim on it, examples that are drawn anew that on every
example, and labels that come with another's features both, since no example is left.
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
)
from autograder.exercises.linear_regression.data_iter_form_mistakes import returns_one_batch
from autograder.exercises.linear_regression.data_iter_mistakes import ALL, drops_the_last, pair, shuffled

# An order that is not random.


@data_iter.mistake(fails=[is_random], says="You give the examples in the order of the data: shuffle them.")
def does_not_shuffle(batch_size, features, labels):
    for i in range(0, len(features), batch_size):
        yield features[i : i + batch_size], labels[i : i + batch_size]


@data_iter.mistake(
    fails=[is_random],
    says="Every call gives the same order. Is a generator seeded inside, or the order made only once?",
)
def repeats_its_order(batch_size, features, labels):
    torch.manual_seed(0)
    rows = torch.randperm(len(features))
    for i in range(0, len(rows), batch_size):
        yield features[rows[i : i + batch_size]], labels[rows[i : i + batch_size]]


@data_iter.mistake(
    fails=[is_random],
    says="You shuffle too little: not every order can come. Most often only whole batches are shuffled, or "
    "only the examples inside each: shuffle the row numbers of all examples.",
)
def shuffles_too_little(batch_size, features, labels):
    n = len(features)
    for i in range(0, n, batch_size):
        rows = list(range(i, min(i + batch_size, n)))
        random.shuffle(rows)
        yield pair(features, labels, rows)


@data_iter.mistake(
    fails=[is_random, has_a_short_last_batch],
    costs=[is_random],
    says="You shuffle the batches, but each batch still holds neighbours: shuffle the examples.",
)
def shuffles_only_batches(batch_size, features, labels):
    starts = list(range(0, len(features), batch_size))
    random.shuffle(starts)
    for i in starts:
        yield features[i : i + batch_size], labels[i : i + batch_size]


# Examples that are drawn anew.

WITH_REPLACEMENT = {
    "fails": ALL,
    "costs": [gives_every_example_once],
    "says": "You draw examples with replacement: some come twice, others never.",
}


@data_iter.mistake(**WITH_REPLACEMENT)
def draws_with_replacement(batch_size, features, labels):
    n = len(features)
    for i in range(0, n, batch_size):
        rows = torch.randint(0, n, (min(batch_size, n - i),))
        yield features[rows], labels[rows]


@data_iter.mistake(**WITH_REPLACEMENT)
def draws_with_replacement_by_numpy(batch_size, features, labels):
    n = len(features)
    for i in range(0, n, batch_size):
        yield pair(features, labels, np.random.choice(n, min(batch_size, n - i)))


SAMPLES = {
    "fails": ALL,
    "costs": [gives_every_example_once],
    "says": "Each batch is a new sample of all examples: some come in several batches, others in none.",
}


@data_iter.mistake(**SAMPLES)
def samples_each_batch(batch_size, features, labels):
    n = len(features)
    for i in range(0, n, batch_size):
        yield pair(features, labels, random.sample(range(n), min(batch_size, n - i)))


@data_iter.mistake(**SAMPLES)
def permutes_for_each_batch(batch_size, features, labels):
    n = len(features)
    for i in range(0, n, batch_size):
        yield pair(features, labels, torch.randperm(n)[i : i + batch_size])


@data_iter.mistake(
    fails=ALL,
    costs=[gives_every_example_once],
    says="Some examples come twice, others never, as where random.shuffle gets a tensor: it can swap the "
    "elements of a list only.",
)
def shuffles_a_tensor_by_random(batch_size, features, labels):
    rows = torch.arange(len(features))
    random.shuffle(rows)
    for i in range(0, len(rows), batch_size):
        yield pair(features, labels, rows[i : i + batch_size])


# Labels of other examples.

APART = {"fails": ALL, "costs": [gives_every_example_once, is_random]}
ONLY_FEATURES = "You shuffle the features but not the labels, so that they no longer belong together."
EACH_ALONE = "Features and labels are shuffled apart, so that they no longer belong together."


@data_iter.mistake(**APART, says=ONLY_FEATURES)
def shuffles_only_features(batch_size, features, labels):
    rows = torch.randperm(len(features))
    for i in range(0, len(rows), batch_size):
        yield features[rows[i : i + batch_size]], labels[i : i + batch_size]


@data_iter.mistake(**APART, says=ONLY_FEATURES)
def shuffles_only_features_by_a_list(batch_size, features, labels):
    rows = shuffled(features)
    for i in range(0, len(rows), batch_size):
        yield features[rows[i : i + batch_size]], labels[i : i + batch_size]


@data_iter.mistake(**APART, says=EACH_ALONE)
def shuffles_each_alone(batch_size, features, labels):
    n = len(features)
    X, y = features[torch.randperm(n)], labels[torch.randperm(n)]
    for i in range(0, n, batch_size):
        yield X[i : i + batch_size], y[i : i + batch_size]


@data_iter.mistake(**APART, says=EACH_ALONE)
def shuffles_each_alone_by_lists(batch_size, features, labels):
    X, y = features[shuffled(features)], labels[shuffled(features)]
    for i in range(0, len(features), batch_size):
        yield X[i : i + batch_size], y[i : i + batch_size]


@data_iter.mistake(
    fails=ALL,
    costs=[gives_every_example_once],
    says="Labels come where features belong, and features where labels do: the pair is (features, labels), "
    "and so is the order of the parameters.",
)
def swaps_the_pair(batch_size, features, labels):
    rows = torch.randperm(len(features))
    for i in range(0, len(rows), batch_size):
        yield labels[rows[i : i + batch_size]], features[rows[i : i + batch_size]]


def permuted_and_split(batch_size, features, labels):
    rows = torch.randperm(len(features))
    return [(features[r], labels[r]) for r in rows.split(batch_size)]


def by_dataloader(batch_size, features, labels):
    dataset = torch.utils.data.TensorDataset(features, labels)
    return torch.utils.data.DataLoader(dataset, batch_size, shuffle=True)


data_iter.sample(
    bertha=permuted_and_split,
    chen=by_dataloader,
    hana=drops_the_last,
    ivan=does_not_shuffle,
    lena=returns_one_batch,
    olga=shuffles_only_features,
)
