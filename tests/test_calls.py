"""What stands in for a part takes what the student's own takes, and says what Python says where not."""

import pytest
import torch

from autograder.sandbox.inside.calls import Handover

KNOWN = {"lr": 0.5, "batch_size": 4, "features": torch.zeros(3, 2), "labels": torch.ones(3)}
X, y = KNOWN["features"], KNOWN["labels"]


def step(params, lr, batch_size): ...


def batches(batch_size, features, labels): ...


def of(own: str, right=step, name="sgd") -> Handover:
    """From calls of a function with these parameters; "" for none."""
    space: dict = {}
    exec(f"def own({own}): pass", space)
    return Handover(name, right, space["own"] if own else None)


@pytest.mark.parametrize("own_first", [True, False])
@pytest.mark.parametrize(
    ("own", "args", "kwargs"),
    [
        ("params, lr, batch_size", ([1], 2.0, 8), {}),
        ("params, lr, batch_size", ([1],), {"batch_size": 8, "lr": 2.0}),
        ("ps, eta, bs", ([1],), {"bs": 8, "eta": 2.0}),
        ("params, lr, batch_size, momentum=0.9", ([1], 2.0, 8), {"momentum": 0.0}),
        ("params, *, lr, batch_size", ([1],), {"lr": 2.0, "batch_size": 8}),
        ("params, **settings", ([1],), {"learning_rate": 2.0, "batch_size": 8}),
        ("ps, eta=2.0, bs=8", ([1],), {}),
    ],
)
def test_a_call_of_the_own_is_one_of_the_right(own_first, own, args, kwargs):
    """By name, by place, with more parameters, with defaults: the right one gets its three."""
    assert [[1], 2.0, 8] == [*of(own).arguments(args, kwargs, KNOWN, own_first)]


@pytest.mark.parametrize("own_first", [True, False])
@pytest.mark.parametrize(
    ("own", "args", "want"),
    [
        ("ps, eta", ([1], 2.0), [[1], 2.0, 4]),
        ("params, lr, momentum=0.9", ([1], 2.0), [[1], 2.0, 4]),
        ("params, states, settings", ([1], None, {"lr": 2.0}), [[1], 0.5, 4]),
    ],
)
def test_what_the_own_does_not_take_is_what_the_function_was_called_with(own_first, own, args, want):
    """An sgd that divides by a global batch_size is lent one that divides by that of train."""
    assert want == [*of(own).arguments(args, {}, KNOWN, own_first)]


@pytest.mark.parametrize(
    ("own", "args"),
    [
        ("features, labels", (X, y)),
        ("dataset, batch_size, shuffle=True", ((X, y), 4, True)),
        ("dataset, n", (torch.utils.data.TensorDataset(X, y), 4)),
        ("x, t, n", (X, y, 4)),
        ("n, x", (4, X)),
    ],
)
def test_data_are_found_whatever_they_come_in(own, args):
    """A pair, a data set, or two tensors under other names."""
    size, features, labels = of(own, batches).arguments(args, {}, KNOWN, True)
    assert (4, True, True) == (size, features is X, labels is y)


@pytest.mark.parametrize(
    ("own", "args", "kwargs", "words"),
    [
        ("params, lr, batch_size", ([1], 2.0, 8, 9), {}, "takes 3 positional arguments but 4 were given"),
        ("params, lr", ([1],), {"rate": 2.0}, "got an unexpected keyword argument 'rate'"),
    ],
)
def test_a_call_that_neither_takes_is_an_error_in_pythons_words(own, args, kwargs, words):
    """As of the student's own function, which is named as they call it."""
    for own_first in (True, False):
        with pytest.raises(TypeError) as caught:
            of(own).arguments(args, kwargs, KNOWN, own_first)
        assert f"sgd() {words}" == str(caught.value)
