"""`accuracy(y_hat, y)`: the share of examples whose most probable class is their label."""

from autograder import Exercise, classes, probabilities, tensors

accuracy = Exercise("accuracy")


@accuracy.answer
def right(y_hat, y):
    return (y_hat.argmax(1) == y).sum().item() / len(y)


accuracy.contract(
    given=tensors(y_hat=probabilities("n q"), y=classes("n", below="q")),
    points={"value": 2, "inputs unchanged": 1},
    hint="Count the rows whose largest entry is at their label, and divide by their number.",
)
accuracy.mistake(
    "counts",
    "You count the right ones: divide by how many examples there are.",
    fails=["value", "inputs_unchanged"],
).replace(" / len(y)", "")
accuracy.mistake(
    "looks_along_columns",
    "argmax looks along dim 0: take the largest of each row.",
    fails=["value", "inputs_unchanged"],
).replace("(y_hat.argmax(1) == y)", "(y_hat.argmax(0)[: len(y)] == y[: y_hat.shape[1]])")
