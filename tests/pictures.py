"""Draws README's pictures of the demo, in light and in dark, and copies its pages, to which README links.

python tests/pictures.py demo/results/linear_regression docs
"""

import io
import shutil
import sys
from pathlib import Path

from browser_helpers import chromium
from PIL import Image

SIZE = {"width": 760, "height": 900}
PAGES = {"student": "feedback/dana.html", "class": "index.html"}
COLORS = 128  # enough for pages of text, and a third of the bytes


def draw(results: Path, out: Path) -> list[Path]:
    """Write four PNG files and all pages, from a folder of results.  Return the paths of the pictures."""
    pictures, samples = out / "pictures", out / "samples"
    pictures.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(samples, ignore_errors=True)
    shutil.copytree(results / "feedback", samples / "feedback", ignore=shutil.ignore_patterns("*.txt"))
    shutil.copyfile(results / PAGES["class"], samples / PAGES["class"])
    drawn = []
    with chromium() as browser:
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            for name, path in PAGES.items():
                page.goto((results / path).resolve().as_uri())
                picture = Image.open(io.BytesIO(page.screenshot()))
                drawn.append(pictures / f"{name}-{scheme}.png")
                picture.convert("RGB").quantize(COLORS).save(drawn[-1], optimize=True)
    return drawn


if __name__ == "__main__":
    for each in draw(Path(sys.argv[1]), Path(sys.argv[2])):
        print(each, each.stat().st_size, "bytes")
