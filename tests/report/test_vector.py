"""The overlay as SVG, read back by a parser that knows nothing of us."""

import base64
import io
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
from PIL import Image

from particlesnn.core import ParticleMap, Scan
from particlesnn.report import draw_overlay_svg

NS = "{http://www.w3.org/2000/svg}"


def test_each_particle_is_a_path_where_it_lies(bumps, tmp_path: Path):
    scan, particles = bumps
    draw_overlay_svg(tmp_path / "o.svg", scan, particles)
    root = Xml.parse(tmp_path / "o.svg").getroot()
    paths = root.findall(f".//{NS}path")
    assert len(paths) == len(particles) > 0
    for path, particle in zip(paths, particles.particles, strict=True):
        assert (path.get("id"), path.get("class")) == (f"particle-{particle.id}", particle.origin)
        corners = path.get("d").removeprefix("M").removesuffix("Z").split()
        points = np.array([corner.split(",") for corner in corners], dtype=float)
        np.testing.assert_allclose(points, particle.contour.points_px, atol=0.005)
    picture = root.find(f"{NS}image").get("href").split(",")[1]
    with Image.open(io.BytesIO(base64.b64decode(picture))) as opened:
        assert opened.size == scan.shape_px[::-1]
    assert root.get("viewBox") == f"-0.5 -0.5 {scan.shape_px[1]} {scan.shape_px[0]}"


def test_a_bar_only_with_a_scale_and_any_name(tmp_path: Path):
    empty = ParticleMap((40, 60), (), "走査 <&> \x00 \udcff")
    draw_overlay_svg(tmp_path / "plain.svg", Scan(np.zeros((40, 60))), empty)
    assert Xml.parse(tmp_path / "plain.svg").getroot().find(f".//{NS}text") is None
    draw_overlay_svg(tmp_path / "scaled.svg", Scan(np.zeros((40, 60)), pixel_nm=(2.0, 1.0)), empty)
    root = Xml.parse(tmp_path / "scaled.svg").getroot()
    bar, words = root.find(f".//{NS}rect"), root.find(f".//{NS}text").text
    assert float(bar.get("width")) == float(words.removesuffix(" nm"))
    assert (root.get("width"), root.get("height")) == ("60", "80")
