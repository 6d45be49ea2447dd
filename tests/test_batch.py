"""A batch whose judges cannot start says so, and never waits for them for ever."""

from __future__ import annotations

import subprocess
import sys

FORGETFUL = """
from autograder import gate
from autograder.batch import Batch

Batch(gate.exam_of("vectorization"), 2)
"""


def test_judges_that_end_as_they_start_are_told(tmp_path):
    """Here since each process runs the script anew, which has no `if __name__ == "__main__":`."""
    script = tmp_path / "forgetful.py"
    script.write_text(FORGETFUL, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300)
    assert 1 == done.returncode
    assert "the judges' processes end as they start" in done.stderr.splitlines()[-1]
