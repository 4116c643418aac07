"""Random maps, and the comparison of maps, for the tests of contour files."""

import numpy as np
from hypothesis import strategies as st

from particlesnn.core import Contour, Origin, Particle, ParticleMap

SHAPE = (40, 60)
ORIGINS: list[Origin] = ["network", "refined", "human", "baseline"]


@st.composite
def particles(draw: st.DrawFn) -> Particle:
    """Draw a star-shaped contour with sub-pixel corners somewhere in the picture."""
    count = draw(st.integers(3, 9))
    radii = np.array(draw(st.lists(st.floats(0.7, 12.0), min_size=count, max_size=count)))
    centre = [draw(st.floats(3.0, 56.0)), draw(st.floats(3.0, 36.0))]
    turn = np.arange(count) * 2 * np.pi / count + draw(st.floats(0.0, 1.0))
    points = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radii[:, None] + centre
    score = draw(st.none() | st.floats(0.0, 1.0))
    return Particle(Contour(points), score, draw(st.sampled_from(ORIGINS)))


maps = st.lists(particles(), max_size=4).map(lambda drawn: ParticleMap(SHAPE, tuple(drawn), "scan.png"))


def assert_same(left: ParticleMap, right: ParticleMap, tolerance_px: float = 1e-4) -> None:
    """Compare everything that a contour file keeps."""
    assert left.shape_px == right.shape_px
    assert len(left) == len(right)
    for one, other in zip(left.particles, right.particles, strict=True):
        np.testing.assert_allclose(one.contour.points_px, other.contour.points_px, rtol=0, atol=tolerance_px)
        assert one.origin == other.origin
        assert (one.score is None) == (other.score is None)
        assert abs((one.score or 0.0) - (other.score or 0.0)) < 1e-5
