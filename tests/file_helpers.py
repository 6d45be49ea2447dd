"""Writes and reads files.  Knows nothing of what is in them."""

import csv
import json
import zipfile


def write_files(folder, files):
    """The files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            content if isinstance(content, bytes) else content.encode()
        )
    return folder


def packed(path, files):
    """The files in a .zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def packed_as(path, encoding, files):
    """A .zip whose names have this encoding, which it does not call UTF-8."""
    names = [name.encode(encoding) for name in files]
    stand_ins = [
        f"{at:02}".rjust(len(name), "X") for at, name in enumerate(names)
    ]
    data = packed(path, dict(zip(stand_ins, files.values()))).read_bytes()
    for stand_in, name in zip(stand_ins, names):
        data = data.replace(stand_in.encode(), name)
    path.write_bytes(data)
    return path


def read_json(path):
    """The tree in a file."""
    return json.loads(path.read_text())


def read_csv(path, delimiter=",", encoding="utf-8-sig"):
    """The rows of a table, by its titles, as a spreadsheet reads them."""
    with open(path, encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def table(text):
    r"""The rows of a table, whose columns have arrows between them.

    In a cell, \n and \t are what they are in a text, and a dash stands for nothing.
    """
    rows = []
    for line in text.strip("\n").split("\n"):
        cells = [cell.rstrip(" ") for cell in line.split(" -> ")]
        rows.append(
            [
                ""
                if cell == "-"
                else cell.replace("\\n", "\n").replace("\\t", "\t")
                for cell in cells
            ]
        )
    return rows
