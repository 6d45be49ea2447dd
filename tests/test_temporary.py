"""Temporary folders: gone at the end of a block, and those of a killed process at the next run."""

import os
import sys
import tempfile

from process_helpers import ran

from autograder.temporary import temporary_folder

KILLED = """
import os
from autograder.temporary import temporary_folder
with temporary_folder() as folder:
    (folder / "submission.py").touch()
    {end}
"""


def test_the_folder_of_a_killed_process_is_removed_by_the_next(
    tmp_path, monkeypatch
):
    """With what a student submitted in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = KILLED.format(end="os.kill(os.getpid(), 9)")
    assert (
        ran(
            sys.executable,
            "-c",
            code,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        ).returncode
        == -9
    )
    (left,) = tmp_path.iterdir()
    os.utime(left, (0, 0))  # one that is new may not be locked yet
    with temporary_folder() as folder:
        assert [*tmp_path.iterdir()] == [folder]
    assert [*tmp_path.iterdir()] == []
