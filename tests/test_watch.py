"""What calls leave behind: seen after each question, put back, and told once for each exercise."""

import random

import numpy as np
import pytest
import torch

from autograder import wire
from autograder.authoring import OWN, OWN_IF_PASSED, Exercise
from autograder.authoring.proxy import Student
from autograder.sandbox.inside import probes
from autograder.sandbox.inside.watch import Watch

X = torch.ones(3, 2)


@pytest.fixture(autouse=True)
def _no_default_device():
    """Whatever a test makes the default, the next one begins without."""
    yield
    torch.set_default_device(None)


def left(function, *inputs, times=1, before=lambda: None):
    """What the last of some calls leaves behind."""
    watch, found = Watch(), []
    for i in range(times):
        before()
        inputs = [x.clone() + i if isinstance(x, torch.Tensor) else x for x in inputs]
        found.append(watch.left([*inputs], watch.function(function)(*inputs)))
    return found[-1]


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: torch.set_grad_enabled(False), "recording"),
        (lambda: torch.set_default_dtype(torch.float64), "dtype"),
        (lambda: torch.set_default_device("cpu"), ""),
    ],
)
def test_torch_s_state_is_looked_at_and_put_back(call, what):
    """The next call begins as the first one did."""
    state = torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_default_device()
    assert what == left(call)
    assert state == (torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_default_device())


def test_what_a_call_changes_is_put_back_before_the_next():
    """A context that was entered and never left too, and where the function raised."""
    kept = []

    def enters():
        kept.append(torch.inference_mode())
        kept[-1].__enter__()

    watch = Watch()
    watch.function(enters)()
    assert "inference" == watch.left([], None)
    assert not torch.is_inference_mode_enabled()
    watch.guards.pop().__exit__(None, None, None)
    kept[-1].__exit__(None, None, None)

    watch = Watch()
    with pytest.raises(ZeroDivisionError):
        watch.function(lambda: (torch.set_grad_enabled(False), 1 / 0))()
    assert ["recording"] == watch.put_back()
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("seed", [random.seed, np.random.seed, torch.manual_seed])
def test_a_generator_that_is_seeded_alike_in_two_calls_is_seen(seed):
    """Whatever was drawn before: its next numbers are the same ones."""
    assert "seeds" == left(lambda: seed(5), times=2)
    probes.seed(0)
    assert "seeds" == left(lambda: seed(0), times=2)


def draws():
    random.random(), np.random.rand(2), torch.randn(3), torch.nn.Linear(2, 1)


def undoes():
    state = random.getstate()
    random.seed(1)
    random.setstate(state)
    with torch.random.fork_rng():
        torch.manual_seed(0)


@pytest.mark.parametrize("call", [draws, undoes, random.seed, torch.seed])
def test_nobody_loses_by_drawing_or_by_a_seed_that_is_undone_or_differs(call):
    """These leave later shuffles as random as they were."""
    assert "" == left(call, times=20)


def test_a_result_that_the_next_call_overwrites_is_seen():
    """A buffer that is used again, also one that is resized; not one value that is given twice."""
    buffer, constant = torch.zeros(3, 2), torch.zeros(3, 2)
    assert "result" == left(lambda x: buffer.copy_(x), X, times=2)
    assert "result" == left(lambda x: torch.add(x, x, out=buffer), X, times=2)
    assert "" == left(lambda x: constant, X, times=2)
    assert "" == left(lambda x: x * torch.nan, X, times=2)


def test_inputs_of_an_earlier_call_that_are_written_to_are_seen():
    """Those that this call itself changes are the affair of its check."""
    kept = []

    def clears(x):
        for each in kept:
            each.zero_()
        kept[:] = [x]

    assert "inputs" == left(clears, X, times=2)
    assert "" == left(lambda x: [x.zero_()], X, times=2)


def test_what_was_left_crosses_around_its_value_and_nothing_else_does():
    """A worker may say anything in its place: only what is known is decoded."""
    frame = wire.pack_each([wire.Left("seeds", torch.ones(2)), 1])
    (what, value), one = wire.opened(frame)
    assert ("seeds", [1.0, 1.0], 1) == (what, value.tolist(), one)
    with pytest.raises(wire.WireError):
        wire.opened(wire.pack(wire.Left("nonsense", 1)))


def test_what_a_part_leaves_is_the_part_s_own_fault():
    """Unless the part has passed its checks: then it left nothing."""
    part = Exercise("part", order=1)
    whole = Exercise("whole", order=2, parts=(part,))
    own, passed = whole.doubles(part=OWN), whole.doubles(part=OWN_IF_PASSED)

    def student(doubles, *names):
        return Student(lambda question: (wire.Left("dtype", 3), 0.0), {}, doubles, names)

    for asked, found in (
        (student(own), []),
        (student(passed), ["dtype"]),
        (student(passed, "part"), ["dtype"]),
    ):
        assert 3 == asked(1)
        assert found == asked.left


def test_it_is_told_once_and_costs_one_check(judges):
    """The other checks' claims hold; and where a value is wrong, that is said."""
    text = "import torch\ndef vector_add(a, b):\n    torch.set_default_dtype(torch.float64)\n    return {}\n"
    from autograder.intake.submission import Submission

    def results(body):
        return judges["vectorization"].judge(Submission("a", "a.py", text.format(body))).results

    first, *others = results("a + b")
    assert ("failed", "") == (first.outcome, first.hint)
    assert "`vector_add` changes torch's default dtype" in first.message
    assert ["passed"] * len(others) == [r.outcome for r in others]
    assert all("default dtype" not in r.message for r in results("a - b"))
    assert ["passed", "failed", "passed", "passed"] == [r.outcome for r in results("(a + b).float()")]
