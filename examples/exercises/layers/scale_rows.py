"""In place: `scale_rows(X, c)` multiplies each row of X by its number of c, and returns nothing."""

from autograder import Exercise, tensors

scale_rows = Exercise("scale_rows")


@scale_rows.answer
def right(X, c):
    X *= c.reshape(-1, 1)


scale_rows.contract(  # "value" compares the inputs that the right answer changes
    given=tensors(X="n d", c="n"),
    points={"value": 2, "float64": 1},
)
scale_rows.mistake(
    "makes_a_new_tensor",
    "You make a new tensor; X itself must change.",
    fails=["value", "float64"],
).replace("X *= c.reshape(-1, 1)", "X = X * c.reshape(-1, 1)")
