"""What a page may show of a student's markup, in feedback and, above all, in formgrader.

Knows nothing of grades; our own HTML comes after it.
"""

from __future__ import annotations

import functools
import re
from html import unescape
from urllib.parse import unquote

from nbconvert.filters import markdown2html
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbgrader import utils
from traitlets import Bool


class SanitizeSubmission(SanitizeHTML):
    """nbconvert's sanitiser, on: a student's markup must run nowhere, least of all in formgrader."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb, resources):
        """As nbconvert's, and no heading takes the id of a score's field."""
        graded = [cell.metadata.nbgrader.grade_id for cell in nb.cells if "nbgrader" in cell.metadata]
        fields = {name + end for name in graded for end in ("", "_extra_credit", "-comment")}
        nb, resources = super().preprocess(nb, resources)
        for cell in nb.cells:
            if cell.cell_type == "markdown" and fields & _ids(cell.source):
                cell.source = _verbatim(cell.source)
        return nb, resources

    def preprocess_cell(self, cell, resources, cell_index):
        """As nbconvert's, but it leaves quotations, and a text as it was released, as they are."""
        given = cell.metadata.get("nbgrader", {})
        if utils.is_solution(cell) and given.get("checksum") == utils.compute_checksum(cell):
            return cell, resources  # nbgrader tells an untouched answer by its checksum
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.cell_type == "markdown":
            cell.source = _LINK.sub(_harmless, _QUOTE.sub(_quotation, cell.source))
        if cell.cell_type != "code":
            cell.source = _MATH_LINK.sub(r"\\ ", cell.source)
        return cell, resources


_QUOTE = re.compile(r"^[ \t]*(?:&gt;[ \t]*)+", re.MULTILINE)
_LINK = re.compile(r"(\](?:\(|:)\s*)([^\s)]+)")  # [text](address) and [name]: address
_MATH_LINK = re.compile(r"\\(?=(?:href|require|unicode|class|style|cssId)\b)")  # MathJax follows these
_SCHEMES = ("http", "https", "mailto", "attachment")


@functools.lru_cache(maxsize=512)  # most cells of a class are as they were released
def _ids(markdown):
    """The ids that a page gives to the headings: formgrader looks for a score's field by its id."""
    return frozenset(re.findall(r'\bid="([^"]*)"', markdown2html(markdown)))


def _verbatim(markdown):
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", markdown)), default=0))
    return f"{fence}\n{markdown}\n{fence}"


def _quotation(match):
    return match.group().replace("&gt;", ">")


def _harmless(match):
    """A link or picture without its address where that could run something, or ask our own server.

    bleach sees no link in Markdown.  A picture of `/logout` would end the session of whoever looks.
    """
    address = unescape(unescape(match[2]))
    address = re.sub(r"[\x00-\x20\\]", "", address)  # browsers and Markdown drop these
    scheme = re.match(r"([^/?#]*?):", address)
    if scheme:
        allowed = scheme[1].lower() in _SCHEMES
    else:
        allowed = not address.startswith("/") and ".." not in unquote(address)
    return match[0] if allowed else match[1] + "#"
