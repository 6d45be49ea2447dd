"""Draws README's pictures of the demo, in light and in dark, and copies the pages to which
README links.

python tests/pictures.py demo/results/linear_regression docs
"""

import io
import re
import shutil
import sys
from pathlib import Path

from browser_helpers import chromium
from PIL import Image

SIZE = {"width": 760, "height": 900}
PAGES = {"student": "feedback/dana.html", "class": "index.html"}
SAMPLES = (
    "dana",
    "emre",
)  # students whose pages are copied: a known mistake, and a figure
# A link of the class report to a file that is not copied.
DEAD = re.compile(
    rf'<a href="(?!#|feedback/(?:{"|".join(SAMPLES)})\.html)[^"]*">(.*?)</a>'
)
COLORS = 128  # enough for pages of text, and a third of the bytes


def draw(results, out):
    """Write four PNG files and three pages, from a folder of results.  Return the paths of the
    pictures.
    """
    pictures = out / "pictures"
    samples = out / "samples"
    pictures.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(samples, ignore_errors=True)
    (samples / "feedback").mkdir(parents=True)
    for student in SAMPLES:
        shutil.copyfile(
            results / f"feedback/{student}.html",
            samples / f"feedback/{student}.html",
        )
    page = (results / PAGES["class"]).read_text()
    (samples / PAGES["class"]).write_text(DEAD.sub(r"\1", page))
    drawn = []
    with chromium() as browser:
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            for name, path in PAGES.items():
                page.goto((results / path).resolve().as_uri())
                picture = Image.open(io.BytesIO(page.screenshot()))
                drawn.append(pictures / f"{name}-{scheme}.png")
                picture.convert("RGB").quantize(COLORS).save(
                    drawn[-1], optimize=True
                )
    return drawn


if __name__ == "__main__":
    for each in draw(Path(sys.argv[1]), Path(sys.argv[2])):
        print(each, each.stat().st_size, "bytes")
