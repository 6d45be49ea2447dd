"""The commands of README and docs, as they stand there, in a fresh clone: what an instructor
copies works.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from course_helpers import scores, without_kernels
from openpyxl import Workbook
from process_helpers import ran

from autograder import courses
from autograder.cli.app import command_line

ROOT = Path(__file__).resolve().parent.parent
NAME = "linear_regression"
COMMAND = re.compile(
    r"^    ((?:autograder|nbgrader) .*?)(?: {2,}#.*)?$", re.MULTILINE
)
# A command in a table, or in numbered steps.
IN_A_LINE = re.compile(r"^(?:\||[1-9]\.).*?`(autograder [^`]+)`", re.MULTILINE)
IN_DOCS = (
    "first-class",
    "grading",
    "lms",
    "nbgrader",
    "zh/grading",
    "zh/class-zips",
)
PAGES = ("README.md", *(f"docs/{name}.md" for name in IN_DOCS), "README.zh.md")
# A command that is shown in a sentence -> what stands here for a word that it leaves out.  In
# this order, after those above.
IN_SENTENCES = {
    "autograder doctor": {},
    "autograder init --language zh": {
        "autograder": "mkdir zh-course; cd zh-course; autograder"
    },
    "autograder --umask 027 grade …": {
        "…": f"submissions/ --assignment {NAME} --out readable"
    },
    "autograder grade class/*/ …": {"…": f"--assignment {NAME} --out sections"},
    "autograder grade 计科1班 计科2班 …": {
        "…": f"--assignment {NAME} --out 计科"
    },
    "python -c \"import autograder; print(autograder.__path__[0] + '/examples/layers')\"": {},
    "python -m pydoc autograder.Exercise": {},
    "nbgrader autograde --force": {"--force": f"{NAME} --force"},
    "nbgrader generate_feedback": {"feedback": f"feedback {NAME} --force"},
    f"autograder export results/{NAME}": {
        NAME: f"{NAME} --to canvas --into gradebook.csv"
    },
    "nbgrader export": {},
    "nbgrader db student remove ID --force": {"ID": "102"},
}
# The first words of commands that are not run in the clone -> where they are, or why nowhere.
ELSEWHERE = {
    "pip install": "it changes the Python that runs this; .ci/run begins with README's",
    "pip wheel": "test_wheel",
    "uv pip install": "as pip install",
    "apt install": "it changes the machine; .ci/run does",
    "autograder demo": "test_wheel",
    "autograder watch": "it runs until it is stopped: test_watching",
    "nbgrader collect": "it needs an exchange; test_watching collects from one",
    "mkdir course": "test_another_course, with all of docs/authoring.md",
    "cd course": "test_another_course",
    "autograder new averages": "test_another_course",
    "autograder check averages": "test_another_course",
    "autograder release averages": "test_another_course",
    "autograder grade submitted/ --course .": "test_another_course",
    "nbgrader generate_assignment averages": "test_another_course",
    "nbgrader autograde averages": "test_another_course",
    "autograder check": ".ci/run",
    "mkdir -m 700 tls": "test_many_machines, with all of docs/many-machines.md",
    "export DASK_": "test_many_machines",
    "dask": "test_many_machines",
    "autograder grade submissions/ --assignment linear_regression --out results/ "
    "--scheduler": "test_many_machines",
    "podman": "it needs podman and an index of wheels; test_image looks at the Dockerfile",
    "pytest": "tests run no tests; the next test looks for those that it names",
    "coverage run": "as pytest",
    "bash .ci/run": "as pytest",
    ".ci/run": "as pytest",
    "WRITE_BUDGET=1": "it changes a file of the repository",
    ".ci/catalogues": "it changes files of the repository",
    "python tests/audit": "20 minutes; test_measured makes few mutants",
    "python tests/benchmarks/": "20 minutes and more",
    "python tests/pictures.py": "it needs Chromium, and changes files of the repository",
}
PROGRAMS = r"(?:[A-Z_]+=\S+ )?(?:\.ci/\w+|autograder|nbgrader|pip|uv|apt|git|python3?|pytest|coverage"
PROGRAMS += "|dask|podman|docker|mkdir|cd|cp|export|bash|curl|sudo|systemctl)"
STUDENTS = {
    "101": "amal",
    "102": "rosa",
}  # id -> who submits it in the demo's class

PROSE = (
    "README*.md",
    ".github/*.md",
    ".github/workflows/*.yml",
    "docs/**/*.md",
    "docs/Dockerfile",
)


def to_run():
    """The commands of README.md and of the pages in docs/, in their order, each once."""
    found = []
    for page in PAGES:
        text = (ROOT / page).read_text()
        found += IN_A_LINE.findall(text) if page.startswith("README") else []
        found += COMMAND.findall(text)
    here = [*dict.fromkeys(found)]
    return [each for each in here if not each.startswith((*ELSEWHERE,))]


def shown(text):
    """Each command of a page: those of its blocks, and those in sentences that have an option or
    another word besides the command's name.
    """
    text = re.sub(r"```.*?```|\$\{\{.*?\}\}", "", text, flags=re.DOTALL)
    lines = re.findall(
        rf"(?m)^ {{4,}}(?:- run: )?({PROGRAMS}(?: .*?)?)(?: {{2,}}#.*)?$", text
    )
    for line in re.findall(rf"`({PROGRAMS} [^`]+)`", text):
        lines.append(" ".join(line.split()))
    return [part for line in lines for part in re.split(r" && ", line)]


def test_each_command_that_is_shown_is_run():
    """Here, or where the table says; a name of a command, such as `autograder grade`, shows none."""
    runs = [*to_run(), *IN_SENTENCES]
    missing = []
    for text in prose():
        for command in shown(text):
            name_of_run = any(each.startswith(command) for each in runs)
            if not (name_of_run or command.startswith((*ELSEWHERE,))):
                missing.append(command)
    assert missing == []
    everything = "\n".join(prose())
    assert [key for key in IN_SENTENCES if key not in everything] == []
    assert [key for key in ELSEWHERE if key not in everything] == []


@pytest.mark.slow
def test_the_tests_that_a_page_names_are_found():
    """Each command with pytest that chooses tests collects some."""
    chosen = set()
    for text in prose():
        for command in shown(text):
            if re.match(r"(\w+=1 )?pytest .*( tests/|-m )", command):
                chosen.add(command.replace("NAME", "sgd"))
    assert chosen
    for command in chosen:
        done = run(f"{command} --collect-only", ROOT, {})
        assert done.returncode == 0, (command, done.stdout[-500:])


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A fresh clone, with what README says that an instructor has."""
    place = tmp_path_factory.mktemp("fresh") / "clone"
    subprocess.run(
        ["git", "clone", "--quiet", str(ROOT), str(place)], check=True
    )
    return place


def run(command, folder, variables):
    """A line of README, as a shell runs it with this environment active."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **os.environ,
        **variables,
        "PATH": path,
        "PYTHONPATH": str(folder),
    }
    return ran("bash", "-c", command, cwd=folder, env=environment)


def hand_in(clone):
    """Put submissions, rosters and gradebooks where the pages expect them."""
    for id, student in STUDENTS.items():
        for folder in ("submissions", "submitted"):
            shutil.copytree(
                courses.sample_class() / student / NAME,
                clone / folder / id / NAME,
            )
    for section, id in zip(
        ("class/A", "class/B", "计科1班", "计科2班"), [*STUDENTS] * 2
    ):
        shutil.copytree(clone / "submissions" / id, clone / section / id)
    for name in ("downloads", "class", "submissions"):
        shutil.make_archive(str(clone / name), "zip", clone / "submissions")
    write_table(clone / "roster.xlsx", ["学号", "姓名"], *STUDENTS.items())
    write_table(
        clone / "成绩登记表.xlsx", ["学号", "成绩"], *([id] for id in STUDENTS)
    )
    for name, text in GRADEBOOKS.items():
        encoding = "utf-16" if name.endswith(".xls") else "utf-8"
        (clone / name).write_text(text, encoding)


def write_table(path, *rows):
    """Write an Excel file, as a school's office hands it out."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


MOODLE = """Identifier,Full name,ID number,Grade,Maximum Grade
Participant 101,amal,amal,,30.00
Participant 102,rosa,rosa,,30.00
"""
GRADEBOOKS = {  # what platforms export, of these students
    "gradebook.csv": f"""Student,ID,SIS Login ID,Section,{NAME}
    Points Possible,,,,30
amal,101,amal,,
rosa,102,rosa,,
""",
    "Grades-….csv": MOODLE,
    "Grades-2026.csv": MOODLE,
    "gc_….xls": f"""Last Name\tFirst Name\tUsername\t{NAME} [Total Pts: 30 Score] |77
amal\tamal\t101\t
rosa\trosa\t102\t
""",
}


def course_of_theirs(clone):
    """A course that somebody already has."""
    course = clone.parent / "theirs"
    course.mkdir()
    (course / "nbgrader_config.py").write_text("c = get_config()\n")
    return course


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no clone")
def test_every_command_works_in_a_fresh_clone(clone):
    """At last nbgrader has the points of both students, and no kernel was started."""
    found = sorted(
        to_run(), key=lambda command: command != "autograder init"
    )  # a new seed draws anew
    started, jupyter = without_kernels(clone.parent / "jupyter")
    hand_in(clone)
    assert {
        "nbgrader autograde linear_regression",
        "autograder grade --course .",
    } < {*found}
    for command in found:
        folder = (
            course_of_theirs(clone)
            if command.startswith("autograder add")
            else clone
        )

        done = run(command, folder, jupyter)
        assert done.returncode == 0, (
            command,
            done.stdout[-2000:],
            done.stderr[-2000:],
        )
    points = scores(clone, NAME)
    assert [sum(filter(None, points[id].values())) for id in STUDENTS] == [
        30,
        0,
    ]
    assert (clone / "feedback/101" / NAME / f"{NAME}.html").is_file()
    for command, words in IN_SENTENCES.items():
        for word, meant in words.items():
            command = command.replace(word, meant)
        done = run(command, clone, jupyter)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert not started.exists()


def prose():
    """All pages, with lines that go on joined."""
    return [
        path.read_text().replace("\\\n", " ")
        for glob in PROSE
        for path in ROOT.glob(glob)
    ]


def written_down():
    """Each command of the kit, with its words, in the code of all pages."""
    found = set()
    for text in prose():
        for line in re.findall(r"^    .*", text, re.MULTILINE):
            found |= set(
                re.findall(
                    rf"(?<![\w/-])autograder +({'|'.join(known())})\b(.*)", line
                )
            )
    return {"".join(pair) for pair in found}


def known():
    """The kit's commands."""
    return list(command_line().commands)


def test_each_command_that_is_written_down_is_one():
    """Those that no test runs too, as in a container, for a night, or on many machines: its
    options exist.
    """
    group = command_line()
    found = written_down()
    for line in found:
        name, *words = shlex.split(line, comments=True)
        group.commands[name].make_context(name, words)
    assert {"watch", "grade", "check", "export", "new"} <= {
        line.partition(" ")[0] for line in found
    }
    for text in prose():
        programs = re.findall(r"(?:python|pytest) (tests/[\w/.]+)", text)
        assert [
            program for program in programs if not (ROOT / program).exists()
        ] == []
