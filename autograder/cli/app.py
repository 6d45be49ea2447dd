"""The command line as a whole: how it starts, ends and reports errors, and shared options.

Exit 0: all graded; 1: some submissions need review; 2: wrong use, with one line that says
what to do.
"""

import contextlib
import importlib
import io
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from autograder import courses, languages, patches, settings
from autograder.cli import terminal
from autograder.cli.terminal import say
from autograder.errors import Interrupted, KitError
from autograder.languages import tr

# The commands, in the order of the help, and the modules that declare them.
MODULES = {
    "grade": "grading",
    "watch": "watching",
    "demo": "demo",
    "doctor": "doctor",
    "gradescope-zip": "gradescope",
    "gradescope-run": "gradescope",
    "init": "making",
    "check": "making",
    "release": "making",
    "new": "making",
    "add": "making",
    "export": "exporting",
}
# Typer does not export the class of all errors in a command line.
UsageError: Any = typer.BadParameter.__base__

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)


def run() -> None:
    """Run the command line: every expected failure is one line on stderr."""
    # A character that the terminal lacks is written as its code, and does not fail.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    terminal.handle_signals()
    folder = Path.cwd()
    # Exercises are imported, and a student's would run as the instructor.
    courses.use(None if courses.may_be_a_students(folder) else folder)
    words = sys.argv[1:]
    if "doctor" not in words:
        # The command that needs the file reports what is wrong in it.
        with contextlib.suppress(KitError):
            languages.set_language(settings.load(folder).language)
    try:
        command = command_line(words[0] if words else "")
        with patches.without_iri_grammar():
            sys.exit(command(prog_name="autograder", standalone_mode=False))
    except KitError as error:
        _end(error)
    except Interrupted as signal:
        stopped = KitError(
            "Stopped. What was graded is saved; run the same command again to continue."
        )
        stopped.code = signal.code
        _end(stopped)
    # Typer would print a box of several lines.
    except UsageError as error:
        say(_in_a_line(error), sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # The reader, such as `head`, is gone: Python would print an error when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, MemoryError, RuntimeError) as error:
        lack = terminal.resource_error(error)
        if lack is None:
            raise
        _end(lack)


def command_line(name: str = "") -> Any:
    """Return the command line with the command of this name, or with all if there is none.

    A command's module imports what the command needs, which can take longer than the command.
    """
    modules = {*MODULES.values()}
    if name in MODULES:
        modules = {MODULES[name]}
    # A module declares its commands when it is imported.
    for module in modules:
        importlib.import_module(f"autograder.cli.{module}")
    group: Any = typer.main.get_command(app)
    # Typer lists them as they were imported.
    declared = group.commands
    group.commands = {
        name: declared[name] for name in MODULES if name in declared
    }
    return group


def _in_a_line(error: Any) -> str:
    """Return Typer's message in one line, and where to look."""
    command = error.ctx.command_path if error.ctx is not None else "autograder"
    message = error.format_message()
    # Without a command, Click puts the help into the message.
    if message.startswith("Usage: "):
        return message
    message = (
        " ".join(message.split()).rstrip(".").replace(": Value error, ", ": ")
    )
    if not message.endswith("?"):
        message += "."
    return f"autograder: {message} See `{command} --help`."


def _end(error: KitError) -> NoReturn:
    say(f"autograder: {tr(error)}", sys.stderr)
    sys.exit(error.code)


def _version(is_asked: bool) -> None:
    if is_asked:
        # Written as an import, it would count as one of torch, which authors' names need.
        kit = importlib.import_module("autograder")
        print(f"autograder {kit.__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_version,
            help="Print the version and exit.",
        ),
    ] = False,
    umask: Annotated[
        str,
        typer.Option(
            envvar="AUTOGRADER_UMASK",
            help="The umask for what is written; 077 is for you alone.",
        ),
    ] = "077",
) -> None:
    """Grade PyTorch exercises with hidden property-based tests."""
    if not re.fullmatch("0?[0-7]{3}", umask):
        raise KitError(
            "{umask} is not a umask. Write 077 for you alone, or 027 for your group too.",
            umask=umask,
        )
    # A release is what students get, so they must be able to read it.
    if context.invoked_subcommand != "release":
        os.umask(int(umask, 8))


# Options of several commands.
Jobs = Annotated[
    int,
    typer.Option(
        min=0, help="Judge processes; 0 for as many as cores and memory allow."
    ),
]
Language = Annotated[
    str | None,
    typer.Option(help="en or zh, instead of the language in autograder.toml."),
]
Unsafe = Annotated[
    bool,
    typer.Option(
        "--unsafe", help="Grade in an incomplete sandbox; results say so."
    ),
]


def use_course(folder: Path, paths: Iterable[Path], is_explicit: bool) -> None:
    """Use the course in a folder, unless a student may have written it.

    paths: of submissions.  is_explicit: whether the user named the folder as a course.
    Raises KitError if that is no folder.
    """
    if is_explicit and not folder.is_dir():
        raise KitError(
            "The course {folder} is not a folder. Name the folder of autograder.toml.",
            folder=folder,
        )
    if not is_explicit and courses.may_be_a_students(folder, paths):
        say(
            "The exercises in {folder} were not used, because submissions lie there or "
            "another user owns it. "
            "If it is your own course, name it with `grade --course` or `watch COURSE`, or "
            "move the submissions away.",
            sys.stderr,
            folder=folder.resolve(),
        )
        courses.use(None)
    else:
        courses.use(folder)


def settings_of(
    folder: Path,
    graded: Sequence[Path] | None = None,
    *,
    is_explicit: bool = False,
    paths: Sequence[Path] = (),
    **options: object,
) -> settings.Settings:
    """Use a course, and return its settings, overridden by options.

    graded: folders of submissions, if somebody is graded; a settings file in one of them is
    a student's.  paths, is_explicit: as of `use_course`.
    """
    place = folder.resolve()
    submitted = [path.resolve() for path in graded or ()]
    is_students = not is_explicit and any(map(place.is_relative_to, submitted))
    if is_students and os.path.lexists(folder / settings.FILE):
        say(
            "Ignored {file} in {folder}, because a student may have put it among the submissions. "
            "Move it to the folder above, and run the command there.",
            sys.stderr,
            file=settings.FILE,
            folder=place,
        )
    use_course(folder, [*paths, *submitted], is_explicit)
    chosen = settings.Settings() if is_students else settings.load(folder)
    chosen = chosen.with_options(**options)
    languages.set_language(chosen.language)
    if graded is not None and chosen.seed == settings.PUBLIC_SEED:
        say(
            "This run uses the public seed, so students can look up the inputs.\n"
            "Run `autograder init` once per course."
        )
    return chosen
