"""Who can read what the kit leaves behind: nobody but its owner, whatever the umask is."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest
from cli_helpers import NAME, PARTLY, RIGHT, a_class, run
from file_helpers import packed
from process_helpers import ran

from autograder import settings

UMASKS = ["022", pytest.param("077", marks=pytest.mark.exhaustive)]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture(params=UMASKS)
def place(request):
    """A folder that every user can enter, and the words before a command that set the umask."""
    folder = Path(tempfile.mkdtemp(prefix="privacy-"))
    folder.chmod(0o755)
    yield folder, ["sh", "-c", f'umask {request.param}; exec "$@"', "sh"]
    shutil.rmtree(folder)


def readable(folder):
    """The files below a folder that another system user can read."""
    if os.geteuid() == 0:
        found = ran(
            *NOBODY, "find", folder, "-type", "f", "-readable"
        ).stdout.splitlines()
        return {Path(line) for line in found}
    places = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path
        for path in places
        if path.stat().st_mode & (stat.S_IROTH | stat.S_IRGRP)
    }


def test_another_user_reads_nothing_that_grading_leaves(place):
    """Neither the seed, nor a grade, a page or what was unpacked."""
    folder, umask = place
    run("init", cwd=folder, before=umask)
    packed(folder / "class.zip", {"ana.py": RIGHT, "bo.py": PARTLY})
    before = readable(folder)
    seed = str(settings.load(folder).seed)
    words = "grade", "class.zip", "--assignment", NAME, "--out", "results"
    assert run(*words, cwd=folder, before=umask).returncode == 0
    words = "gradescope-zip", NAME, "--out", "a.zip"
    assert run(*words, cwd=folder, before=umask).returncode == 0
    assert readable(folder) <= before
    for path in (folder / "results").rglob("*.*"):
        assert seed.encode() not in path.read_bytes()


def test_a_umask_of_the_user_s_own_counts(tmp_path):
    """For a group that grades together, or a container whose files another user reads."""
    a_class(tmp_path / "class", ana=RIGHT)
    words = (
        "--umask",
        "027",
        "grade",
        tmp_path / "class",
        "--assignment",
        NAME,
        "--out",
        tmp_path / "out",
    )
    assert (
        run(
            *words, before=["sh", "-c", 'umask 022; exec "$@"', "sh"]
        ).returncode
        == 0
    )
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "out/grades.csv").stat().st_mode & 0o777 == 0o640
    assert (
        "7x7 is not a umask. Write 077"
        in run("--umask", "7x7", "demo", cwd=tmp_path).stderr
    )


def test_doctor_says_that_other_users_can_enter_a_course(place):
    """In the course's own folder, and not where nobody can enter, or where there is no course."""
    folder, _ = place
    sentence = (
        f"other users of this machine can enter this course. Run `chmod 700 "
        f"{folder.resolve()}`."
    )
    assert sentence not in run("doctor", cwd=folder).stdout
    assert run("init", cwd=folder).returncode == 0
    assert sentence in run("doctor", cwd=folder).stdout
    folder.chmod(0o700)
    assert sentence not in run("doctor", cwd=folder).stdout
