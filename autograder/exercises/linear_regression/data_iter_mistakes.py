"""Known mistakes in `data_iter`, most of them changes to its right answer; and students who
make some.
"""

from functools import partial

from .data_iter import data_iter

EVEN = ["gives_every_example_once", "keeps_shape_and_dtype", "starts_each_call_afresh"]
LAST = ["has_a_short_last_batch", "takes_any_batch_size"]
ALL = [*EVEN, *LAST, "is_random"]

every_check = partial(data_iter.mistake, fails=ALL)
short_batch = partial(data_iter.mistake, fails=LAST)
wrong_order = partial(data_iter.mistake, fails=["is_random"])

# The last batch.

short_batch(
    "drops_the_last", "You drop the examples of the last batch when it is short."
).replace("len(rows), ", "len(rows) - batch_size + 1, ")
every_check(
    "ends_with_an_empty_batch",
    "You give an empty batch at the end when batch_size divides the number of examples.",
    fails=[*EVEN, "takes_any_batch_size", "is_random"],
).replace("len(rows), ", "len(rows) + 1, ")
short_batch(
    "fills_up_with_zeros",
    "You fill a short last batch with zeros, which are not examples. The last batch may be short.",
).replace(
    "yield features[batch], labels[batch]",
    "X, y, gap = features[batch], labels[batch], [0] * (batch_size - len(batch))\n"
    "        yield torch.cat([X, 0 * X[gap]]), torch.cat([y, 0 * y[gap]])",
)
short_batch(
    "fills_up_from_the_start",
    "You fill a short last batch with earlier examples. The last batch may be short.",
).replace("rows[i : i + batch_size]", "(rows * (1 + batch_size))[i : i + batch_size]")

# Rows that are left out, or come twice.

every_check(
    "goes_to_the_end",
    "Each batch goes on to the end of the data. Do you use max where you need min?",
).replace("i + batch_size]", "max(i + batch_size, len(rows))]")
every_check(
    "draws_with_replacement",
    "You draw examples with replacement, so some come twice and others never.",
).replace("random.shuffle(rows)", "rows = random.choices(rows, k=len(rows))")
every_check(
    "samples_each_batch",
    "Each batch is a new sample of all examples, so some come in several batches and "
    "others in none.",
).replace("batch = ", "random.shuffle(rows)\n        batch = ")
every_check(
    "shuffles_a_tensor_by_random",
    "Some examples come twice and others never, as when random.shuffle gets a tensor. It can "
    "only swap the elements of a list.",
).replace("list(range(len(features)))", "torch.arange(len(features))")
every_check(
    "reuses_memory",
    "You write every batch into the same memory, so earlier batches change when the "
    "next one comes. "
    "Make a new tensor for each batch.",
).replace(
    *("    rows = ", "    X = features[:batch_size].clone()\n    rows = "),
    *("features[batch]", "X[: len(batch)].copy_(features[batch])"),
)

# Passes that end too late or too early.

every_check(
    "never_ends",
    "More batches come after every example came once. One call gives each example "
    "once, then it ends. Does "
    "your loop end?",
).replace(
    "range(0, len(rows), batch_size):", "[*range(0, len(rows), batch_size)] * 99:"
)
every_check(
    "makes_two_passes",
    "One call gives all examples twice. It must give each example once.",
).replace("range(0, len(rows), batch_size):", "[*range(0, len(rows), batch_size)] * 2:")
every_check(
    "yields_after_the_loop", "Only the last batch comes. Is the yield after the loop?"
).replace("        yield", "    yield")

# Batches of another size.

every_check(
    "gives_one_by_one", "The examples come one by one, whatever batch_size is."
).replace("len(rows), batch_size", "len(rows), 1", "i + batch_size", "i + 1")
every_check(
    "gives_batches_of_ten",
    "Your batches have 10 examples, whatever batch_size is. Is 10 hard-coded, or a "
    "variable from outside?",
).replace("len(rows), batch_size", "len(rows), 10", "i + batch_size", "i + 10")
every_check(
    "counts_to_a_thousand",
    "Your loop counts to 1000, however many examples there are. Is 1000 hard-coded, or a variable "
    "from outside? Count to the number of rows in features.",
).replace("len(rows), batch_size", "1000, batch_size")
every_check(
    "begins_a_batch_at_each_example",
    "A batch begins at each example, so most examples come several times. The next batch begins "
    "batch_size examples later.",
).replace("len(rows), batch_size", "len(rows)")
every_check(
    "samples_one_batch",
    "One call gives a single batch, a sample of the examples. Go on until each example came once.",
).replace(
    *("for i in range(0, len(rows), batch_size)", "for i in [0]"),
)

# Batches of another form.

for name, turned in (("indexes_with_a_row", ""), ("indexes_with_a_column", ".T")):
    every_check(
        name,
        "Each batch has one axis too many, because your index is 2-D, like torch.tensor([rows]). "
        "Index with a flat list or tensor of row numbers.",
    ).replace(
        "rows[i : i + batch_size]", f"torch.tensor([rows[i : i + batch_size]]){turned}"
    )

every_check(
    "yields_arrays",
    "Your batches are NumPy arrays. Yield tensors: backward() cannot go through arrays.",
).replace(
    "features[batch], labels[batch]", "features[batch].numpy(), labels[batch].numpy()"
)
every_check(
    "yields_row_numbers", "You yield row numbers instead of the features in those rows."
).replace("features[batch]", "torch.tensor(batch)")
data_iter.mistake(
    "uses_an_index_that_does_not_fit",
    "An index is out of range. Most often the number of rows is hard-coded, or a variable "
    "from outside, and not the number of rows of features.",
    fails=ALL,
).replace("len(features)", "1000")

# An order that is not random.

wrong_order(
    "does_not_shuffle", "You give the examples in the order of the data. Shuffle them."
).replace("    random.shuffle(rows)\n", "")
wrong_order(
    "repeats_its_order",
    "Every call gives the same order. Do you set a seed inside, make a new "
    "torch.Generator() (it always "
    "starts with the same seed), or shuffle once or never?",
).replace("random.shuffle", "random.Random(0).shuffle")
wrong_order(
    "shuffles_too_little",
    "You do not shuffle enough, so some orders never come. Most often only whole "
    "batches are shuffled, or "
    "only the examples inside each batch, or a shuffle of your own never leaves an "
    "example where it was. "
    "`random.shuffle(rows)` and `torch.randperm(n)` give every order.",
).replace(
    "random.shuffle(rows)\n    ",
    "",
    "        yield",
    "        random.shuffle(batch)\n        yield",
)
data_iter.mistake(
    "shuffles_only_batches",
    "You shuffle the batches, but each batch still holds neighbors from the data. "
    "Shuffle the examples.",
    fails=["is_random", "has_a_short_last_batch"],
).replace(
    "random.shuffle(rows)\n    for i in range(0, len(rows), batch_size)",
    "starts = [*range(0, len(rows), batch_size)]\n    random.shuffle(starts)\n    for i in starts",
)

# Labels of other examples.

every_check(
    "shuffles_only_features",
    "The features are shuffled but the labels are not, so they no longer match.",
).replace("labels[batch]", "labels[i : i + batch_size]")
every_check(
    "shuffles_each_alone",
    "Features and labels come in different orders, so they do not match. Index both "
    "with the same rows.",
).replace(
    "random.shuffle(rows)",
    "random.shuffle(rows)\n    labels = labels[random.sample(rows, len(rows))]",
)
every_check(
    "yields_all_labels",
    "Each batch comes with the labels of all examples. It needs those of its own rows.",
).replace("labels[batch]", "labels")
every_check(
    "swaps_the_pair",
    "Features and labels are swapped. Each pair is (features, labels), and the parameters "
    "come in the same order.",
).replace("features[batch], labels[batch]", "labels[batch], features[batch]")
