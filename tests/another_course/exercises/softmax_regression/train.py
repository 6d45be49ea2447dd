"""`train(W, b, X, y, lr, num_epochs)`: gradient descent on all examples, in place."""

import torch
from autograder.exercises.softmax_regression.cross_entropy import cross_entropy
from autograder.exercises.softmax_regression.net import net
from hypothesis import strategies as st

from autograder import Exercise, classes, expect, param, tensors

train = Exercise("train", parts=[net, cross_entropy])


@train.answer
def right(W, b, X, y, lr, num_epochs):
    losses = []
    for _ in range(num_epochs):
        loss = cross_entropy(net(X, W, b), y).mean()
        losses.append(loss.item())
        W.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            W -= lr * W.grad
            b -= lr * b.grad
    return losses


def trained(*args):
    """The parameters afterwards."""
    W, b, *rest = args
    right(W, b, *rest)
    return torch.cat([W.detach().flatten(), b.detach().flatten()])


given = tensors(
    W=param("d q"),
    b=param("q"),
    X="n d",
    y=classes("n", below="q"),
    largest=3,
    also={"lr": st.sampled_from([0.125, 0.25]), "num_epochs": st.integers(1, 3)},
    elements=st.integers(-4, 4).map(lambda k: k / 4),
)


@train.check(points=2, given=given)
def moves_the_parameters(train, W, b, X, y, lr, num_epochs):
    """moves W and b, in place, against the gradient of the mean loss, in each epoch anew"""
    got = train.and_inputs(W, b, X, y, lr, num_epochs)
    now = torch.cat([got.inputs[0].flatten(), got.inputs[1].flatten()])
    expect.within(
        now,
        train.expected(trained, W, b, X, y, lr, num_epochs),
        1e-4,
        "W and b afterwards",
    )


@train.check(points=1, given=given)
def returns_the_losses(train, W, b, X, y, lr, num_epochs):
    """returns the mean loss of each epoch, before its step"""
    got, want = (
        train(W, b, X, y, lr, num_epochs),
        train.expected(right, W, b, X, y, lr, num_epochs),
    )
    expect.that(
        isinstance(got, list | tuple) and len(got) == len(want),
        "expected a loss for each epoch",
    )
    for epoch, (loss, right_one) in enumerate(zip(got, want), start=1):
        expect.number(loss, right_one, f"the loss of epoch {epoch}", terms=1.0)


train.mistake(
    "goes_uphill",
    "You add the gradient: subtract it.",
    fails=["moves_the_parameters", "returns_the_losses"],
).replace(
    "W -= lr * W.grad", "W += lr * W.grad", "b -= lr * b.grad", "b += lr * b.grad"
)
train.mistake(
    "adds_up_gradients",
    "You do not zero the gradients: each epoch adds to those before.",
    fails=["moves_the_parameters", "returns_the_losses"],
).replace("W.grad = b.grad = None", "pass")
