"""A student's id as the name of a file.  Knows nothing of what stands in it."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

from autograder.untrusted_text import is_printed

FEEDBACK = "feedback"  # the folder of students' texts and pages
LONGEST = 200  # bytes of a student's id in a file's name, which may have 255 with its ending
_DIGESTED = re.compile(r"~[0-9a-f]{16}$")


def safe_name(id: str) -> str:
    """A student's id as the name of a file; different ids get different names.

    If the id cannot be a file's name, or has invisible characters, the name contains a digest of it.
    """
    name = re.sub(r"[/\\]", "_", "".join(c if is_printed(c) else "_" for c in id))
    if name == id and 0 < len(_bytes(name)) <= LONGEST and not _DIGESTED.search(name):
        return name
    digest = hashlib.blake2b(id.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{_bytes(name)[:LONGEST].decode('utf-8', 'ignore')}~{digest}"


def feedback_link(id: str) -> str:
    """The link from the results folder to a student's page."""
    return f"{FEEDBACK}/{quote(safe_name(id))}.html"


def _bytes(name):
    return name.encode("utf-8", "surrogatepass")
