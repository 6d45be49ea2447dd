"""Probes: which replies are believed, and what calls leave behind: seen after each question, and
put back.
"""

import random

import numpy as np
import pytest
import torch
from file_helpers import table

from autograder import authoring, sentences, wire
from autograder.authoring.proxy import Malformed, StudentFunction
from autograder.sandbox.inside import probes
from autograder.sandbox.inside.side_effects import Guard
from autograder.wire import fits


def left(function, *inputs, times=1):
    """What the last of some calls leaves behind."""
    guard = Guard()
    found = []
    for _ in range(times):
        guard.function(function)(*inputs)
        found.append(guard.side_effect())
    return found[-1]


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: torch.set_grad_enabled(False), "recording"),
        (lambda: torch.set_default_dtype(torch.float64), ""),
    ],
)
def test_torch_s_state_is_put_back(call, what):
    """The next call begins as the first one did."""
    state = torch.is_grad_enabled(), torch.get_default_dtype()
    assert left(call) == what
    assert (torch.is_grad_enabled(), torch.get_default_dtype()) == state


@pytest.mark.parametrize(
    "seed", [random.seed, np.random.seed, torch.manual_seed]
)
def test_a_generator_that_is_seeded_alike_in_two_calls_is_seen(seed):
    """Whatever was drawn before: its next numbers are the same ones."""
    assert left(lambda: seed(5), times=2) == "seeds"
    probes.seed(0)
    assert left(lambda: seed(0), times=2) == "seeds"


def undoes():
    state = random.getstate()
    random.seed(1)
    random.setstate(state)
    torch.randn(3), np.random.rand(2)


@pytest.mark.parametrize("call", [undoes, random.seed, torch.seed])
def test_nobody_loses_by_drawing_or_by_a_seed_that_is_undone_or_differs(call):
    """These leave later shuffles as random as they were."""
    assert left(call, times=20) == ""


def test_what_was_left_crosses_around_its_value_and_nothing_else_does():
    """A worker may say anything in its place: only what is known is decoded."""
    frame = wire.pack_each([wire.SideEffect("seeds", torch.ones(2)), 1])
    (what, value), one = wire.opened(frame)
    assert what == "seeds"
    assert value.tolist() == [1.0, 1.0]
    assert one == 1
    with pytest.raises(wire.WireError):
        wire.opened(wire.pack(wire.SideEffect("nonsense", 1)))


def test_it_is_told_once_and_costs_one_check(judges):
    """The other checks are carried forward; a value that is wrong is another cause."""
    text = "import torch\ndef vector_add(a, b):\n    torch.set_grad_enabled(False)\n    return {}\n"
    from autograder.intake.submission import Submission

    def results(body):
        return (
            judges["vectorization"]
            .judge(Submission("a", "a.py", text.format(body)))
            .results
        )

    first, *others = results("a + b")
    assert first.outcome == "failed"
    assert sentences.hint(first) == ""
    assert "`vector_add` leaves gradient recording off" in sentences.message(
        first
    )
    assert [r.outcome for r in others] == ["carried_forward"] * len(others)
    assert all(
        "recording" not in sentences.message(r) for r in results("a - b")
    )
    outcomes = ["failed", "carried_forward", "failed", "carried_forward"]
    assert [r.outcome for r in results("(a + b).float()")] == outcomes


ONE = torch.ones(2)


FORMS = """
None           -> None,                     -> False, 0
Tensor         -> ONE, torch.ones(0)        -> None, 1.0, np.ones(2), [ONE], Other("Tensor")
float          -> 1.5, 2, float("nan")      -> True, None, "1", ONE[0]
[[Tensor]]     -> [], [[]], [[ONE], []]     -> [ONE], [[1]], ONE
(None, Tensor) -> None, ONE                 -> 1, [None]
{"a": int}     -> {"a": 1},                 -> {}, {"a": True}, {"a": 1, "b": 1}, [1]
"""


@pytest.mark.parametrize(("form", "right", "wrong"), table(FORMS))
def test_a_reply_fits_its_form_or_it_does_not(form, right, wrong):
    """Types are exact: a worker may say anything in a reply's place."""
    names = vars(authoring) | vars(wire) | globals()
    names["Tensor"] = torch.Tensor
    for value in eval(right, names):
        assert fits(eval(form, names), value)
    for value in eval(wrong, names):
        assert not fits(eval(form, names), value)


def student(*values, **options):
    """One whose worker gives these answers, in turn."""
    left = iter(values)
    return StudentFunction(lambda question: (next(left), 0.25), {}, **options)


def test_the_probes_of_every_function_have_forms_too():
    """The inputs are as many as went in, the gradients as many as were asked for."""
    got = student({"value": 1, "inputs": [ONE, 2]}).and_inputs(ONE, 2)
    assert got.value == 1
    assert got.inputs == [ONE, 2]
    reply = {"value": ONE, "inputs": [ONE, 2], "grads": [None, ONE]}
    got = student(reply).gradients(ONE, 2, of=[0, 1], cotangent=ONE)
    assert got.inputs == [ONE, 2]
    assert got.grads == [None, ONE]
    with pytest.raises(Malformed):
        student({"value": 1, "inputs": []}).and_inputs(ONE)
    for grads in ([], [1], [None, None]):
        asked = student({"value": ONE, "inputs": [ONE], "grads": grads})
        with pytest.raises(Malformed):
            asked.gradients(ONE, of=[0], cotangent=ONE)
