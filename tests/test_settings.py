"""Settings: one value from a course's file and from options, which every result depends on."""

import dataclasses
import os
import subprocess
import tomllib

import pytest
from cli_helpers import RIGHT, grade, results_of, run, submissions_of

from autograder import settings
from autograder.settings import FILE, KEYS, LARGEST_SEED, PUBLIC_SEED, Settings, SettingsError

SECRET = 7341920558416  # a seed that stands in no other text
# A wrong file -> what its one line says.
WRONG = {
    "sed = 5": f"there is no setting 'sed': choose from {', '.join(KEYS)}",
    "unsafe = true": "there is no setting 'unsafe': choose from seed, memory, ",
    "[limits]\nmemory = 900": "there is no setting 'limits': choose from ",
    'seed = "7"': f"seed = '7' is not allowed: write a whole number from 0 to {LARGEST_SEED}",
    "seed = -1": f"seed = -1 is not allowed: write a whole number from 0 to {LARGEST_SEED}",
    "memory = 299": "memory = 299 is not allowed: write a whole number from 300 to 1048576",
    "check_seconds = nan": "check_seconds = nan is not allowed: write a number from 0.1 to 600",
    "seed =": "cannot be read: Invalid value",
    "seed = " + "9" * 5000: "cannot be read: ",
    b"# M\xfcller\nseed = 5": "cannot be read: 'utf-8' codec can't decode byte 0xfc",
}


def write(folder, text):
    (folder / FILE).write_bytes(text if isinstance(text, bytes) else text.encode())


def one_line(done):
    """What a command says that ends by wrong use: on stderr, and nothing else anywhere."""
    assert (2, "") == (done.returncode, done.stdout), done.stderr
    (line,) = done.stderr.splitlines()
    return line


# --- The value


def test_a_folder_without_a_file_has_the_kits_own(tmp_path):
    """A course needs no file; its seed is then the one that everybody knows."""
    assert Settings() == settings.load(tmp_path)
    assert (PUBLIC_SEED, True) == (Settings().seed, Settings().is_public)


def test_a_file_says_what_it_likes_and_the_rest_stays(tmp_path):
    """A whole number of seconds is a number of seconds, and no other value."""
    write(tmp_path, "seed = 5\ncheck_seconds = 3\n")

    chosen = settings.load(tmp_path)

    assert Settings(seed=5, check_seconds=3.0) == chosen
    assert Settings(seed=5, check_seconds=3.0).digest == chosen.digest
    assert not chosen.is_public


def test_the_nearest_file_above_counts(tmp_path):
    """Where a notebook lies deep in a course, the course's file is found; there may be none."""
    deep = tmp_path / "course/submitted/ann"
    deep.mkdir(parents=True)
    write(tmp_path, "seed = 1")
    write(tmp_path / "course", "seed = 2")

    assert [1, 2, 2] == [settings.above(p).seed for p in (tmp_path, tmp_path / "course", deep)]
    assert Settings() == settings.load(deep)


@pytest.mark.parametrize("text", WRONG, ids=lambda text: ascii(text)[:30])
def test_a_wrong_file_is_one_sentence(tmp_path, text):
    """It names the file, the key, and what is allowed."""
    write(tmp_path, text)

    with pytest.raises(SettingsError) as caught:
        settings.load(tmp_path)

    assert str(caught.value).startswith(f"{tmp_path / FILE}")
    assert WRONG[text] in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())


def test_options_stand_in_place_of_the_file():
    """Those that are given; they are looked at in the same way."""
    file = Settings(seed=5, memory=2048)

    assert Settings(seed=5, memory=900) == file.with_options(seed=None, memory=900, unsafe=None)
    assert Settings(seed=0, memory=2048, unsafe=True) == file.with_options(seed=0, unsafe=True)
    with pytest.raises(SettingsError, match="memory = 7 is not allowed: write a whole number from 300"):
        file.with_options(memory=7)


def test_every_setting_changes_the_digest():
    """So each of them stands in a report's key."""
    now = Settings().to_json()
    changed = {name: value + 1 for name, value in now.items() if name != "language"}
    changed |= {"unsafe": True, "language": "zh"}
    digests = {dataclasses.replace(Settings(), **{name: value}).digest for name, value in changed.items()}

    assert len(changed) == len(digests - {Settings().digest})


def test_settings_come_back_from_a_report():
    """So that one can be graded again under the settings of its run; others are refused."""
    chosen = Settings(seed=SECRET, memory=900, unsafe=True)

    assert chosen == settings.from_json(chosen.to_json())
    for tree, words in (({"colour": "red"}, "no setting 'colour'"), ({"seed": "x"}, "is not allowed")):
        with pytest.raises(SettingsError, match=words):
            settings.from_json(tree)


def test_a_written_file_has_a_seed_of_its_own_and_names_all_that_can_be_set(tmp_path):
    """Each other key stands there with its default and its reason, as a comment."""
    seeds = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        path = settings.write(tmp_path / name)
        chosen = settings.load(tmp_path / name)
        seeds.add(chosen.seed)
        assert Settings(seed=chosen.seed) == chosen
        assert not chosen.is_public
        lines = path.read_text("utf-8").splitlines()
        said = tomllib.loads("\n".join(line[2:] for line in lines if " = " in line and line[0] == "#"))
        assert {key: getattr(Settings(), key) for key in KEYS if key != "seed"} == said
    assert 2 == len(seeds)


# --- autograder init


def test_init_writes_a_secret_file_and_keeps_it_out_of_git(tmp_path):
    """For its owner alone; what it prints tells no seed."""
    done = run("init", cwd=tmp_path)

    assert (0, "") == (done.returncode, done.stderr)
    assert f"wrote {FILE}: this course's cases are its own now; keep the file, and keep it secret.\n" == (
        done.stdout
    )
    assert 0o600 == (tmp_path / FILE).stat().st_mode & 0o777
    assert f"/{FILE}\n" == (tmp_path / ".gitignore").read_text()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    ignored = subprocess.run(["git", "check-ignore", FILE], cwd=tmp_path, capture_output=True, text=True)
    assert f"{FILE}\n" == ignored.stdout


def test_init_writes_over_no_seed(tmp_path):
    """What was graded depends on it: one line says that it stays."""
    first = run("init", tmp_path)
    before = (tmp_path / FILE).read_bytes()

    again = run("init", tmp_path)

    assert 0 == first.returncode
    assert f"autograder: {tmp_path / FILE} is there already: its seed stays as it is" == one_line(again)
    assert before == (tmp_path / FILE).read_bytes()
    assert f"/{FILE}\n" == (tmp_path / ".gitignore").read_text()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"/build/\n", b"/build/\n/autograder.toml\n"),
        (b"/build/", b"/build/\n/autograder.toml\n"),  # its last line has no end
        (b"/autograder.toml\n/build/", b"/autograder.toml\n/build/"),
        (b"# M\xfcller\n", b"# M\xfcller\n/autograder.toml\n"),
    ],
)
def test_init_adds_one_line_to_a_gitignore_that_is_there(tmp_path, before, after):
    """And leaves every other byte."""
    (tmp_path / ".gitignore").write_bytes(before)

    assert 0 == run("init", tmp_path).returncode
    assert after == (tmp_path / ".gitignore").read_bytes()


def test_init_elsewhere_is_one_line(tmp_path):
    """Where there is no folder, or a file in its place."""
    (tmp_path / "file").write_text("")

    for name in ("nowhere", "file"):
        line = one_line(run("init", name, cwd=tmp_path))
        assert f"autograder: there is no folder {name}: make it first" == line


# --- Runs


def test_a_wrong_file_ends_a_run_in_one_line(tmp_path):
    """Of the course with --course, else of the current folder; nothing is graded."""
    text = "sed = 5"
    here, course = tmp_path / "here", tmp_path / "course"
    for folder in (here, course):
        (folder / "class").mkdir(parents=True)
        (folder / "class" / "ann.py").write_text(RIGHT)
        write(folder, text)

    at_once = [grade(here / "class", here / "out", cwd=here), run("grade", "--course", course, cwd=here)]

    for done, folder in zip(at_once, (here, course), strict=True):
        line = one_line(done)
        assert line.startswith(f"autograder: {folder / FILE}")
        assert WRONG[text] in line
    assert not (here / "out").exists()


def test_a_run_takes_the_file_in_the_current_folder_and_options_before_it(tmp_path):
    """Both stand in the results; and no student reads the seed."""
    out = tmp_path / "out"
    write(tmp_path, f"seed = {SECRET}\nmemory = 900\nshrink_tries = 20\n")
    (tmp_path / "class").mkdir()
    for name, code in (("ann", RIGHT), ("bo", RIGHT.replace("a + b", "a - b"))):
        (tmp_path / "class" / f"{name}.py").write_text(code)

    done = grade(tmp_path / "class", out, "--memory", "2048", cwd=tmp_path)

    assert (0, "") == (done.returncode, done.stderr)
    assert "public" not in done.stdout
    chosen, facts = Settings(seed=SECRET, memory=2048, shrink_tries=20), results_of(out)["run"]
    assert (chosen.to_json(), chosen.digest) == (facts["settings"], facts["settings_digest"])
    assert {"ann": 5, "bo": 2} == {id: s["score"] for id, s in submissions_of(out).items()}
    feedback = sorted((out / "feedback").iterdir())
    assert ["ann.html", "ann.txt", "bo.html", "bo.txt"] == [path.name for path in feedback]
    for path in (*feedback, out / "grades.csv"):
        text = path.read_text("utf-8")
        assert [False, False] == [words in text for words in (str(SECRET), chosen.digest)]


@pytest.mark.slow
def test_another_setting_grades_anew(tmp_path):
    """More memory may save a grade, and another seed draws other cases; the same again changes nothing."""
    folder, out = tmp_path / "class", tmp_path / "out"
    folder.mkdir()
    (folder / "ann.py").write_text(RIGHT)
    runs = [(), (), ("--memory", "4096"), ("--memory", "4096", "--seed", "7")]

    done = [grade(folder, out, *options) for options in runs]

    assert [0, 0, 0, 0] == [one.returncode for one in done]
    assert [False, True, False, False] == ["graded before" in one.stdout for one in done]
    assert [1, 1, 1, 0] == [one.stdout.count("cases are public") for one in done]
    lines = [line for line in done[0].stdout.splitlines() if "public" in line]
    assert ["autograder init"] == [line.split("`")[1] for line in lines]
    assert (4096, 7) == tuple(results_of(out)["run"]["settings"][key] for key in ("memory", "seed"))


def test_a_course_has_the_settings_in_its_root(tmp_path):
    """Whatever the current folder says: a secret seed there makes no other course's cases secret."""
    here, course = tmp_path / "here", tmp_path / "course"
    here.mkdir()
    course.mkdir()
    write(here, f"seed = {SECRET}")

    public = run("grade", "--course", course, cwd=here)
    write(course, f"seed = {SECRET}")
    secret = run("grade", "--course", course, cwd="/")

    assert [2, 2] == [done.returncode for done in (public, secret)]  # nothing was handed in
    assert [1, 0] == [done.stdout.count("cases are public") for done in (public, secret)]


@pytest.mark.parametrize("paths", [["."], [".."], ["ann.py", "bo.py"]], ids=" ".join)
def test_no_settings_are_read_from_where_submissions_lie(tmp_path, paths):
    """A student may have put them there; it is said, and what the kit itself says counts."""
    folder, out = tmp_path / "class", tmp_path / "out"
    here = folder / "ann" if paths == [".."] else folder
    here.mkdir(parents=True)
    for name in ("ann", "bo"):
        (folder / f"{name}.py").write_text(RIGHT)
    write(here, f"seed = {SECRET}\nmemory = 300\n")

    done = run("grade", *paths, "--assignment", "vectorization", "--out", out, "--jobs", 1, cwd=here)

    assert f"{FILE} in {here} was not read" in done.stderr
    assert Settings().to_json() == results_of(out)["run"]["settings"]


def test_a_course_that_is_named_as_a_folder_has_its_settings(tmp_path):
    """Its students are in submitted/, and its root is the instructor's."""
    course = tmp_path / "course"
    (course / "submitted" / "ann" / "vectorization").mkdir(parents=True)
    (course / "submitted" / "ann" / "vectorization" / "vectorization.py").write_text(RIGHT)
    write(course, "seed = 5")
    write(course / "submitted", "seed = 6")

    for here, seed in ((course, 5), (course / "submitted", PUBLIC_SEED)):
        out = tmp_path / str(seed)
        done = run("grade", course, "--assignment", "vectorization", "--out", out, "--jobs", 1, cwd=here)
        assert (0, seed) == (done.returncode, results_of(out)["run"]["settings"]["seed"])


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_one_sentence(tmp_path, make):
    """It is not as if there were none; and nobody waits for what comes out of a pipe."""
    make(tmp_path / FILE)
    with pytest.raises(SettingsError, match="cannot be read: it is no file"):
        settings.load(tmp_path)
