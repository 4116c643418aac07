"""What the service is, and whether it works."""

from fastapi import APIRouter

import particlesnn
from particlesnn.core import QUANTITIES
from particlesnn.files import PALETTES
from particlesnn.service import wire
from particlesnn.service.access import Here
from particlesnn.service.admission import AdmittingRoute
from particlesnn.service.answers import problems
from particlesnn.service.tasks.export import EXPORTS

router = APIRouter(tags=["about"], route_class=AdmittingRoute)
_CITATION = (
    "A. G. Okunev, M. Yu. Mashukov, A. V. Nartova, A. V. Matveev, Nanoparticle Recognition on Scanning Probe "
    "Microscopy Images Using Computer Vision and Deep Learning, Nanomaterials 2020, 10, 1285, doi:10.3390/nano10071285"
)
_TOLD = ("max_file_bytes", "max_upload_bytes", "max_scans", "max_pixels", "max_particles", "days", "max_days")


@router.get("/about", responses=problems())
def show_about(service: Here) -> wire.About:
    """Tell version, weights, limits, exports, and what each quantity means."""
    return wire.About(
        version=particlesnn.__version__,
        weights=service.weights,
        citation=_CITATION,
        palettes=list(PALETTES),
        exports=list(EXPORTS),
        quantities=[
            wire.QuantityView(name=each.name, symbol=each.symbol, meaning=each.meaning, source=each.source)
            for each in QUANTITIES
        ],
        limits={name: getattr(service.settings, name) for name in _TOLD},
    )


@router.get("/health", responses=problems(503))
async def show_health(service: Here) -> dict[str, str]:
    """Tell that database and processes answer."""
    await service.ready()
    return {"status": "well"}
