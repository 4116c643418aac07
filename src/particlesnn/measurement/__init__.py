"""What there is to measure of a particle: its outline, and its relief above the local substrate."""

from particlesnn.measurement.measure import measure

__all__ = ["measure"]
