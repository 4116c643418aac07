"""The figure of a scan: picture and contours lie on each other."""

import base64
import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from particlesnn.core import Scan
from particlesnn.report import ImageEntry, draw_picture
from particlesnn.report.figures import figure_of
from tests.report.test_outlines import back

PLENTY = 10**6


def picture_of(svg: str) -> np.ndarray:
    """Brightness of the picture inside a figure, shape (H, W)."""
    (content,) = re.findall(r'<image href="data:image/jpeg;base64,([^"]+)"', svg)
    return np.asarray(Image.open(BytesIO(base64.b64decode(content))).convert("L"), dtype=float)


@pytest.mark.parametrize("pixel_nm", [(0.5, 0.5), (1.5, 0.5), (0.5, 2.0)])
def test_contours_lie_on_their_particles_whatever_the_sides_of_a_pixel(bumps, measured, pixel_nm):
    scan, particles = bumps
    scan = Scan(scan.values, "nm", pixel_nm)
    figure = figure_of(ImageEntry("a", scan, particles, measured([4.0, 5.0, 6.0], size=scan.size_nm)), 0, PLENTY)
    picture = picture_of(figure.svg)
    height, width = figure.plane.size
    assert width / height == pytest.approx(scan.size_nm[1] / scan.size_nm[0], rel=0.01)
    assert picture.shape[1] / picture.shape[0] == pytest.approx(width / height, rel=0.02)
    assert figure.nm_per_unit == pytest.approx(scan.size_nm[0] / height, rel=1e-3)
    (paths,) = re.findall(r' d="([^"]+)"', figure.svg)
    inside = []
    for path in re.findall("M[^z]+z", paths):
        x, y = back(path).mean(axis=0) * (picture.shape[1] / width, picture.shape[0] / height)
        inside.append(picture[int(y), int(x)])
    assert len(inside) == 3
    assert min(inside) > np.percentile(picture, 50) + 60


def test_a_picture_at_hand_gives_the_same_figure_as_the_scan(bumps, measured, tmp_path):
    scan, particles = bumps
    numbers = measured([4.0, 5.0, 6.0], size=scan.size_nm)
    draw_picture(tmp_path / "a.jpg", scan)
    drawn = figure_of(ImageEntry("a", scan, particles, numbers), 0, PLENTY)
    at_hand = figure_of(ImageEntry("a", None, particles, numbers, picture=tmp_path / "a.jpg"), 0, PLENTY)
    assert at_hand == drawn


def test_ids_and_scale_bar_stand_where_they_help(bumps, measured):
    scan, particles = bumps
    figure = figure_of(ImageEntry("a", scan, particles, measured([4.0, 5.0, 6.0], size=scan.size_nm)), 0, PLENTY)
    assert re.findall(r"<text [^>]*>([^<]+)</text>", figure.svg) == ["1", "2", "3", "10 nm"]
    bare = figure_of(ImageEntry("a", Scan(scan.values), particles), 0, PLENTY)
    assert "nm<" not in bare.svg
    assert bare.nm_per_unit is None


def test_nothing_to_show_is_no_figure():
    assert figure_of(ImageEntry("a", error="Broken."), 0, PLENTY) is None
