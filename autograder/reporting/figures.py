"""Draws figures for a page: SVG in `img`, where no script runs (SVG 2, 2.2: secure static mode)."""

import base64
import functools
import threading
import warnings
from io import StringIO
from operator import ge
from pathlib import Path
from typing import Any

from autograder.figure import MAX_NUMBER, Figure, Line

WIDTH, HEIGHT = 331, 194  # pixels
STYLE = Path(__file__).parent / "templates" / "figure.mplstyle"
UNJOINED = {"linestyle": "none", "markeredgewidth": 1.5}
LOOKS: dict[str, dict[str, Any]] = {  # of the points of a line
    "dots": {"marker": "o", "markersize": 5, **UNJOINED},
    # Crosses are seen on top of dots.
    "crosses": {"marker": "x", "markersize": 8, **UNJOINED},
}
# All threads share matplotlib's settings.
_lock = threading.Lock()


# One mistake gives many students the same figure.
@functools.lru_cache(maxsize=256)
def address(figure: Figure) -> str:
    """Return the picture as the address of an `img`: the same bytes on every machine."""
    data = base64.b64encode(svg(figure).encode()).decode()
    return f"data:image/svg+xml;base64,{data}"


def svg(figure: Figure) -> str:
    """Return the picture as an SVG document."""
    # The import takes most of a second, and only figures need it.
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    style = matplotlib.rc_params_from_file(STYLE)
    with _lock, matplotlib.rc_context(style), warnings.catch_warnings():
        # of letters that its own font lacks, which the reader's has
        warnings.simplefilter("ignore")
        canvas = Canvas()
        axes = canvas.add_subplot()
        for line in figure.lines:
            points = _shown(figure, line)
            axes.plot(
                [x for x, _ in points],
                [y for _, y in points],
                label=line.name,
                **LOOKS.get(line.marks, {}),
            )
        for cut in figure.cuts:
            axes.axvline(
                cut,
                alpha=0.6,
                color=style["text.color"],
                linestyle="-",
                linewidth=0.8,
            )
        _scaled(axes, figure)
        if len(figure.lines) > 1:
            canvas.legend(loc="outside upper left")
        file = StringIO()
        canvas.savefig(
            file, format="svg", metadata={"Date": None, "Creator": None}
        )
    return file.getvalue()


def _shown(figure: Figure, line: Line) -> list[tuple[float, float]]:
    """Return the points that can be drawn: on a logarithmic axis, only those clearly above zero."""
    least = [
        1 / MAX_NUMBER if letter in figure.log else -MAX_NUMBER
        for letter in "xy"
    ]
    return [point for point in line.points if all(map(ge, point, least))]


def _scaled(axes: Any, figure: Figure) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    log = (
        figure.log if any(_shown(figure, line) for line in figure.lines) else ""
    )
    axes.set(xlabel=figure.x, ylabel=figure.y)
    for axis, letter in ((axes.xaxis, "x"), (axes.yaxis, "y")):
        if letter in log:
            axes.set(**{f"{letter}scale": "log"})
            axis.set_minor_formatter(NullFormatter())
        elif letter == "x" or not any(
            line.marks == "joined" for line in figure.lines
        ):
            axis.set_major_locator(MaxNLocator(6, integer=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
