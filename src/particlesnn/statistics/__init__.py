"""From measured particles to numbers one can publish, over one scan or many."""

from particlesnn.statistics.association import Association, correlate
from particlesnn.statistics.border import BORDER_RULES, BorderRule, Counted, count_by_rule
from particlesnn.statistics.budget import Budget, Component, Total
from particlesnn.statistics.comparison import Comparison, compare_sets
from particlesnn.statistics.contour_errors import ContourErrors, measured_errors, measured_weights
from particlesnn.statistics.distribution import (
    Law,
    Lognormal,
    LognormalMixture,
    Normal,
    fit_lognormal,
    fit_mixture,
    fit_normal,
)
from particlesnn.statistics.histogram import Histogram, histogram
from particlesnn.statistics.intervals import Estimate
from particlesnn.statistics.joint import summarise_jointly
from particlesnn.statistics.law_choice import LawChoice, choose_law
from particlesnn.statistics.pair_correlation import PairCorrelation, pair_correlation
from particlesnn.statistics.sizes import Sizes
from particlesnn.statistics.spatial import Neighbours, describe_neighbours, nearest_distances
from particlesnn.statistics.summary import Details, Spread, Summary, summarise
from particlesnn.statistics.uncertainty import SCALE_UNCERTAINTY, Circumstances, uncertainty_budgets

__all__ = [
    "BORDER_RULES",
    "SCALE_UNCERTAINTY",
    "Association",
    "BorderRule",
    "Budget",
    "Circumstances",
    "Comparison",
    "Component",
    "ContourErrors",
    "Counted",
    "Details",
    "Estimate",
    "Histogram",
    "Law",
    "LawChoice",
    "Lognormal",
    "LognormalMixture",
    "Neighbours",
    "Normal",
    "PairCorrelation",
    "Sizes",
    "Spread",
    "Summary",
    "Total",
    "choose_law",
    "compare_sets",
    "correlate",
    "count_by_rule",
    "describe_neighbours",
    "fit_lognormal",
    "fit_mixture",
    "fit_normal",
    "histogram",
    "measured_errors",
    "measured_weights",
    "nearest_distances",
    "pair_correlation",
    "summarise",
    "summarise_jointly",
    "uncertainty_budgets",
]
