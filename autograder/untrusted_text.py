"""Decodes text from students, and makes it safe to show.

No control characters work, and people see all of it.
"""

import codecs
import contextlib
import hashlib
import re
import unicodedata

# Spreadsheets take a cell that starts with these as a formula.
FORMULA = "=+-@\t\r\n＝＋－＠"

# of a student's id in a file's name, which may have 255 with its ending
MAX_ID_BYTES = 200
BEHIND = re.compile(f"; *(?=[{re.escape(FORMULA)}])")
# byte order mark -> encoding
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_DIGESTED = re.compile(r"~[0-9a-f]{16}$")


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text of a file and its encoding, by its mark, else UTF-8, GB18030 or Latin-1.

    >>> decoded("线性回归".encode("gbk"))
    ('线性回归', 'gb18030')
    >>> decoded("Jürgen Müller".encode("latin-1"))
    ('Jürgen Müller', 'latin-1')
    """
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace"), encoding
    # A Chinese letter has two such bytes; in Europe, accented letters stand alone.
    pairs = re.findall(rb"[\xa1-\xf7][\xa1-\xfe]", data)
    letters = re.sub(rb"[\x00-\x7f]+", b"", data)
    encodings = ["utf-8"]
    if 4 * len(pairs) > len(letters):
        encodings.append("gb18030")
    for encoding in encodings:
        with contextlib.suppress(UnicodeError):
            return data.decode(encoding), encoding
    return data.decode("latin-1"), "latin-1"


def escape_control_characters(text: str, keep: str = "\n\t") -> str:
    """Return the text with control characters, also those of text direction, written as codes.

    keep: the ones that may stay.

    >>> escape_control_characters("red\\x1b[31m")
    'red\\\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(
        c if c in keep or is_printed(c) else ascii(c)[1:-1] for c in text
    )


def is_printed(character: str) -> bool:
    """Return whether it prints or is a blank: no control, lone surrogate, or direction mark."""
    return character.isprintable() or unicodedata.category(character) == "Zs"


def cell(text: str) -> str:
    """Return a text for a cell of a table: one line, and not a formula.

    Nor after a `;`, because spreadsheets in many countries start a new cell there.
    """
    shown = BEHIND.sub(r"\g<0>'", escape_control_characters(text, ""))
    if text.lstrip(" ").startswith(tuple(FORMULA)):
        return f"'{shown}"
    return shown


def is_whole_name(name: str) -> bool:
    """Return whether a file's name is a student's id as it is, without a digest of it."""
    return not _DIGESTED.search(name)


def safe_name(id: str) -> str:
    """Return a student's id as the name of a file or a folder; different ids get different names.

    If the id cannot be a file's name, or has invisible characters, the name contains a
    digest of it.
    """
    name = re.sub(
        r"[/\\]", "_", "".join(c if is_printed(c) else "_" for c in id)
    )
    is_possible = bool(name.strip(".")) and len(name.encode()) <= MAX_ID_BYTES
    if name == id and is_possible and is_whole_name(name):
        return name
    digest = hashlib.blake2b(
        id.encode("utf-8", "surrogatepass"), digest_size=8
    ).hexdigest()
    return f"{name.encode()[:MAX_ID_BYTES].decode('utf-8', 'ignore')}~{digest}"
