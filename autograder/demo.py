"""A sample class of students, in nbgrader's layout: right in different styles, and wrong as students are.

Its wrong answers are the known mistakes of the exercises.
"""

from __future__ import annotations

import json
from pathlib import Path

from autograder import exercises, gate

OTHER_WORDS = {
    "vector_add": "def vector_add(a, b):\n    return torch.add(b, a)\n",
    "data_iter": (
        "def data_iter(batch_size, features, labels):\n"
        "    rows = torch.randperm(len(features))\n"
        "    return [(features[r], labels[r]) for r in rows.split(batch_size)]\n"
    ),
    "linreg": "def linreg(X, w, b):\n    return (X * w.T).sum(1, keepdim=True) + b\n",
    "squared_loss": (
        "def squared_loss(y_hat, y):\n    return 0.5 * torch.square(y.reshape(y_hat.shape) - y_hat)\n"
    ),
    "sgd": (
        "def sgd(params, lr, batch_size):\n"
        "    for p in params:\n"
        "        p.data.sub_(lr * p.grad / batch_size)\n"
        "        p.grad.zero_()\n"
    ),
    "train": (
        "def train(w, b, features, labels, lr, num_epochs, batch_size):\n"
        "    losses = []\n"
        "    for epoch in range(num_epochs):\n"
        "        for X, y in data_iter(batch_size, features, labels):\n"
        "            loss = squared_loss(linreg(X, w, b), y)\n"
        "            loss.backward(torch.ones_like(loss))\n"
        "            sgd([w, b], lr, batch_size)\n"
        "        with torch.no_grad():\n"
        "            loss = squared_loss(linreg(features, w, b), labels).mean()\n"
        "            print(f'epoch {epoch + 1}, loss {loss:f}')\n"
        "            losses.append(loss)\n"
        "    return losses\n"
    ),
}
DATALOADER = (
    "def data_iter(batch_size, features, labels):\n"
    "    dataset = torch.utils.data.TensorDataset(features, labels)\n"
    "    return torch.utils.data.DataLoader(dataset, batch_size, shuffle=True)\n"
)
HANGING = "def linreg(X, w, b):\n    while True:\n        pass\n"
HANGING_ADD = "def vector_add(a, b):\n    while len(a) > 0:\n        pass\n"
MISSPELT = "def square_loss(y_hat, y):\n    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2\n"

# student -> what differs from the reference: a function's name and a mistake's, or a source
CLASS: dict[str, dict[str, str]] = {
    "amal": {},
    "bertha": OTHER_WORDS,
    "chen": {"data_iter": DATALOADER},
    "dana": {"squared_loss": "broadcasts", "vector_add": "loops"},
    "emre": {"train": "never_zeroes", "vector_add": "writes_into_a"},
    "fatima": {"sgd": "rebinds"},
    "george": {"sgd": "does_not_divide", "vector_add": "goes_through_lists"},
    "hana": {"data_iter": "drops_the_last"},
    "ivan": {"data_iter": "does_not_shuffle", "squared_loss": "forgets_the_half"},
    "jun": {"linreg": "flattens", "vector_add": "loops_into_zeros"},
    "kofi": {"train": "divides_twice"},
    "lena": {"data_iter": "returns_one_batch", "sgd": "records_the_step"},
    "mateo": {"linreg": HANGING, "vector_add": HANGING_ADD},
    "nour": {"squared_loss": MISSPELT},
    "olga": {"train": "returns_nothing", "data_iter": "shuffles_only_features"},
    "pietro": {"linreg": "detaches"},
    "quinn": {"*": "empty"},
    "rosa": {"*": "stub"},
}


def write_class(folder: Path, assignment: str) -> int:
    """Write the submissions of the sample class below `folder/submitted`; how many there are."""
    stub = json.loads(gate.stub(assignment).text)
    reference = _sources(json.loads(gate.reference(assignment).text))
    for student, differs in CLASS.items():
        place = folder / "submitted" / student / assignment
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{assignment}.ipynb"
        if differs.get("*") == "empty":
            path.write_bytes(b"")
            continue
        sources = {} if differs.get("*") == "stub" else {**reference, **_own(assignment, differs)}
        notebook = json.loads(json.dumps(stub))
        for cell in notebook["cells"]:
            if cell.get("id") in sources:
                cell["source"] = sources[cell["id"]].splitlines(True)
        text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")
    return len(CLASS)


def _sources(notebook):
    """The code of each solution cell, without its markers."""
    sources = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("solution"):
            lines = "".join(cell["source"]).splitlines(True)
            kept = [line for line in lines if "### " not in line and "NotImplementedError" not in line]
            sources[cell["id"]] = "".join(kept)
    return sources


def _own(assignment, differs):
    known = {e.name: {m.name: m.source for m in e.mistakes} for e in exercises.of(assignment)}
    return {name: known[name].get(what, what) for name, what in differs.items() if name in known}
