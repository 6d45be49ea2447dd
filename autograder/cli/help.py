"""`--help`, and what Typer says of a wrong command line, in a course's language as far as it is known."""

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any

import typer
from rich.cells import cell_len

from autograder.languages import N_, listed, tr
from autograder.reporting.text import wrapped

# Of Typer's page; which of the last four it shows depends on the shell.
OWN = (
    *(N_("Usage: "), N_("Arguments"), N_("Options"), N_("Commands"), N_("Show this message and exit.")),
    N_("Install completion for the current shell."),
    N_("Install completion for the specified shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
    N_("Show completion for the specified shell, to copy it or customize the installation."),
)
ADDED = N_("default: {value}"), N_("required"), N_("env var: {value}")  # in brackets, behind a text
# Of Typer, click and pydantic; a value can be another of them.
WRONG = (
    N_("{problem} Did you mean {names}?"),
    N_("{problem} (Possible options: {names})"),
    N_("No such command {name}"),
    N_("No such option: {name}"),
    N_("Missing argument {name}"),
    N_("Missing option {name}"),
    N_("Missing command"),
    N_("Invalid value for {name}: {problem}"),
    N_("Option {name} requires an argument"),
    N_("Option {name} does not take a value"),
    N_("Got unexpected extra argument(s) ({names})"),
    N_("Got unexpected extra argument ({names})"),
    N_("Got unexpected extra arguments ({names})"),
    N_("{value} is not one of {names}"),
    N_("Input should be a valid integer, {problem}"),
    N_("Input should be a valid number, {problem}"),
    N_("unable to parse string as an integer"),
    N_("unable to parse string as a number"),
    N_("{value} is not a valid integer"),
    N_("{value} is not a valid float"),
    N_("Input should be greater than or equal to {least}"),
    N_("{value} is not in the range {range}"),
)


def sentences(command: Any) -> Iterator[str]:
    """Yield each paragraph of the help of a command, its parameters and its subcommands."""
    for one in _helped(command):
        yield from (text for text in _paragraphs(one) if text not in OWN)


def translate(command: Any) -> None:
    """Put the help of a command, its parameters and its subcommands into the current language."""
    for one in _helped(command):
        said = [tr(paragraph) for paragraph in _paragraphs(one)]
        one.help = "\n\n".join(said)
        if hasattr(one, "context_class"):  # a command
            one.short_help = re.split("[。；]", said[0])[0] if said else ""
            one.context_class = type("Context", (one.context_class,), {"formatter_class": Page})


def known(text: str, sentences: Sequence[str] = WRONG) -> str:
    """Return a text in the current language if it is one of these sentences with values."""
    text = text.rstrip(".")
    for english in sentences:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*?)", re.escape(english))
        if match := re.fullmatch(pattern, text):
            values = {name: known(value, sentences) for name, value in match.groupdict().items()}
            if "names" in values:
                values["names"] = listed(values["names"].split(", "))
            return tr(english, **values)
    return text


def _helped(command: Any) -> Iterator[Any]:
    yield command
    yield from command.params
    for _, each in sorted(getattr(command, "commands", {}).items()):  # whatever was imported first
        yield from _helped(each)


def _paragraphs(one: Any) -> list[str]:
    text = inspect.cleandoc(one.help or "")
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph]


_Formatter: type[Any] = typer.Context.formatter_class


class Page(_Formatter):
    """Typer's page in the current language, in columns of a terminal, in which Chinese is two wide."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, tr("Usage: "))

    def write_heading(self, heading: str) -> None:
        self.write(" " * self.current_indent + (tr(heading) + tr(": ")).rstrip() + "\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        self.write("\n".join(wrapped(line, indent) if line else "" for line in text.split("\n")) + "\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        longest = min(max(cell_len(first) for first, _ in rows), col_max)
        for first, second in rows:
            second = tr(second)
            if match := re.fullmatch(r"(.*?) *\[(.*)\]", second):
                added = (known(each, ADDED) for each in match[2].split("; "))
                second = tr("{name} ({what})", name=match[1], what=listed(added, "; "))
            head = " " * self.current_indent + first
            if cell_len(first) > longest:
                self.write(f"{head}\n")
                head = ""
            self.write(wrapped(second, head.ljust(self.current_indent + longest + col_spacing)) + "\n")
