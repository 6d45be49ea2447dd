"""`net(X, W, b)`: the probabilities of the classes, softmax(X W + b)."""

from autograder.exercises.softmax_regression.softmax import softmax

from autograder import Exercise, param, tensors

net = Exercise("net", parts=[softmax])


@net.answer
def right(X, W, b):
    return softmax(X @ W + b)


ALL = ["value", "inputs_unchanged", "gradients"]
net.contract(
    given=tensors(X="n d", W=param("d q"), b=param("q")),
    points={"value": 2, "inputs_unchanged": 1, "gradients": 1},
    up_to=4,
)
net.mistake("forgets_b", "You forgot to add b.", fails=ALL).replace(
    "X @ W + b", "X @ W"
)
net.mistake(
    "forgets_softmax",
    "You give the scores X W + b, not their softmax.",
    fails=ALL,
).replace("softmax(X @ W + b)", "X @ W + b")
