"""Classes as Moodle, Canvas and Gradescope give them, made after their programs; see
`autograder.platforms`.

Knows nothing of how they are read.
"""

import copy
import functools
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "linear_regression"
LOGIN = "<!DOCTYPE html>\n<html><title>Sign in</title><body>Your session has ended.</body></html>\n"
LINREG = "def linreg(X, w, b):\n    return X @ w + b\n"


@functools.cache
def _notebook(kind, name):
    return (ROOT / kind / name / f"{name}.ipynb").read_text()


def untouched(name=NAME):
    """The notebook as it was released."""
    return _notebook("assignments", name)


def written(code=LINREG, name=NAME, cell="linreg"):
    """The notebook with this code in one of its solution cells."""
    tree = copy.deepcopy(json.loads(untouched(name)))
    next(c for c in tree["cells"] if c["id"] == cell)["source"] = code
    return json.dumps(tree)


def notebook(*sources):
    """One whose code cells hold these."""
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": one}
        for one in sources
    ]
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    )


def scratch():
    """A notebook of nothing that was asked."""
    return notebook("print(1 + 1)")


def moodle():
    """As "Download all submissions" of Moodle: a folder for each participant, each broken in
    another way.
    """
    return {
        f"Ana Silva_12345_assignsubmission_file/{NAME}.ipynb": written(),
        "Ana Silva_12345_assignsubmission_onlinetext/onlinetext.html": "<p>here it is</p>",
        f"Bo_Bo Li_12346_assignsubmission_file_/{NAME}-Copy1.ipynb": written(),
        f"李雷_12347_assignsubmission_file/{NAME}.ipynb": untouched(),
        "Participant_12348_assignsubmission_file/work.zip": b"PK\x03\x04",
        f"Dee Cut_12349_assignsubmission_file/{NAME}.ipynb": written()[:400],
        f"Eve Login_12350_assignsubmission_file/{NAME}.ipynb": LOGIN,
        "Fay Text_12351_assignsubmission_onlinetext/onlinetext.html": "<p>def linreg</p>",
        f"Ida Empty_12354_assignsubmission_file/{NAME}.ipynb": b"",
    }


def canvas():
    """As "Download Submissions" of Canvas: loose files, each student's broken in another way."""
    return {
        f"silvaana_LATE_12345_67890_{NAME}-2.ipynb": written(),
        f"silvaana_LATE_12345_67001_{NAME}-1.ipynb": untouched(),
        f"silvaana_LATE_12345_9_{NAME}.ipynb": LOGIN,
        f"libo_12346_67891_{NAME}.py": LINREG,
        f"libo_12346_67892_{NAME}.ipynb": untouched(),
        f"anon_x9Yz_67894_{NAME}.ipynb": written(),
        f"cutdee_12349_67895_{NAME}.ipynb": written()[:400],
        "texteve_12350_text.html": "<p>def linreg</p>",
        "zipfay_LATE_12351_67896_work.zip": b"PK\x03\x04",
        "scratchgus_12352_67897_Untitled.ipynb": scratch(),
    }


PEOPLE = """---
submission_101:
  :submitters:
  - :name: Ana Silva
    :sid: '00123'
    :email: ana@example.org
  :created_at: 2026-03-02 10:11:12.131415000 Z
  :score: 3.0
  :results:
    tests: [{name: a, deep: {deeper: [[[[1]]]]}}]
  :history:
  - :id: 99
    :submitters:
    - :name: Somebody Else
submission_102:
  :submitters:
  - :name: Bo Li
    :sid: '00124'
    :email: bo@example.org
  - :name: "李雷"
    :sid:
    :email: lei@example.org
submission_103:
  :submitters:
  - :name: Cy
    :sid: ''
    :email: ''
submission_104:
  :submitters: []
"""


def blackboard():
    """As "Download assignment files" of Blackboard: loose files, with a receipt for each
    attempt.
    """
    first = "attempt_2026-03-02-10-11-12"
    last = "attempt_2026-03-04-09-00-00"
    return {
        f"Linear Regression_asilva_{first}_{NAME}.ipynb": LOGIN,
        f"Linear Regression_asilva_{first}.txt": "Name: Ana Silva (asilva)",
        f"Linear Regression_asilva_{last}_my_work.ipynb": written(),
        f"Linear Regression_asilva_{last}.txt": "Name: Ana Silva (asilva)",
        f"Linear Regression_bli_{first}_{NAME}.py": LINREG,
        f"Linear Regression_cyd_{first}.txt": "Name: Cy Dee (cyd)",
        f"Linear Regression_y_{first}_{NAME}.ipynb": written(),
        f"Linear Regression_x_y_{last}_{NAME}.ipynb": written(
            LINREG.replace("+", "-")
        ),
    }


def gradescope(people=PEOPLE):
    """As "Export Submissions" of Gradescope: a folder for each submission, and who handed it in."""
    return {
        "assignment_9100_export/submission_metadata.yml": people,
        f"assignment_9100_export/submission_101/{NAME}.ipynb": written(),
        f"assignment_9100_export/submission_102/src/{NAME}.py": LINREG,
        f"assignment_9100_export/submission_103/{NAME}.ipynb": LOGIN,
        f"assignment_9100_export/submission_104/{NAME}.ipynb": written(),
        f"assignment_9100_export/submission_105/{NAME}.ipynb": written(),
        "assignment_9100_export/submission_106/vectorization.ipynb": untouched(
            "vectorization"
        ),
    }
