"""Settings: one value from a course's file and from options, which every result depends on."""

import dataclasses
import re
import tomllib

import pytest
from cli_helpers import (
    NAME,
    POINTS,
    RIGHT,
    a_class,
    grade,
    points_of,
    results_of,
    run,
)
from file_helpers import read_csv, read_json

from autograder import sentences, settings
from autograder.errors import KitError
from autograder.results import PARTIAL_CREDIT
from autograder.settings import (
    FILE,
    LARGEST_SEED,
    PUBLIC_SEED,
    Settings,
    Watching,
)

KEYS = [each.name for each in dataclasses.fields(Settings) if each.metadata]
SECRET = 7341920558416  # a seed that stands in no other text
# A wrong file -> what its one line says.
WRONG = {
    "sed = 5": f"No setting 'sed'. Choose one of {', '.join(KEYS)}",
    'seed = "7"': f"seed = '7' is not allowed. Write a number from 0 to {LARGEST_SEED}",
    "memory = 299": "memory = 299 is not allowed. Write a number from 300 to 1048576",
    "seed = " + "9" * 5000: "Cannot read ",
    "seed = 0x" + "f" * 5000: "Cannot read ",
    "[watch]\ndetail = [0b" + "1" * 20_000 + "]": "Cannot read ",
    b"# M\xfcller\nseed = 5": "('utf-8' codec can't decode byte 0xfc",
    '[watch]\ndetail = "some"': "Write 'points' or 'hints' or 'all'",
    "watch = 1": "watch = 1 is not allowed. Write a table, [watch]",
    "assignments = 1": "Write a table, [assignments.NAME]",
    "[assignments]\nlinreg = 1": "Write a table, [assignments.linreg]",
    'partial_credit = "none"': "Write 'cause' or 'check' or 'function'",
    '[assignments.x]\npartial_credit = "none"': "Write 'cause' or 'check'",
    "[assignments.x]\nseed = 1": "No setting 'seed'. Choose one of partial_credit",
    "a dangling link": "(No such file or directory)",
}


def write(folder, text):
    (folder / FILE).write_bytes(
        text if isinstance(text, bytes) else text.encode()
    )


def one_line(done):
    """What a command says that ends by wrong use: on stderr, and nothing else anywhere."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_a_file_says_what_it_likes_and_options_stand_in_its_place(tmp_path):
    """Without a file, the seed is public."""
    assert settings.load(tmp_path) == Settings()
    assert Settings().seed == PUBLIC_SEED
    course = tmp_path / "course"
    course.mkdir()
    write(tmp_path, "seed = 1")
    watch = '[watch]\ndetail = "hints"\nafter_due = "same"\n'  # which changes no grade
    write(course, f"seed = 5\ncheck_seconds = 3\n{watch}")
    watching = Watching(detail="hints", after_due="same")
    assert [settings.watching(at) for at in (course, tmp_path)] == [
        watching,
        None,
    ]
    for folder, seed in ((tmp_path, 1), (course, 5)):
        assert settings.load(folder).seed == seed
    chosen = settings.load(course)
    assert chosen == Settings(seed=5, check_seconds=3)
    options = Settings(seed=0, check_seconds=3, unsafe=True)
    assert chosen.with_options(seed=0, unsafe=True) == options
    words = "memory = 7 is not allowed. Write a number from 300"
    with pytest.raises(KitError, match=words):
        chosen.with_options(memory=7)


def test_an_assignment_can_have_its_own_rule_of_marking(tmp_path):
    """A table without one follows the course; the name of no assignment is an error."""
    rule = 'partial_credit = "check"\n'
    own = f'[assignments.{NAME}]\npartial_credit = "function"\n'
    write(tmp_path, f"{rule}{own}[assignments.linear_regression]\n")
    chosen = settings.load(tmp_path)
    assert chosen.partial_credit_of(NAME) == "function"
    assert chosen.partial_credit_of("linear_regression") == "check"
    assert Settings().partial_credit_of(NAME) == "cause"
    write(tmp_path, own.replace(NAME, "vectorisation"))
    with pytest.raises(KitError, match="no assignment 'vectorisation'"):
        settings.load(tmp_path).partial_credit_of(NAME)


@pytest.mark.parametrize("text", WRONG, ids=lambda text: ascii(text)[:30])
def test_a_wrong_file_is_one_sentence(tmp_path, text):
    """It names the file, the key, and what is allowed."""
    if text == "a dangling link":
        (tmp_path / FILE).symlink_to("nowhere")
    else:
        write(tmp_path, text)
    with pytest.raises(KitError) as caught:
        settings.load(tmp_path)
    assert str(tmp_path / FILE) in str(caught.value)
    assert WRONG[text] in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_every_setting_but_those_read_later_changes_the_digest():
    """So each of them stands in a report's key; another language grades nobody again, and
    another rule of marking does not.
    """
    now = dataclasses.asdict(Settings())
    changed = {
        name: value + 1
        for name, value in now.items()
        if name not in settings.READ_LATER
    }
    changed |= {"unsafe": True}
    digests = {
        dataclasses.replace(Settings(), **{name: value}).digest
        for name, value in changed.items()
    }

    assert len(digests - {Settings().digest}) == len(changed)
    later = Settings(
        language="zh", partial_credit="check", assignments={NAME: "function"}
    )
    assert later.digest == Settings().digest
    assert later.to_json() == Settings().to_json()


def test_a_written_file_has_a_seed_of_its_own_and_names_all_that_can_be_set(
    tmp_path,
):
    """Each other key has its default and its reason, as a comment."""
    lines = settings.write(tmp_path).read_text().splitlines()
    chosen = settings.load(tmp_path)
    assert chosen == Settings(seed=chosen.seed)
    assert chosen.seed != PUBLIC_SEED
    (tmp_path / "two").mkdir()
    settings.write(tmp_path / "two")
    assert chosen.seed != settings.load(tmp_path / "two").seed
    kept = [line[2:] for line in lines if re.match(r"#.*( = |\[)", line)]
    defaults = tomllib.loads("\n".join(kept))
    for table in defaults.pop(settings.ASSIGNMENTS).values():
        assert table == dataclasses.asdict(settings.OfAssignment())
    assert defaults.pop(settings.WATCH) == dataclasses.asdict(
        settings.Watching()
    )
    assert defaults == {
        key: getattr(Settings(), key) for key in KEYS if key != "seed"
    }


def test_init_writes_a_secret_file(tmp_path):
    """For its owner alone, and once: what was graded depends on it."""
    path = tmp_path / FILE
    done = run("init", cwd=tmp_path)
    words = "with a secret seed for this course. Keep the file, and keep it secret.\n"
    assert done.stdout == f"Wrote {FILE} {words}"
    before = path.read_bytes()
    kept = f"autograder: {path} already exists. Its seed was not changed."
    assert one_line(run("init", tmp_path)) == kept
    nowhere = f"autograder: nowhere/{FILE}: No such file or directory. Check that it is"
    assert one_line(run("init", "nowhere", cwd=tmp_path)).startswith(nowhere)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_run_takes_the_file_in_the_current_folder_and_options_before_it(
    tmp_path,
):
    """Both are in the results; and no student reads the seed."""
    out = tmp_path / "out"
    write(tmp_path, f"seed = {SECRET}\nmemory = 900\nslip_changes = 20\n")
    a_class(tmp_path / "class", ann=RIGHT, bo=RIGHT.replace("a + b", "a - b"))
    done = grade(tmp_path / "class", out, "--memory", "2048", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "public" not in done.stdout
    chosen = Settings(seed=SECRET, memory=2048, slip_changes=20)
    facts = results_of(out)["run"]
    assert facts["settings"] == chosen.to_json()
    assert facts["settings_digest"] == chosen.digest
    assert points_of(out) == {"ann": 5, "bo": 2.5}
    for path in (*(out / "feedback").iterdir(), out / "grades.csv"):
        text = path.read_text()
        assert not {str(SECRET) in text, chosen.digest in text} & {True}


def test_another_rule_of_marking_grades_nobody_again(tmp_path):
    """Every file of the results agrees; an export keeps to what was graded last."""
    out, feedback = tmp_path / "out", tmp_path / "out/feedback"
    wrong = RIGHT.replace("a + b", "a - b")
    a_class(tmp_path / "class", ann=RIGHT, bo=wrong)
    shown = {}
    for rule in PARTIAL_CREDIT:
        write(tmp_path, f'seed = 5\npartial_credit = "{rule}"\n')
        done = grade(tmp_path / "class", out, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        tree = results_of(out)
        assert tree["partial_credit"] == rule
        checks = tree["submissions"][1]["checks"]
        points = sum(check["earned"] for check in checks)
        (row,) = [
            row for row in read_csv(out / "grades.csv") if row["id"] == "bo"
        ]
        assert float(row["score"]) == points_of(out)["bo"] == points
        assert points_of(out)["ann"] == POINTS
        words = f"bo: {points:g} of {POINTS:g} points"
        assert words in (feedback / "bo.html").read_text()
        assert words[4:] in (feedback / "bo.txt").read_text()
        assert sentences.rule(rule) in (out / "index.html").read_text()
        outcomes = [check["outcome"] for check in checks]
        shown[rule] = points, outcomes, read_json(out / "reports/bo.json")
        into = tmp_path / "table.csv"
        into.write_text("id,score\nann,\nbo,\n")
        run("export", out, "--into", into, "--column", "score", cwd="/")
        _, exported = read_csv(out / "export/table.csv")
        assert float(exported["score"]) == points
    by_cause, by_check, by_function = (shown[rule] for rule in PARTIAL_CREDIT)
    assert by_cause[0] > by_check[0] >= by_function[0] == 0
    assert by_cause[1] == by_check[1] == by_function[1]
    # nobody was judged again
    reports = [tree["assessment"]["report"] for _, _, tree in shown.values()]
    assert reports[0] == reports[1] == reports[2]
    assert by_cause[2]["key"] == by_function[2]["key"]
    assert by_cause[2]["run"] == by_function[2]["run"]


@pytest.mark.parametrize("paths", [[".."], ["ann.py", "bo.py"]], ids=" ".join)
def test_no_settings_are_read_from_where_submissions_lie(tmp_path, paths):
    """A student may have put them there; a sentence says that they were ignored."""
    folder = tmp_path / "class"
    out = tmp_path / "out"
    here = folder / "ann" if paths == [".."] else folder
    here.mkdir(parents=True)
    a_class(folder, ann=RIGHT, bo=RIGHT)
    write(here, f"seed = {SECRET}\nmemory = 300\n")
    words = "grade", *paths, "--assignment", NAME, "--out", out, "--jobs", 1
    assert f"Ignored {FILE} in {here}" in run(*words, cwd=here).stderr
    assert results_of(out)["run"]["settings"] == Settings().to_json()
