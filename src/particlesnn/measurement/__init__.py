"""What there is to measure of a particle: its outline, and its relief above the local substrate."""

from particlesnn.measurement.broadening import measure_broadening
from particlesnn.measurement.measure import measure
from particlesnn.measurement.predicted import measure_predicted

__all__ = ["measure", "measure_broadening", "measure_predicted"]
