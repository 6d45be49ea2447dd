"""Known mistakes in `data_iter`, most of them changes to its right answer; and students who make some.

Each costs the check whose claim it breaks: missing or repeated rows cost "every example", a lost short batch
"a shorter last batch", another batch size "any batch_size", a wrong form "shape and dtype", and an order that
is not random "a random order".
"""

from functools import partial

import torch

from autograder.exercises.linear_regression.data_iter import data_iter

EVEN = ["gives_every_example_once", "keeps_shape_and_dtype", "starts_each_call_afresh"]
LAST = ["has_a_short_last_batch", "takes_any_batch_size"]
ALL = [*EVEN, *LAST, "is_random"]

wrong_batches = partial(data_iter.mistake, fails=ALL)
loses_examples = partial(data_iter.mistake, fails=ALL, costs=["gives_every_example_once"])
loses_the_rest = partial(data_iter.mistake, fails=LAST, costs=["has_a_short_last_batch"])
wrong_size = partial(data_iter.mistake, fails=ALL, costs=["gives_every_example_once", "takes_any_batch_size"])
wrong_form = partial(data_iter.mistake, fails=ALL, costs=["keeps_shape_and_dtype"])
wrong_rows = partial(
    data_iter.mistake, fails=ALL, costs=["gives_every_example_once", "keeps_shape_and_dtype"]
)
wrong_order = partial(data_iter.mistake, fails=["is_random"])
wrong_pairs = partial(data_iter.mistake, fails=ALL, costs=["gives_every_example_once", "is_random"])

# The last batch.

drops_the_last = loses_the_rest(
    "drops_the_last", "You drop the examples of the last batch when it is short."
).replace("len(rows), ", "len(rows) - batch_size + 1, ")

loses_examples(
    "always_drops_the_last",
    "The last batch is always missing, short or full. How far does your range go?",
).replace("len(rows), ", "len(rows) - batch_size, ")

data_iter.mistake(
    "ends_one_short",
    "A last batch with a single example is missing. Your range ends one too early.",
    fails=[*EVEN, *LAST],
    costs=["gives_every_example_once"],
).replace("len(rows), ", "len(rows) - 1, ")

data_iter.mistake(
    "ends_with_an_empty_batch",
    "You give an empty batch at the end when batch_size divides the number of examples.",
    fails=[*EVEN, "takes_any_batch_size", "is_random"],
    costs=["gives_every_example_once"],
).replace("len(rows), ", "len(rows) + 1, ")

loses_the_rest(
    "fills_up_with_zeros",
    "You fill a short last batch with zeros, which are not examples. The last batch may be short.",
).replace(
    "yield features[batch], labels[batch]",
    "X, y, gap = features[batch], labels[batch], [0] * (batch_size - len(batch))\n"
    "        yield torch.cat([X, 0 * X[gap]]), torch.cat([y, 0 * y[gap]])",
)

loses_the_rest(
    "fills_up_from_the_start",
    "You fill a short last batch with earlier examples. The last batch may be short.",
).replace("rows[i : i + batch_size]", "(rows * (1 + batch_size))[i : i + batch_size]")

data_iter.mistake(
    "begins_the_last_batch_earlier",
    "Your last batch starts too early, to be full, and repeats earlier examples. The last "
    "batch may be short.",
    fails=["has_a_short_last_batch"],
).replace("rows[i : i + batch_size]", "rows[max(0, min(i, len(rows) - batch_size)) :][:batch_size]")

data_iter.mistake(
    "spreads_evenly",
    "Your batches are of nearly equal size. All but the last must have batch_size examples.",
    fails=["has_a_short_last_batch"],
).replace(
    "for i in range(0, len(rows), batch_size):\n        batch = rows[i : i + batch_size]",
    "for batch in torch.tensor(rows).tensor_split(-(-len(rows) // batch_size)):",
)

# Rows that are left out, or come twice.

loses_examples(
    "leaves_the_last_example_out", "The last example is missing. Your row numbers end one too early."
).replace("range(len(features))", "range(len(features) - 1)")

loses_examples("begins_at_one", "The first example is missing. Row numbers begin with 0.").replace(
    "range(len(features))", "range(1, len(features))"
)

loses_examples(
    "cuts_the_last_slice", "Each pass misses one example. Your last slice ends one too early."
).replace("i + batch_size]", "min(i + batch_size, len(rows) - 1)]")

loses_examples(
    "takes_one_too_many",
    "Each batch has one example too many, which the next batch repeats. The end of a slice is "
    "not part of it.",
).replace("i + batch_size]", "i + batch_size + 1]")

loses_examples(
    "takes_one_too_few",
    "Each batch has one example too few. The end of a slice is not part of it, so do not subtract 1.",
).replace("i + batch_size]", "i + batch_size - 1]")

loses_examples(
    "goes_to_the_end",
    "Each batch goes on to the end of the data. Do you use max where you need min?",
).replace("i + batch_size]", "max(i + batch_size, len(rows))]")

loses_examples(
    "draws_with_replacement", "You draw examples with replacement, so some come twice and others never."
).replace("random.shuffle(rows)", "rows = random.choices(rows, k=len(rows))")

loses_examples(
    "samples_each_batch",
    "Each batch is a new sample of all examples, so some come in several batches and others in none.",
).replace("batch = ", "random.shuffle(rows)\n        batch = ")

loses_examples(
    "shuffles_a_tensor_by_random",
    "Some examples come twice and others never, as when random.shuffle gets a tensor. It can "
    "only swap the elements of a list.",
).replace("list(range(len(features)))", "torch.arange(len(features))")

loses_examples(
    "reuses_memory",
    "You write every batch into the same memory, so earlier batches change when the next one comes. "
    "Make a new tensor for each batch.",
).replace(
    "    rows = ",
    "    X, y = features[:batch_size].clone(), labels[:batch_size].clone()\n    rows = ",
    "yield features[batch], labels[batch]",
    "n = len(batch)\n        yield X[:n].copy_(features[batch]), y[:n].copy_(labels[batch])",
)

# Passes that end too late or too early.

data_iter.mistake(
    "never_ends",
    "More batches come after every example came once. One call gives each example once, then "
    "it ends. Does your loop end?",
    fails=ALL,
    costs=["gives_every_example_once", "starts_each_call_afresh"],
).replace(
    "import random",
    "import itertools, random",
    "range(0, len(rows), batch_size):",
    "itertools.cycle(range(0, len(rows), batch_size)):",
)

loses_examples(
    "makes_two_passes", "One call gives all examples twice. It must give each example once."
).replace("range(0, len(rows), batch_size):", "[*range(0, len(rows), batch_size)] * 2:")

data_iter.mistake(
    "yields_after_the_loop",
    "Only the last batch comes. Is the yield after the loop?",
    fails=ALL,
    costs=["gives_every_example_once", "starts_each_call_afresh"],
).replace("        yield", "    yield")

returns_one_batch = wrong_batches(
    "returns_one_batch",
    "You give two tensors instead of batches. `return` ends the function at the first batch. "
    "Which keyword gives a value and continues?",
).replace("yield", "return")

POSITION = {"row": 0}  # of a worker's own


@data_iter.mistake(
    fails=["starts_each_call_afresh"],
    says="A pass that stops early changes the next one, because its position is stored outside the "
    "function. Start each call at the first row.",
)
def keeps_its_position(batch_size, features, labels):
    rows = torch.randperm(len(features))
    while POSITION["row"] < len(rows):
        batch = rows[POSITION["row"] :][:batch_size]
        POSITION["row"] += batch_size
        yield features[batch], labels[batch]
    POSITION["row"] = 0


# Batches of another size.

wrong_size("gives_one_by_one", "The examples come one by one, whatever batch_size is.").replace(
    "len(rows), batch_size", "len(rows), 1", "i + batch_size", "i + 1"
)

wrong_size(
    "gives_batches_of_ten",
    "Your batches have 10 examples, whatever batch_size is. Is 10 hard-coded, or a variable from outside?",
).replace("len(rows), batch_size", "len(rows), 10", "i + batch_size", "i + 10")

# Batches of another form.

wrong_form(
    "makes_a_column_of_labels",
    "Flat labels (n,) become a column (n, 1). A batch must keep the shape of the labels.",
).replace("labels[batch]", "labels[batch].reshape(-1, 1)")

wrong_form(
    "flattens_labels",
    "Labels in a column (n, 1) become flat (n,). A batch must keep the shape of the labels.",
).replace("labels[batch]", "labels[batch].reshape(-1)")

wrong_form(
    "takes_two_indices_of_labels",
    "You index the labels with two indices, but flat labels (n,) have one axis. labels[rows] "
    "works for both shapes.",
).replace("labels[batch]", "labels[batch, :]")

for name, turned in (("indexes_with_a_row", ""), ("indexes_with_a_column", ".T")):
    wrong_rows(
        name,
        "Each batch has one axis too many, because your index is 2-D, like torch.tensor([rows]). "
        "Index with a flat list or tensor of row numbers.",
    ).replace("rows[i : i + batch_size]", f"torch.tensor([rows[i : i + batch_size]]){turned}")

data_iter.mistake(
    "squeezes_features",
    "The features of a batch lose an axis when there is one example or one feature. squeeze() "
    "drops every axis of size 1.",
    fails=ALL,
    costs=["takes_any_batch_size"],
).replace("features[batch]", "features[batch].squeeze()")

data_iter.mistake(
    "casts_to_float32",
    "The features become float32, whatever their dtype was.",
    fails=["keeps_shape_and_dtype"],
).replace("features[batch], labels[batch]", "features[batch].float(), labels[batch].float()")

wrong_rows("yields_row_numbers", "You yield row numbers instead of the features in those rows.").replace(
    "features[batch]", "torch.tensor(batch)"
)

wrong_batches(
    "yields_single_tensors", "You yield single tensors. Each batch is a pair (features, labels)."
).replace("features[batch], labels[batch]", "features[batch]")

wrong_batches(
    "yields_one_after_the_other",
    "You yield features and labels one after the other. Each batch is a pair (features, labels).",
).replace("features[batch], ", "features[batch]\n        yield ")

wrong_batches(
    "gives_bare_examples",
    "You yield as many pairs as there are examples. Each batch must have batch_size examples, "
    "along a first axis.",
).replace("features[batch], labels[batch]", "from zip(features[batch], labels[batch])")

wrong_batches(
    "uses_an_index_that_does_not_fit",
    "An index is out of range. Most often the number of rows is hard-coded, or a variable "
    "from outside, and not the number of rows of features.",
).replace("len(features)", "1000")

# An order that is not random.

does_not_shuffle = wrong_order(
    "does_not_shuffle", "You give the examples in the order of the data. Shuffle them."
).replace("    random.shuffle(rows)\n", "")

wrong_order(
    "repeats_its_order",
    "Every call gives the same order. Do you set a seed inside, or shuffle only once?",
).replace("random.shuffle", "random.Random(0).shuffle")

wrong_order(
    "shuffles_too_little",
    "You do not shuffle enough, so some orders never come. Most often only whole batches are "
    "shuffled, or only the examples inside each batch. Shuffle the row numbers of all "
    "examples.",
).replace("random.shuffle(rows)\n    ", "", "        yield", "        random.shuffle(batch)\n        yield")

data_iter.mistake(
    "shuffles_only_batches",
    "You shuffle the batches, but each batch still holds neighbors from the data. Shuffle the examples.",
    fails=["is_random", "has_a_short_last_batch"],
    costs=["is_random"],
).replace(
    "random.shuffle(rows)\n    for i in range(0, len(rows), batch_size)",
    "starts = [*range(0, len(rows), batch_size)]\n    random.shuffle(starts)\n    for i in starts",
)

# Labels of other examples.

shuffles_only_features = wrong_pairs(
    "shuffles_only_features",
    "You shuffle the features but not the labels, so they no longer match.",
).replace("labels[batch]", "labels[i : i + batch_size]")

wrong_pairs(
    "shuffles_each_alone", "You shuffle features and labels separately, so they no longer match."
).replace(
    "random.shuffle(rows)",
    "random.shuffle(rows)\n    labels = labels[random.sample(rows, len(rows))]",
)

loses_examples(
    "swaps_the_pair",
    "Features and labels are swapped. Each pair is (features, labels), and the parameters "
    "come in the same order.",
).replace("features[batch], labels[batch]", "labels[batch], features[batch]")


def by_dataloader(batch_size, features, labels):
    dataset = torch.utils.data.TensorDataset(features, labels)
    return torch.utils.data.DataLoader(dataset, batch_size, shuffle=True)


data_iter.sample(
    chen=by_dataloader,
    hana=drops_the_last,
    ivan=does_not_shuffle,
    lena=returns_one_batch,
    olga=shuffles_only_features,
)
