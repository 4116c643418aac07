"""The web service: upload scans, correct contours, take results away. The only home of the web framework."""

from particlesnn.service.app import create_app
from particlesnn.service.collect import collect_consented
from particlesnn.service.run import run_service
from particlesnn.service.settings import ServiceSettings

__all__ = ["ServiceSettings", "collect_consented", "create_app", "run_service"]
