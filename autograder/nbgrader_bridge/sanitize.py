"""Sanitizes a student's markup for pages: for feedback and, above all, for formgrader."""

import functools
import re
import time
from html import unescape
from typing import Any
from urllib.parse import unquote

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode
from nbgrader import utils
from traitlets import Bool

from autograder.judging.cpu_limit import TookTooLong, cpu_limit
from autograder.languages import N_, tr
from autograder.reading.notebooks import mark_of
from autograder.untrusted_text import escape_control_characters

TOO_LONG = N_(
    "This text is too long, or has too many formulas, tags, links or pictures. It is shown as plain text."
)
MAX_CELL = 10_000  # characters of a cell: some Markdown parsers take quadratic time
MAX_TEXT = 100_000  # characters of all texts of a notebook; a chapter as released has 11,000
MAX_SECONDS = 5.0  # of CPU time for all texts of a notebook; a student's chapter takes 0.1
MAX_COLORED = 100_000  # characters of code with colors: some 3 s at worst; a student's chapter has 10,000
MAX_PICTURES = 40 << 20  # characters of all pictures on a page; a file has at most 20 MiB
NO_PICTURE = NotebookNode({"image/png": ""})  # a browser shows the picture's name in its place
WIDTH = 200  # of a line: nbconvert searches the whole line for the end of each link, in code too


class SanitizeSubmission(SanitizeHTML):
    """nbconvert's sanitizer, turned on: a student's markup must run nowhere, least of all in formgrader."""

    enabled = Bool(True)  # whatever a course sets

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """As nbconvert's; also, no heading has the id of a score's field, and no picture is missing."""
        graded = [cell.metadata.nbgrader.grade_id for cell in nb.cells if "nbgrader" in cell.metadata]
        self._fields = {name + end for name in graded for end in ("", "_extra_credit", "-comment")}
        self._left, self._colored = MAX_TEXT, MAX_COLORED
        self._seconds, self._room = MAX_SECONDS, MAX_PICTURES
        return super().preprocess(nb, resources)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, cell_index: int
    ) -> tuple[NotebookNode, dict]:
        """As nbconvert's, but quotations and released texts stay, and what takes too long is plain text."""
        cell.source = escape_control_characters(cell.source)
        if cell.cell_type == "code":
            self._colored -= len(cell.source)  # nbconvert colors code with IPython's lexer: quadratic time
            cell.metadata.magics_language = "python" if self._colored >= 0 else "text"
            return super().preprocess_cell(cell, resources, cell_index)
        source, start = cell.source, time.process_time()
        try:
            if self._seconds <= 0:
                raise TookTooLong
            with cpu_limit(self._seconds):
                self._clean(cell, resources, cell_index)
        except TookTooLong:  # also a raw cell, which nbgrader never has
            code = _verbatim(re.sub(rf"(.{{{WIDTH}}})(?=.)", r"\1\n", source))
            cell.cell_type, cell.source = "markdown", f"*{tr(TOO_LONG)}*\n\n{code}"
        self._seconds -= time.process_time() - start
        return cell, resources

    def _clean(self, cell: NotebookNode, resources: dict, cell_index: int) -> None:
        checksum = mark_of(cell).get("checksum")
        # nbgrader recognizes an unchanged answer by its checksum
        if not utils.is_solution(cell) or checksum != utils.compute_checksum(cell):
            self._left -= len(cell.source)
            if len(cell.source) > MAX_CELL or self._left < 0:
                raise TookTooLong
            super().preprocess_cell(cell, resources, cell_index)
            cell.source = _REFERENCE.sub(_plain, cell.source)
            if cell.cell_type == "markdown":
                cell.source = _QUOTE.sub(lambda match: match[0].replace("&gt;", ">"), cell.source)
                cell.source = _LINK.sub(_harmless, cell.source)
            if _DELIMITER.search(cell.source):
                cell.source = _COMMAND.sub(_known_command, cell.source)
        if cell.cell_type == "markdown":
            self._give_pictures(cell)

    def _give_pictures(self, cell: NotebookNode) -> None:
        """Show it verbatim if it has the id of a field; else give it each picture that it asks for."""
        ids, pictures = rendered(cell.source)
        if ids is None or self._fields & ids:
            cell.source = _verbatim(cell.source)
            return
        attachments = cell.get("attachments", {})
        for name, times in pictures.items():
            if name not in attachments:  # Markdown writes a blank as %20, and nbconvert looks for that
                attachments[name] = attachments.get(unquote(name), NO_PICTURE)
            self._room -= times * max(map(len, attachments[name].values()))
        if attachments:
            cell.attachments = attachments
        if self._room < 0:
            raise TookTooLong


_QUOTE = re.compile(r"^[ \t]*(?:&gt;[ \t]*)+", re.MULTILINE)
_LINK = re.compile(r"(\](?:\(|:)\s*)([^\s)]+)")  # [text](address) and [name]: address
_COMMAND = re.compile(r"\\([A-Za-z]+)")  # MathJax reads letters alone as a command's name
# Without one of these, or a reference to its character, MathJax reads no formula.
_DELIMITER = re.compile(r"\$|\\[(\[]|\\begin|&(?:#|dollar|lpar|lsqb|lbrack)")
_NO_FORMULA = {  # known to the converter of students' pages, but these name HTML or define commands
    *("href", "require", "unicode", "class", "style", "cssId"),
    *("def", "newcommand", "newenvironment", "DeclareMathOperator"),
}
# The named references for a backslash or a letter; there are no others.
_REFERENCE = re.compile(r"&(?:#0*([0-9]{2,3})|#[xX]0*([0-9a-fA-F]{2})|bsol);")


def _plain(match: re.Match[str]) -> str:
    """Return the character itself if MathJax could read it as a command, as browsers decode references."""
    decimal, hexadecimal = match.groups()
    character = chr(int(decimal or hexadecimal or "5C", 10 if decimal else 16))
    return character if re.fullmatch(r"[A-Za-z\\]", character) else match[0]


def _known_command(match: re.Match[str]) -> str:
    """Return the command, taken apart unless it is mathematics that students' pages can show."""
    return match[0] if match[0] in _commands() else f"\\ {match[1]}"


@functools.cache
def _commands() -> frozenset[str]:
    from latex2mathml import commands, symbols_parser  # reads its symbols, for texts with formulas alone

    tables = [value for name, value in vars(commands).items() if name.isupper()]
    names = [name for table in tables for name in ([table] if isinstance(table, str) else table)]
    known = {name for name in (*names, *symbols_parser.parse_symbols()) if isinstance(name, str)}
    return frozenset(known - {f"\\{name}" for name in _NO_FORMULA})


def _verbatim(markdown: str) -> str:
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", markdown)), default=0))
    return f"{fence}\n{markdown}\n{fence}"


def _harmless(match: re.Match[str]) -> str:
    """Return a link or picture, without its address if that could run something or ask our server.

    bleach does not see links in Markdown.  A picture of `/logout` would end the session of the reader.
    """
    try:
        address = unescape(unescape(match[2]))
    except ValueError:  # Python reads no whole number of 5000 digits
        return match[1] + "#"
    address = re.sub(r"[\x00-\x20\\]", "", address)  # browsers and Markdown drop these
    scheme = re.match(r"([^/?#]*?):", address)
    if scheme:
        is_harmless = scheme[1].lower() in ("http", "https", "mailto", "attachment")
    else:
        is_harmless = not address.startswith("/") and ".." not in unquote(address)
    return match[0] if is_harmless else match[1] + "#"


# --- how a page shows a text: nbconvert answers that, because it makes the page


@functools.lru_cache(maxsize=512)  # most cells of a class are as they were released
def rendered(markdown: str) -> tuple[frozenset[str] | None, dict[str, int]]:
    """Return the ids in a text's page, None if nbconvert fails, and how often it shows each attachment."""
    attachments = _CountedAttachments()
    renderer = IPythonRenderer(escape=False, attachments=attachments)
    try:
        html = MarkdownWithMath(renderer=renderer).render(markdown)
    except Exception:  # a student's text can make it raise anything, and the class must go on
        return None, attachments
    return frozenset(re.findall(r'\bid="([^"]*)"', html)), attachments


class _CountedAttachments(dict[str, Any]):
    """Attachments that contain every name, and count how often each is used."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> NotebookNode:
        self[name] = self.get(name, 0) + 1
        return NO_PICTURE
