"""THE page: from a raw microscope file to numbers. Only this file knows the order of the stages.

open -> recognise -> refine -> measure (-> take off the tip) -> leave out what is too small or too large -> summarise
(-> count the atoms)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from particlesnn.chemistry import SHAPES, MetalTotal, Shape, check_countable, metal_named, total_metal
from particlesnn.core import Measurements, ParticleMap, ParticlesNNError, Reconstruction, Scan, TipError, TipFigures
from particlesnn.files import open_scan
from particlesnn.measurement import measure, measure_broadening
from particlesnn.recognition import Engine, Recognizer
from particlesnn.refinement import REFINEMENTS, Refinement, refine
from particlesnn.statistics import (
    BORDER_RULES,
    SCALE_UNCERTAINTY,
    BorderRule,
    Budget,
    Circumstances,
    Summary,
    count_by_rule,
    summarise,
    uncertainty_budgets,
)
from particlesnn.surface import TipChoice, check_reconstructable, parse_tip, reconstruct

RefinementChoice = Literal["none"] | Refinement
REFINEMENT_CHOICES: tuple[RefinementChoice, ...] = ("none", *REFINEMENTS)
"""What `AnalysisSettings.refine` may be."""


_MOST_BINS = 10_000
"""More are finer than any picture of them, and take more memory than there is."""
_PIXELS_NM = (1e-6, 1e9)
"""No microscope has finer or coarser pixels."""


@dataclass(frozen=True)
class AnalysisSettings:
    """What the user may choose. Every default is written here, once."""

    model: str = "dense"
    """Name of a shipped model, or path of an ONNX file."""
    engine: Engine = "auto"
    """What computes the network: "onnxruntime", "openvino", "openvino-bf16", or what its card asks for when "auto"."""
    channel: str | None = None
    """Which channel of the file; the first height channel when None."""
    pixel_size_nm: float | None = None
    """Side of a pixel in nm, for files without a scale or with a wrong one."""
    refine: RefinementChoice = "none"
    """How the contours that the network drew are refined: "none", "gaussian" or "gaussian-single"."""
    keep_atoms: bool = False
    """Whether the atoms of a surface, on a scan that shows nothing but these, are particles too."""
    keep_twins: bool = False
    """Whether what a double tip shows a second time counts again."""
    min_diameter: float | None = None
    """Smaller particles are left out; in nm, or in px when the scan has no scale."""
    max_diameter: float | None = None
    """Larger particles are left out; in nm, or in px when the scan has no scale."""
    border: BorderRule = "keep"
    """What the statistics do with particles at the border: "keep", "exclude" or "weighted"."""
    metal: str | None = None
    """Symbol of the metal whose atoms are counted, such as "Pt"; none when None."""
    shape: Shape = "cap"
    """What solid a particle of metal is taken for: "cap" or "hemisphere"."""
    bins: int | None = None
    """Number of bins of the histograms; of a round width when None."""
    tip: str = "none"
    """The tip whose broadening is taken off: "none", "blind", "radius=5nm", or "radius=5nm,angle=20"."""
    scale_uncertainty: float = 100 * SCALE_UNCERTAINTY
    """Standard uncertainty of the scale, in percent, for the budget of uncertainty."""

    def __post_init__(self) -> None:
        if self.refine not in REFINEMENT_CHOICES:
            raise ParticlesNNError(f"contours are refined by {_listed(REFINEMENT_CHOICES)}, not by {self.refine!r}")
        if self.border not in BORDER_RULES:
            raise ParticlesNNError(f"particles at the border are kept, excluded or weighted, not {self.border!r}")
        if self.metal is not None:
            metal_named(self.metal)
        if self.shape not in SHAPES:
            raise ParticlesNNError(f"a particle may be a cap or a hemisphere, not {self.shape!r}")
        parse_tip(self.tip)
        self._check_numbers()

    def _check_numbers(self) -> None:
        if self.bins is not None and not 1 <= self.bins <= _MOST_BINS:
            raise ParticlesNNError(f"a histogram has 1 to {_MOST_BINS} bins, not {self.bins}")
        if not 0 <= self.scale_uncertainty < 100:
            raise ParticlesNNError(
                f"the uncertainty of the scale lies between 0 and 100 %, not {self.scale_uncertainty:g}"
            )
        for name in ("pixel_size_nm", "min_diameter", "max_diameter"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                what = name.removesuffix("_nm").replace("_", " ")
                raise ParticlesNNError(f"the {what} must be a positive number, not {value:g}")
        if self.pixel_size_nm and not _PIXELS_NM[0] <= self.pixel_size_nm <= _PIXELS_NM[1]:
            raise ParticlesNNError(f"a pixel is between 1e-6 and 1e9 nm wide, not {self.pixel_size_nm:g}")
        if self.min_diameter and self.max_diameter and self.min_diameter > self.max_diameter:
            raise ParticlesNNError("the smallest diameter is larger than the largest; exchange them")


@dataclass(frozen=True, eq=False)
class Analysis:
    """All that came out of one scan."""

    scan: Scan
    particles: ParticleMap
    measurements: Measurements
    summary: Summary
    metal: MetalTotal | None = None
    reconstruction: Reconstruction | None = None
    """The surface without the broadening by the tip, where that was asked for and could be told."""
    uncertainty: Mapping[str, Budget] = field(default_factory=dict)
    """Budgets of mean diameter, density, coverage and mean height; see `uncertainty_budgets`."""


def analyse(
    source: str | Path | Scan, settings: AnalysisSettings | None = None, *, recognizer: Recognizer | None = None
) -> Analysis:
    """Find, measure and count the particles of one scan.

    Parameters
    ----------
    source
        A scan file of any readable format, or a scan.
    settings
        What to do; the defaults when None.
    recognizer
        A loaded network, to spare loading it for each of many scans; ``settings.model`` when None.

    Raises
    ------
    ParticlesNNError
        When the file cannot be read or the model is not there.

    Examples
    --------
    >>> import particlesnn
    >>> analysis = particlesnn.analyse("examples/palladium-on-graphite.txt")
    >>> analysis.summary.count
    42
    """
    settings = settings or AnalysisSettings()
    scan = load_scan(source, settings)
    recognizer = recognizer or Recognizer.load(settings.model, engine=settings.engine)
    return analyse_particles(scan, find_particles(scan, recognizer, settings), settings, recognizer.card.digest)


def load_scan(source: str | Path | Scan, settings: AnalysisSettings) -> Scan:
    """Open the scan, with the scale that the user gave.

    Raises
    ------
    ParticlesNNError
        When it cannot be read, or atoms are to be counted or a tip taken off and it lacks the scale or the heights.
    """
    scan = source if isinstance(source, Scan) else open_scan(source, settings.channel)
    if settings.pixel_size_nm is not None:
        scan = scan.with_pixel_nm((settings.pixel_size_nm, settings.pixel_size_nm))
    if settings.metal is not None:
        check_countable(settings.shape, scaled=scan.pixel_nm is not None, heights=scan.value_unit == "nm")
    if parse_tip(settings.tip) is not None:
        check_reconstructable(scan)
    return scan


def find_particles(scan: Scan, recognizer: Recognizer, settings: AnalysisSettings) -> ParticleMap:
    """Recognise the particles of a scan, and refine their contours where that is asked for."""
    found = recognizer.recognise(scan, keep_atoms=settings.keep_atoms, keep_twins=settings.keep_twins)
    return found if settings.refine == "none" else refine(scan, found, settings.refine)


def analyse_particles(
    scan: Scan, particles: ParticleMap, settings: AnalysisSettings, weights: str | None = None
) -> Analysis:
    """Measure particles that were found or drawn, and summarise them.

    Parameters
    ----------
    scan
        The scan.
    particles
        Its particles.
    settings
        Filters and border rule are used here.
    weights
        SHA-256 of the card of the weights that drew the contours, for the budget of uncertainty; None where none did.
    """
    measurements = measure(scan, particles)  # with all neighbours known, also those that are left out
    choice, reconstruction = parse_tip(settings.tip), None
    if choice is not None:
        measurements, reconstruction = _without_tip(scan, particles, measurements, choice)
    particles, measurements = subset_of_wanted_size(particles, measurements, settings)
    summary = summarise(measurements, border=settings.border, maps=particles)
    budgets = budgets_of([measurements], [particles], settings, weights)
    metal = metal_of([measurements], [particles], settings)
    return Analysis(scan, particles, measurements, summary, metal, reconstruction, budgets)


def _without_tip(
    scan: Scan, particles: ParticleMap, measurements: Measurements, choice: TipChoice
) -> tuple[Measurements, Reconstruction | None]:
    """Add what is left of each particle without the tip; a scan that cannot tell it keeps all else, and says why."""
    try:
        reconstruction = reconstruct(scan, particles, choice)
        figures = TipFigures.of(reconstruction)
    except TipError as error:
        reconstruction = None
        figures = TipFigures("blind" if choice.radius_nm is None else "given", refusal=str(error))
    columns = {**measurements.columns, **measure_broadening(measurements, particles, reconstruction)}
    return replace(measurements, columns=columns, tip=figures), reconstruction


def of_wanted_size(scan: Scan, particles: ParticleMap, settings: AnalysisSettings) -> ParticleMap:
    """Leave out the particles that are too small or too large, before any is measured."""
    dy, dx = scan.pixel_nm or (1.0, 1.0)
    rows, columns = scan.shape_px
    return _kept(particles, _are_wanted(particles, (rows * dy) * (columns * dx), settings))


def subset_of_wanted_size(
    particles: ParticleMap, measurements: Measurements, settings: AnalysisSettings
) -> tuple[ParticleMap, Measurements]:
    """Leave out what is too small or too large; the rest was measured with all its neighbours known."""
    wanted = _are_wanted(particles, measurements.area_scan, settings)
    return _kept(particles, wanted), measurements.subset(wanted)


def budgets_of(
    measurements: Sequence[Measurements], maps: Sequence[ParticleMap], settings: AnalysisSettings, weights: str | None
) -> Mapping[str, Budget]:
    """Draw up the budgets of uncertainty of scans of one kind; see `uncertainty_budgets`."""
    circumstances = Circumstances(weights, settings.refine, settings.scale_uncertainty / 100)
    return uncertainty_budgets(measurements, maps, circumstances, border=settings.border)


def metal_of(
    measurements: Sequence[Measurements], maps: Sequence[ParticleMap], settings: AnalysisSettings
) -> MetalTotal | None:
    """Add up the metal of scans, of the particles and on the area that the border rule counts; None without a metal."""
    if settings.metal is None or not measurements:
        return None
    counted = [
        count_by_rule(scan, settings.border, particles) for scan, particles in zip(measurements, maps, strict=True)
    ]
    weights = [part.weights for part in counted]
    areas = [part.area for part in counted]
    return total_metal(measurements, metal_named(settings.metal), settings.shape, weights=weights, areas=areas)


def _are_wanted(particles: ParticleMap, area_scan: float, settings: AnalysisSettings) -> NDArray[np.bool_]:
    rows, columns = particles.shape_px
    areas = np.array([particle.contour.area_px for particle in particles.particles], dtype=np.float64)
    diameters = np.sqrt(4 / np.pi * area_scan / (rows * columns) * areas)
    wanted: NDArray[np.bool_] = diameters >= (settings.min_diameter or 0)
    return wanted & (diameters <= (settings.max_diameter or np.inf))


def _kept(particles: ParticleMap, wanted: NDArray[np.bool_]) -> ParticleMap:
    chosen = tuple(particle for particle, keep in zip(particles.particles, wanted, strict=True) if keep)
    return particles if wanted.all() else replace(particles, particles=chosen)


def _listed(choices: Sequence[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"
