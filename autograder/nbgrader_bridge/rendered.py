"""What a page makes of a student's text: its headings' ids, and its pictures.

nbconvert is asked, as it will make the page: what it takes for a picture is not guessed.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import unquote

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

LARGEST = 40 << 20  # characters of all pictures on a page; a file has at most 20 MiB
NO_PICTURE = NotebookNode({"image/png": ""})  # a browser shows the picture's name in its place


@dataclass(frozen=True)
class Page:
    """ids: of its headings.  pictures: the names of the attachments that it shows, and how often each."""

    ids: frozenset[str]
    pictures: tuple[tuple[str, int], ...]


@functools.lru_cache(maxsize=512)  # most cells of a class are as they were released
def rendered(markdown: str) -> Page | None:
    """The page of a text, or None where nbconvert makes none."""
    asked = _Asked()
    renderer = IPythonRenderer(escape=False, attachments=asked)
    try:
        html = MarkdownWithMath(renderer=renderer).render(markdown)
    except Exception:  # whatever a student's text does to it, the class goes on
        return None
    return Page(frozenset(re.findall(r'\bid="([^"]*)"', html)), tuple(asked.times.items()))


class _Asked(dict):
    """Attachments that have a picture of any name, and count how often each is asked for."""

    def __init__(self):
        self.times: Counter[str] = Counter()

    def __contains__(self, name):
        return True

    def __getitem__(self, name):
        self.times[name] += 1
        return NO_PICTURE


def with_pictures(cell: NotebookNode, page: Page) -> int:
    """Give the cell a picture by each name that its page asks for; how many characters all of them are.

    nbconvert makes no page at all where one is not there.  What was pasted stays.
    """
    there = cell.get("attachments", {})
    size = 0
    for name, times in page.pictures:
        if name not in there:  # Markdown writes a blank as %20, and nbconvert looks for that
            there[name] = there.get(unquote(name), NO_PICTURE)
        size += times * max(map(len, there[name].values()))
    if there:
        cell.attachments = there
    return size
