"""What goes over the wire: the shapes of requests and answers, from which the OpenAPI document is made."""

import math
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from particlesnn.core import Origin
from particlesnn.pipeline import RefinementChoice
from particlesnn.service.tables import ScaleSource, Stage, State

MOST_VERTICES = 5_000
"""Vertices of one contour."""


def _printable(text: str) -> str:
    """Leave out what cannot be seen or turns the direction of writing."""
    kept = "".join(each for each in text if each.isprintable()).strip()
    if not kept:
        raise ValueError("a name needs one character at least that can be seen")
    return kept


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
Finite = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Point = Annotated[tuple[Finite, Finite], Field(description="(x, y) in px; an integer is the centre of a pixel.")]
Pair = Annotated[list[float], Field(min_length=2, max_length=2, description="(x, y), or (dy, dx) of a scale.")]
Points = Annotated[list[Point], Field(min_length=3, max_length=MOST_VERTICES)]
Nm = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class Wire(BaseModel):
    """An answer, or what a request carries. Unknown fields are refused, so that a slip of the pen is told."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """What went wrong, and what to do."""

    detail: str = Field(description="One sentence for a human.")


class NewSet(Wire):
    """A set to be made."""

    name: Name | None = None
    days: int | None = Field(default=None, ge=1, description="How long it is kept, from now on.")


class SetChange(Wire):
    """What to change of a set; what is left out stays."""

    name: Name | None = None
    days: int | None = Field(default=None, ge=1, description="How long it is kept, from now on.")
    consent: bool | None = Field(
        default=None, description="May the corrected contours be used, with their scans, to train the network?"
    )


class ScaleView(Wire):
    """The scale of a scan, and where it comes from."""

    pixel_nm: tuple[float, float] | None = Field(description="Height and width (dy, dx) of a pixel; null if unknown.")
    source: ScaleSource
    file_pixel_nm: tuple[float, float] | None = Field(description="What the file says; null if nothing.")


class ScanView(Wire):
    """One scan, and how far it is."""

    id: str
    set: str
    name: str
    state: State
    stage: Stage
    waiting: int | None = Field(description="How many scans are before it, while it is queued.")
    error: str | None
    created: datetime
    finished: datetime | None
    shape_px: tuple[int, int] | None = Field(description="Rows and columns; null before it was read.")
    value_unit: Literal["nm"] | None
    channel: str | None
    channels: list[str]
    scale: ScaleView
    refine: RefinementChoice
    weights: str | None
    particles: int | None
    etag: str | None = Field(description="Of its contours, for If-Match; null before there are any.")
    can_undo: bool
    can_redo: bool


class SetView(Wire):
    """A set with its scans."""

    id: str
    name: str
    created: datetime
    expires: datetime
    consent: bool
    access: Literal["owner", "reader"]
    shared: bool = Field(description="A read-only link is in force.")
    scans: list[ScanView]
    summary: dict[str, Any] | None = Field(
        description="Joint statistics of the finished scans of the most frequent kind, as in summary.json."
    )


class MadeSet(SetView):
    """A new set, with its key: the only time that it is told."""

    key: str


class Key(Wire):
    """A key: the only time that it is told."""

    key: str


class Accepted(Wire):
    """What became of one uploaded file."""

    name: str
    id: str | None = Field(description="Of the scan; null where it was refused.")
    state: State
    error: str | None


class Imported(Wire):
    """What became of one image of an uploaded contour file."""

    name: str
    scan: str | None = Field(description="Id of the scan that it was paired with.")
    particles: int | None
    error: str | None


class NewScale(Wire):
    """A scale given by the user."""

    pixel_nm: Nm | tuple[Nm, Nm] = Field(description="Side of a pixel, or height and width (dy, dx).")
    source: Literal["typed", "drawn"] = Field(default="typed", description="Typed in, or drawn on a burned-in bar.")


class ScanChange(Wire):
    """What to change of a scan; what is left out stays. Another channel or refinement has it recognised anew."""

    name: Name | None = None
    scale: NewScale | Literal["file"] | None = Field(
        default=None, description='"file" goes back to what the file says.'
    )
    channel: str | None = Field(default=None, max_length=200)
    refine: RefinementChoice | None = None


class ParticleView(Wire):
    """One particle."""

    id: int
    contour: list[Pair] = Field(description="(x, y) in px; an integer is the centre of a pixel.")
    score: float | None
    origin: Origin


class Column(Wire):
    """One measured quantity of all particles."""

    name: str
    unit: str
    values: list[float | None]


class MeasuredView(Wire):
    """What was measured, a column a quantity, in the order of ``ids``."""

    ids: list[int]
    columns: list[Column]
    touches_border: list[bool]
    touches_particle: list[bool]


class ParticlesView(Wire):
    """All particles of a scan, with what was measured of them."""

    scan: str
    etag: str
    shape_px: tuple[int, int]
    scale: ScaleView
    can_undo: bool
    can_redo: bool
    atoms: int = Field(description="How many bumps were taken for the atoms of a surface and left out.")
    twins: int = Field(description="How many were taken for what a double tip shows a second time and left out.")
    particles: list[ParticleView]
    measured: MeasuredView


class EditedView(Wire):
    """What an edit changed: contours that are new or other, ids that are gone, and all measurements."""

    scan: str
    etag: str
    can_undo: bool
    can_redo: bool
    changed: list[ParticleView]
    removed: list[int]
    measured: MeasuredView


class NewParticle(Wire):
    """A particle as a client sends it."""

    contour: Points
    id: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Its own where it was there before.")
    score: float | None = Field(default=None, ge=0, le=1)
    origin: Origin = "human"


class NewParticles(Wire):
    """All particles that a scan shall have."""

    particles: list[NewParticle]

    @model_validator(mode="after")
    def _each_id_once(self) -> Self:
        ids = [particle.id for particle in self.particles if particle.id is not None]
        if len(set(ids)) != len(ids):
            raise ValueError("each id may stand once only")
        return self


Ids = Annotated[list[int], Field(min_length=1, max_length=100_000)]


class Add(Wire):
    """Add a particle."""

    do: Literal["add"]
    contour: Points


class Remove(Wire):
    """Remove particles."""

    do: Literal["remove"]
    ids: Ids


class Move(Wire):
    """Give a particle another contour."""

    do: Literal["move"]
    id: int
    contour: Points


class Split(Wire):
    """Part a particle by a line."""

    do: Literal["split"]
    id: int
    line: Annotated[list[Point], Field(min_length=2, max_length=MOST_VERTICES)]


class Merge(Wire):
    """Make one particle of several that touch."""

    do: Literal["merge"]
    ids: Annotated[list[int], Field(min_length=2, max_length=1000)]


class Edits(Wire):
    """Edits, carried out one after the other and undone together."""

    edits: Annotated[
        list[Annotated[Add | Remove | Move | Split | Merge, Field(discriminator="do")]],
        Field(min_length=1, max_length=1000),
    ]


class Where(Wire):
    """A point where a contour is to be proposed."""

    at: Point
    by: Literal["network", "surface"] = "network"


class Proposal(Wire):
    """A contour that was proposed; nothing is changed by it."""

    contour: list[Pair]
    score: float | None
    by: Literal["network", "surface"]


class RevisionView(Wire):
    """One state of the contours."""

    number: int
    created: datetime
    what: str
    particles: int
    current: bool


class HistogramView(Wire):
    """A histogram, and the law laid over it."""

    quantity: str
    unit: str
    edges: list[float]
    counts: list[int]
    law: list[Pair] | None = Field(
        description="Points (value, particles a bin) of the law that suits best; diameters only."
    )


class GroupView(Wire):
    """Statistics of scans of one kind: all with a scale or none, all heights or all grey levels."""

    scans: list[str]
    summary: dict[str, Any]
    histogram: HistogramView


class StatisticsView(Wire):
    """Joint statistics of chosen scans, the most frequent kind first."""

    groups: list[GroupView]


class Chosen(Wire):
    """Scans to be compared."""

    set: str = Field(max_length=32)
    key: str | None = Field(
        default=None, max_length=128, description="Of that set, where no header or cookie gives it."
    )
    scans: list[str] | None = Field(default=None, max_length=1000, description="All finished ones when left out.")


class CompareSets(Wire):
    """Two choices of scans to be compared."""

    first: Chosen
    second: Chosen
    quantity: str = Field(default="diameter", max_length=40)
    border: Literal["keep", "exclude", "weighted"] = "keep"


class EstimateView(Wire):
    """A figure with its uncertainty."""

    value: float | None
    standard_error: float | None
    confidence_95: tuple[float, float] | None


class ComparisonView(Wire):
    """Two choices of scans compared in one quantity."""

    quantity: str
    unit: str
    first: EstimateView
    second: EstimateView
    difference: float
    standard_error: float
    confidence_95: tuple[float, float]
    p_value: float
    ks_distance: float
    ks_p_value: float
    clustered: bool


class QuantityView(Wire):
    """One thing that is measured."""

    name: str
    symbol: str
    meaning: str
    source: str


class About(Wire):
    """What this service is and what it takes."""

    version: str
    weights: str
    citation: str
    palettes: list[str]
    exports: list[str]
    quantities: list[QuantityView]
    limits: dict[str, float]


def finite(value: float | None) -> float | None:
    """Return the number, or None where it is none that JSON can hold."""
    return None if value is None or not math.isfinite(value) else value
