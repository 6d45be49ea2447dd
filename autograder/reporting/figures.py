"""Draws a report's figures for a page: SVG from matplotlib, in an `img`.

In an `img`, a browser runs no script of an SVG and loads nothing for it (SVG 2, 2.2: secure static processing
mode).  Knows nothing of what is measured.  A figure contains only bounded numbers, and our own words.
"""

from __future__ import annotations

import base64
import functools
import threading
import warnings
from io import StringIO
from operator import ge
from typing import Any

from autograder.results import LARGEST, Figure, Line

WIDTH, HEIGHT = 331, 194  # pixels; it fits beside a phone's edges with little shrinking
# The colors of Okabe and Ito's palette for color blindness with enough contrast.  Dashes and marks
# distinguish the lines, too.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
DASHES = ("--", "-", ":", "-.")
JOINTS = ("s", "o", "^", "D")
ROW = 27  # letters of all lines' names in one row
INK = "#1f2328"  # on white in dark mode, too, because an image does not know its surroundings
SETTINGS = {
    "svg.hashsalt": "autograder",  # ids by what is drawn, and not by chance
    "svg.fonttype": "none",  # the reader's own fonts, which have their language's letters
    "font.family": ["DejaVu Sans", "sans-serif"],  # matplotlib's own: measured alike on every machine
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.parse_math": False,
    "axes.unicode_minus": False,
}
_lock = threading.Lock()  # matplotlib's settings are one for all threads


@functools.lru_cache(maxsize=256)  # one mistake gives many students the same
def address(figure: Figure) -> str:
    """The picture as the address of an `img` of WIDTH by HEIGHT: the same bytes on every machine."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg(figure).encode()).decode()}"


def svg(figure: Figure) -> str:
    """The picture as an SVG document."""
    import matplotlib  # imported here, because it takes most of a second, and only figures need it
    from matplotlib.figure import Figure as Canvas

    settings: dict[Any, Any] = {**matplotlib.rcParamsDefault, **SETTINGS}
    with _lock, matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that its own font lacks, which the reader's has
        canvas = Canvas(figsize=(WIDTH / 72, HEIGHT / 72), layout="constrained")
        axes = canvas.add_subplot()
        for number, line in enumerate(figure.lines):
            _plot(axes, figure, line, number)
        for cut in figure.cuts:
            axes.axvline(cut, color=INK, linewidth=0.8, alpha=0.6)
        _scaled(axes, figure)
        axes.set_xlabel(figure.x)
        axes.set_ylabel(figure.y)
        if len(figure.lines) > 1:
            # In a column where a row has no room, and where letters are wider than they were measured.
            names = "".join(line.name for line in figure.lines)
            columns = len(figure.lines) if len(names) < ROW and names.isascii() else 1
            look = {"frameon": False, "borderpad": 0, "handlelength": 2.4, "columnspacing": 1.2}
            canvas.legend(loc="outside upper left", ncols=columns, labelspacing=0.2, **look)
        file = StringIO()
        canvas.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


def _plot(axes, figure: Figure, line: Line, number: int) -> None:
    points = _shown(figure, line)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    colour = COLOURS[number]
    if line.marks == "joined":
        look = {"linestyle": DASHES[number], "marker": JOINTS[number], "markersize": 4, "linewidth": 1.8}
    else:
        marker, size = {"dots": ("o", 5), "crosses": ("x", 8)}[line.marks]  # a cross is seen on a dot
        look = {"linestyle": "none", "marker": marker, "markersize": size, "markeredgewidth": 1.5}
    axes.plot(xs, ys, color=colour, label=line.name, **look)


def _shown(figure: Figure, line: Line) -> list[tuple[float, float]]:
    """The points that can be drawn: on a logarithmic axis, only those clearly above zero."""
    least = [1 / LARGEST if letter in figure.log else -LARGEST for letter in "xy"]
    return [point for point in line.points if all(map(ge, point, least))]


def _scaled(axes, figure: Figure) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    log = figure.log if any(_shown(figure, line) for line in figure.lines) else ""
    for axis, letter in ((axes.xaxis, "x"), (axes.yaxis, "y")):
        if letter in log:
            (axes.set_xscale if letter == "x" else axes.set_yscale)("log")
            axis.set_minor_formatter(NullFormatter())
        elif letter == "x" or not any(line.marks == "joined" for line in figure.lines):
            axis.set_major_locator(MaxNLocator(6, integer=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
