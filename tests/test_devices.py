"""Answers stay on the device of their inputs.

Seen on torch's `meta` device: an operation that mixes it with a processor's tensor raises.
"""

import json
from pathlib import Path

import pytest
import torch

from autograder import exercises

SOLUTIONS = Path(__file__).resolve().parent.parent / "solutions"


def reference() -> dict:
    """The functions that the reference notebooks define, among them those of the cells around."""
    names = {}
    for assignment in exercises.assignments():
        notebook = json.loads((SOLUTIONS / assignment / f"{assignment}.ipynb").read_text("utf-8"))
        sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        exec("import random, time, torch", names)
        for source in sources:
            if source.startswith("def ") and ("SOLUTION" in source or "loop_add" in source):
                exec(source, names)
    return names


def hidden() -> dict:
    """The right answers that expected values come from."""
    return {e.name: e.right for name in exercises.assignments() for e in exercises.of(name) if e.right}


@pytest.fixture(params=[reference, hidden], ids=["reference", "hidden"])
def right(request):
    """Right functions, by name."""
    return request.param()


def on_meta(*shape: int, **options: object) -> torch.Tensor:
    """A tensor of this shape, and no numbers."""
    return torch.zeros(*shape, device="meta", **options)


def test_single_steps_stay_where_their_inputs_are(right):
    """A sum, a batch, a prediction, a loss, and its gradient."""
    w, b = on_meta(3, 1, requires_grad=True), on_meta(1, requires_grad=True)
    assert "meta" == right["vector_add"](on_meta(4), on_meta(4)).device.type
    batches = [*right["data_iter"](2, on_meta(5, 3), on_meta(5))]
    assert [(2, 3), (2, 3), (1, 3)] == [tuple(X.shape) for X, _ in batches]
    X, y = batches[0]
    losses = right["squared_loss"](right["linreg"](X, w, b), y)
    losses.sum().backward()
    right["sgd"]([w, b], 0.1, 2)
    assert {"meta"} == {t.device.type for t in (X, y, losses, w, b, w.grad, b.grad)}


def test_training_stays_where_its_inputs_are(right, monkeypatch):
    """Only the losses that it returns leave the device, as numbers."""
    read = []
    monkeypatch.setattr(torch.Tensor, "item", lambda t: read.append(t.device.type) or 0.0)
    monkeypatch.setattr(torch.Tensor, "__float__", torch.Tensor.item)
    w, b = on_meta(3, 1, requires_grad=True), on_meta(1, requires_grad=True)
    losses = right["train"](w, b, on_meta(5, 3), on_meta(5), 0.1, 2, 2)
    assert [0.0, 0.0] == losses
    assert {"meta"} == {*read, w.device.type, b.device.type}
