import numpy as np
import pytest

from particlesnn.core import Contour, Particle, ParticleMap, Scan
from particlesnn.report.panels import MethodMap, draw_panels, render_panels
from particlesnn.report.pictures import ORIGIN_COLOURS, Verdicts
from tests.report.test_pictures import disc, near

SCAN = Scan(np.zeros((100, 120)), "nm", (0.5, 0.5))


def found(*discs: Particle) -> ParticleMap:
    return ParticleMap(SCAN.shape_px, discs)


def panels(picture: np.ndarray, number: int) -> list[np.ndarray]:
    """Cut a sheet into as many columns as it has panels; the gaps are narrow."""
    return np.array_split(picture, number, axis=1)


def test_each_method_has_its_own_panel_in_the_order_given():
    network = found(disc(30, 30, 10), disc(80, 30, 12))
    flooded = found(disc(60, 60, 25, origin="baseline"))
    maps = [MethodMap("network", network), MethodMap("flooding", flooded), MethodMap("watershed", found())]
    first, second, third = panels(render_panels(SCAN, maps), 3)
    cyan, lilac = (ORIGIN_COLOURS[origin] for origin in ("network", "baseline"))
    assert near(first, cyan).sum() > 500
    assert near(second, lilac).sum() > 500
    assert not near(second, cyan).any()
    assert not near(third, cyan).any()
    assert not near(first, lilac, 25).any()


def test_with_a_truth_the_colours_tell_right_false_and_missed():
    truth = found(disc(30, 30, 10), disc(90, 60, 12))
    network = found(disc(30, 30, 10), disc(90, 60, 12))
    flooded = found(disc(31, 30, 10), disc(60, 80, 8))
    maps = [
        MethodMap("network", network, Verdicts()),
        MethodMap("flooding", flooded, Verdicts(frozenset([2]), frozenset([2]))),
    ]
    sheet = render_panels(SCAN, maps, truth)
    first, second = panels(sheet[: -sheet.shape[0] // 8], 2)  # without the key below
    pink, cyan = "#ff7ad9", "#22e6f2"
    assert not near(first, pink).any()
    assert not near(first, cyan).any()
    assert near(second, pink).sum() > 200
    assert near(second, cyan).sum() > 200


@pytest.mark.parametrize("shape", [(3, 4), (40, 600), (600, 40), (1500, 1500)])
def test_scans_of_any_shape_make_a_picture_of_sensible_size(tmp_path, shape):
    scan = Scan(np.random.default_rng(0).normal(size=shape))
    square = Contour(np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]))
    maps = [MethodMap(name, ParticleMap(shape, (Particle(square),))) for name in ("network", "flooding", "watershed")]
    draw_panels(tmp_path / "x.png", scan, maps)
    picture = render_panels(scan, maps)
    assert max(picture.shape) < 3 * 1024 + 100
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]
