"""Shows a page to whoever asked for it; where there is no browser, says where it lies."""

from __future__ import annotations

import webbrowser
from pathlib import Path

from autograder.cli.terminal import say
from autograder.languages import tr


def show(page: Path) -> None:
    """Open a page from the disk."""
    if not webbrowser.open(page.resolve().as_uri()):
        say(tr("no browser was found here: open {page}", page=page))
