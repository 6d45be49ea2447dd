"""The same submissions get the same results.json: again, by more judges, from elsewhere, from pytest."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from autograder.exercises.linear_regression.end_to_end import least_squares

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def submissions(tmp_path_factory):
    """12 submissions of an assignment, loose files named by student, in a folder of its name."""
    folder = tmp_path_factory.mktemp("class") / "linear_regression"
    folder.mkdir()
    right, wrong = (sorted((HERE / f"{kind}_answers" / folder.name).iterdir()) for kind in ("right", "wrong"))
    for path in [*right[:5], *wrong[:: len(wrong) // 7][:7]]:
        shutil.copy(path, folder / path.name)
    assert 12 == len(list(folder.iterdir()))
    return folder


def graded(submissions, out, *options, cwd="/", before="", **variables):
    """results.json of a run in a process of its own, without what may differ."""
    code = f"{before}\nfrom autograder import cli\ncli.main()"
    command = [sys.executable, "-c", code, "grade", str(submissions), "--assignment", submissions.name]
    environment = {**os.environ, "COLUMNS": "80", **variables}
    done = subprocess.run(
        [*command, "--out", str(out), *options], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert (0, "") == (done.returncode, done.stderr)
    return without_times((out / "results.json").read_text(encoding="utf-8"))


def without_times(text):
    tree = json.loads(text)
    for submission in tree["submissions"]:
        del submission["seconds"], submission["timings"], submission["figures"]
    return json.dumps(tree)


@pytest.fixture(scope="module")
def first(submissions, tmp_path_factory):
    """By what this user's cache holds: whichever test was the first drew its cases."""
    return graded(submissions, tmp_path_factory.mktemp("first"), "--jobs", "1")


@pytest.mark.slow
def test_a_second_run_by_two_judges_from_elsewhere_finds_the_same(submissions, first, tmp_path):
    """Nothing depends on the run, on who was judged before, on the folder, or on what is loaded."""
    (tmp_path / "local_module.py").write_text("NUMBERS = [123456, 7.25, -99, 31337]\n")
    before = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import local_module, pytest, decimal"

    anew = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "CI": "true", "PYTHONHASHSEED": "7"}

    assert first == graded(
        submissions, tmp_path / "out", "--jobs", "2", cwd=str(tmp_path), before=before, **anew
    )
    assert not (tmp_path / ".hypothesis").exists()


def test_the_analytic_solution_is_the_same_bytes_wherever_memory_lies():
    """LAPACK's last bits, and the sign of a zero, differ from one place to another."""
    features = torch.randn(48, 2, generator=torch.Generator().manual_seed(1))
    kept, found = [], set()
    for number in range(50):
        kept.append(torch.zeros(7 * number + 1))
        for labels in (torch.zeros(48), features @ torch.tensor([0.0, 2.5])):
            w, b = least_squares(features, labels)
            found.add((bool(labels.any()), w.numpy().tobytes(), b.numpy().tobytes()))
            assert not torch.signbit(w).any()
    assert 2 == len(found)
