"""The recognizer: one door for every family of networks."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import ParticleMap, Scan, WeightsError
from particlesnn.recognition import cascade, dense
from particlesnn.recognition.atoms import are_atoms
from particlesnn.recognition.card import OperatingPoint, WeightCard
from particlesnn.recognition.encoding import encode
from particlesnn.recognition.engines import Engine
from particlesnn.recognition.letters import are_letters
from particlesnn.recognition.runtime import Network
from particlesnn.recognition.scales import Decode, find_at_all_scales
from particlesnn.recognition.twins import twins_of

FamilyLook = Callable[[Network, NDArray[np.float32], OperatingPoint], Decode]

LOOKS: Mapping[str, FamilyLook] = MappingProxyType({"dense": dense.look, "cascade": cascade.look})
"""For each family what runs its network over the views of a scan; what it returns decodes the particles."""

_EYE, _PICTURE = "eye", "picture"
_SHIPPED = Path(__file__).parent / "weights"


def shipped_models() -> tuple[str, ...]:
    """Names of the models that come with the package."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.onnx")))


class Recognizer:
    """Finds the particles of a scan.

    Parameters
    ----------
    network
        What to run; its card says how.

    Raises
    ------
    WeightsError
        When the card names a family that this version does not know.
    """

    def __init__(self, network: Network) -> None:
        if network.card.family not in LOOKS:
            raise WeightsError(
                f"the weights are of the family {network.card.family!r}, unknown to this version; update particlesnn"
            )
        if network.card.view not in {_EYE, _PICTURE}:
            raise WeightsError(
                f"the weights want a view {network.card.view!r}, unknown to this version; update particlesnn"
            )
        self._network = network
        self._look = LOOKS[network.card.family]

    @classmethod
    def load(cls, model: str | Path = "dense", *, threads: int | None = None, engine: Engine = "auto") -> "Recognizer":
        """Load a shipped model by name, or an ONNX file by path.

        Parameters
        ----------
        model
            Name or path.
        threads
            CPU threads; all cores when None.
        engine
            What computes the network: "onnxruntime", "openvino" or "openvino-bf16"; "auto" leaves it to the weight
            card.

        Raises
        ------
        WeightsError
            When there is no such model, or the file cannot be run.
        """
        shipped = _SHIPPED / f"{model}.onnx"
        if shipped.is_file():
            return cls(Network(shipped, threads, engine))
        path = Path(model)
        if not path.is_file():
            names = ", ".join(shipped_models()) or "none"
            raise WeightsError(
                f"there is no model {str(model)!r}; shipped are: {names}; or give the path of an ONNX file"
            )
        return cls(Network(path, threads, engine))

    @property
    def name(self) -> str:
        """Name of the weights."""
        return self._network.card.name

    @property
    def engine(self) -> str:
        """Which program computes, and how exactly, in words."""
        return self._network.engine

    @property
    def card(self) -> WeightCard:
        """What the weights were trained on and how they are run."""
        return self._network.card

    def recognise(self, scan: Scan, *, keep_atoms: bool = False, keep_twins: bool = False) -> ParticleMap:
        """Find all particles.

        Parameters
        ----------
        scan
            Any scan: heights or grey levels, particles bright or dark, no preprocessing needed. On a scan of heights
            particles stand above what surrounds them, unless most of what is found lies below. (Networks that see a
            picture, as in the paper, know bright particles alone.)
        keep_atoms
            Whether the atoms of a surface, where a scan shows nothing but these, are particles too.
        keep_twins
            Whether what a double tip shows a second time on a scan of heights counts again.

        Returns
        -------
        ParticleMap
            Ordered from top to bottom; contours to sub-pixel precision, with scores. How many atoms and twins were left
            out, it says.
        """
        point = self.card.operating_point

        def look(values: NDArray[np.float64]) -> Decode:
            return self._look(self._network, encode(values), point)

        if np.ptp(scan.values) == 0:
            return ParticleMap(scan.shape_px, (), scan.source)
        if self.card.view == _PICTURE:
            found = cascade.find_on_picture(self._network, scan.values, point)
        else:
            pyramid = self.card.family == "cascade"
            found = find_at_all_scales(look, scan.values, point, heights=scan.value_unit == "nm", pyramid=pyramid)
        found = [each for each, letter in zip(found, are_letters(found, scan.values), strict=True) if not letter]
        found.sort(key=lambda particle: particle.contour.centroid_px[::-1])
        if not keep_atoms and are_atoms(found, scan.pixel_nm):
            return ParticleMap(scan.shape_px, (), scan.source, atoms=len(found))
        if keep_twins or scan.value_unit != "nm":
            return ParticleMap(scan.shape_px, tuple(found), scan.source)
        twins = twins_of(found, scan.values)
        kept = tuple(particle for particle, twin in zip(found, twins, strict=True) if not twin)
        return ParticleMap(scan.shape_px, kept, scan.source, twins=int(twins.sum()))
