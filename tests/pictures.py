"""Draws README's pictures of the demo: a student's page and the class report, in light and in dark.

python tests/pictures.py demo/results/linear_regression docs/pictures
"""

import io
import sys
from pathlib import Path

from browser_helpers import chromium
from PIL import Image

SIZE = {"width": 760, "height": 900}
PAGES = {"student": "feedback/dana.html", "class": "index.html"}
COLORS = 128  # enough for pages of text, and a third of the bytes


def draw(results: Path, out: Path) -> list[Path]:
    """Four PNG files, from a folder of results.  Returns their paths."""
    out.mkdir(parents=True, exist_ok=True)
    drawn = []
    with chromium() as browser:
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            for name, path in PAGES.items():
                page.goto((results / path).resolve().as_uri())
                picture = Image.open(io.BytesIO(page.screenshot()))
                drawn.append(out / f"{name}-{scheme}.png")
                picture.convert("RGB").quantize(COLORS).save(drawn[-1], optimize=True)
    return drawn


if __name__ == "__main__":
    for each in draw(Path(sys.argv[1]), Path(sys.argv[2])):
        print(each, each.stat().st_size, "bytes")
