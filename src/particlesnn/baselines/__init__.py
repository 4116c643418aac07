"""What people use today, to measure the network against: flooding as in WSxM, watershed as in Gwyddion."""

from particlesnn.baselines.flooding import flooding
from particlesnn.baselines.watershed import watershed

__all__ = ["flooding", "watershed"]
