"""A report's figures as SVG for a page: drawn by matplotlib, and then made to run, load and style nothing.

Knows nothing of what is measured.  Whatever stands in a figure is bounded numbers, and words of ours.
"""

from __future__ import annotations

import functools
import re
import threading
import warnings
from io import StringIO
from operator import ge
from xml.etree import ElementTree

from autograder.results import LARGEST, Figure, Line

WIDTH, HEIGHT = 4.6, 2.7  # inches; at 72 to an inch it fits beside a phone's edges with little shrinking
# Of Okabe and Ito's palette for the colour-blind, those with contrast enough by day and by night; a line
# is told by its dashes and marks as well.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
DASHES = ("--", "-", ":", "-.")
JOINTS = ("s", "o", "^", "D")
ROW = 27  # letters of all lines' names in one row
INK = "#808080"  # stands for the text's own colour, which no drawing knows
SETTINGS = {
    "svg.hashsalt": "autograder",  # ids by what is drawn, and not by chance
    "svg.fonttype": "none",  # the reader's own fonts, which have their language's letters
    "font.family": "DejaVu Sans",  # matplotlib's own: measured alike on every machine
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
KEPT = ("svg", "g", "path", "use", "defs", "clipPath", "rect", "text", "tspan")
SVG, LINKS = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_FRACTION = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_lock = threading.Lock()  # matplotlib's settings are one for all threads


def svg(figure: Figure, name: str) -> str:
    """The figure as one element, with its title and what it says for whoever does not see it.

    name: stands before all ids, of which a page has each once.
    """
    return _named(_drawn(figure), re.sub(r"\W", "-", name))


@functools.lru_cache(maxsize=256)  # one mistake gives many students the same
def _drawn(figure: Figure) -> str:
    import matplotlib  # here alone: it takes most of a second, which a class without figures does not pay
    from matplotlib.figure import Figure as Canvas

    settings = {**matplotlib.rcParamsDefault, **SETTINGS}
    with _lock, matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that its own font lacks, which the reader's has
        canvas = Canvas(figsize=(WIDTH, HEIGHT), layout="constrained")
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
        canvas.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _plain(file.getvalue(), figure)


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
    """The points that have a place: on axes that grow by factors, none is at zero or below, nor nearly."""
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


def _plain(drawn: str, figure: Figure) -> str:
    """Of what matplotlib wrote: shapes and letters, with their looks as attributes, and our words."""
    root = ElementTree.fromstring(drawn)
    for parent in [*root.iter()]:
        for child in [*parent]:
            if _tag(child) not in KEPT:
                parent.remove(child)
    asked = set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", drawn))
    used = {name for pair in asked for name in pair if name}
    for element in root.iter():
        element.tag = _tag(element)
        looks = element.attrib.pop("style", "")
        for key, value in _looks(looks):
            element.set(key, value)
        for key in ("d", "x", "y", "transform"):
            if key in element.attrib:
                element.set(key, _FRACTION.sub(_short, element.get(key)).strip())
        link = element.attrib.pop(f"{{{LINKS}}}href", None)
        if link:
            element.set("href", link)
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        for key in ("fill", "stroke"):
            if element.get(key) == INK:
                element.set(key, "currentColor")
        element.tail, element.text = None, (element.text or "").strip()
    width, height = round(72 * WIDTH), round(72 * HEIGHT)
    root.attrib.clear()
    root.attrib |= {"viewBox": f"0 0 {width} {height}", "width": str(width), "height": str(height)}
    root.attrib |= {"role": "img", "aria-labelledby": "title says", "font-family": "system-ui, sans-serif"}
    for place, (name, words) in enumerate((("title", figure.title), ("desc", figure.says))):
        told = ElementTree.Element(name, id={"title": "title", "desc": "says"}[name])
        told.text = words
        root.insert(place, told)
    return ElementTree.tostring(root, encoding="unicode")


def _tag(element):
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _looks(style):
    """A style as attributes: a page's policy allows none on an element."""
    for pair in filter(None, map(str.strip, style.split(";"))):
        key, _, value = pair.partition(": ")
        if key == "font":  # matplotlib writes `10px 'DejaVu Sans'`
            yield "font-size", value.split(" ")[0]
        elif key not in ("font-size-adjust", "-inkscape-font-specification"):
            yield key, value


def _short(number):
    return f"{round(float(number[0]), 2):g}"


def _named(drawn, name):
    """With this name before each id, and wherever one is asked for."""
    drawn = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', drawn)
    drawn = re.sub(r'\b(href="#|clip-path="url\(#)', rf"\1{name}-", drawn)
    return drawn.replace('aria-labelledby="title says"', f'aria-labelledby="{name}-title {name}-says"')
