"""What the particles of a scan say about each other.

Grain, noise and lattice look like particles of a few pixels, and where there is nothing else, such particles may be
right. Beside particles many times larger they are the texture of those, or of the substrate, unless very clear. Where
nothing is clear, there may be nothing: then each must at least be likely.
"""

import numpy as np

from particlesnn.core import Particle
from particlesnn.recognition.card import OperatingPoint


def believable(particles: list[Particle], point: OperatingPoint) -> list[Particle]:
    """Drop the particles that are much smaller than the clear ones of their scan, and not as clear.

    The typical size is that diameter above and below which half of the volume of all clear particles lies, taken as the
    cube of the diameter, so that hundreds of specks do not outvote a score of particles. The score demanded rises with
    the logarithm of how many times smaller a particle is, from ``score`` to ``small_score`` at ``small_ratio``. Without
    a clear one it is ``unclear_score``, if that is more.

    Parameters
    ----------
    particles
        All particles of a scan, with scores.
    point
        Thresholds.

    Returns
    -------
    list of Particle
        In their order.
    """
    if not particles:
        return []
    diameters = np.sqrt(4 / np.pi * np.array([particle.contour.area_px for particle in particles]))
    scores = np.array([1.0 if particle.score is None else particle.score for particle in particles])
    demanded = np.full(len(particles), point.score)
    if (clear := np.sort(diameters[scores >= point.typical_score])).size:
        covered = np.cumsum(clear**3)
        typical = clear[np.searchsorted(covered, covered[-1] / 2)]
        smallness = np.clip(np.log(typical / diameters) / np.log(point.small_ratio), 0, 1)
        demanded += (point.small_score - point.score) * smallness
    else:
        demanded = np.maximum(demanded, point.unclear_score)
    return [particle for particle, stays in zip(particles, scores >= demanded, strict=True) if stays]
