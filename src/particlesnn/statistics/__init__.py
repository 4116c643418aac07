"""From measured particles to numbers one can publish, over one scan or many."""

from particlesnn.statistics.border import BORDER_RULES, BorderRule, Counted, count_by_rule
from particlesnn.statistics.distribution import Lognormal, fit_lognormal
from particlesnn.statistics.histogram import Histogram, histogram
from particlesnn.statistics.joint import summarise_jointly
from particlesnn.statistics.summary import Spread, Summary, summarise

__all__ = [
    "BORDER_RULES",
    "BorderRule",
    "Counted",
    "Histogram",
    "Lognormal",
    "Spread",
    "Summary",
    "count_by_rule",
    "fit_lognormal",
    "histogram",
    "summarise",
    "summarise_jointly",
]
