"""The law that the sizes follow, if they follow any."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from particlesnn.statistics.distribution import (
    Floats,
    Law,
    LognormalMixture,
    fit_lognormal,
    fit_mixture,
    fit_mixtures,
    fit_normal,
    positive,
)

_LEAST = 20
"""With fewer particles no law is chosen: any would pass."""
_LEAST_FOR_TWO = 50
"""Two kinds of particles are looked for among so many."""
_STRONG = 6.0
"""By so much the BIC of two lognormals must be lower: strong evidence by Kass and Raftery (1995)."""
_WORTH_A_MENTION = 2.0
"""A smaller difference of BIC tells nothing (Kass and Raftery 1995)."""
_DRAWS = 99


@dataclass(frozen=True)
class LawChoice:
    """The law that suits the sizes best among normal, lognormal and two lognormals, and how well it does."""

    law: Law
    """The law."""
    count: int
    """How many sizes it was fitted to."""
    bic: Mapping[str, float]
    """Bayesian information criterion of each law that was tried, k ln N - 2 ln L; the lowest is the best."""
    decided: bool
    """The other law with as many parameters is worse by 2 at least; else the sizes do not tell them apart."""
    anderson_darling: float | None = None
    """Anderson and Darling's A^2: distance of sizes and law that looks hard at the tails."""
    p_value: float | None = None
    """Chance of at least so large a distance if the sizes followed this law; below 0.05 they hardly do."""

    def to_dict(self, unit: str) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "name": self.law.name,
            **self.law.to_dict(unit),
            "particles": self.count,
            "bic": dict(self.bic),
            "told_from_the_other": self.decided,
            "anderson_darling": self.anderson_darling,
            "p": self.p_value,
        }


def choose_law(values: ArrayLike, *, test: bool = True, seed: int = 0) -> LawChoice | None:
    """Fit all laws and take the best.

    The lognormal law is kept where the normal one is not clearly better, because sizes are positive. Two lognormals are
    taken only among 50 particles or more, and where their BIC is lower by 6.

    Parameters
    ----------
    values
        Shape (N,), sizes; those that are not positive are left out.
    test
        Test how well the law suits. The p value is that of D'Agostino and Stephens (1986, table 4.9), parameters being
        estimated, for one law, and of 99 simulated and refitted sets for two.
    seed
        Of that simulation.

    Returns
    -------
    LawChoice or None
        None with fewer than 20 sizes, or when all are equal.
    """
    sizes = np.sort(positive(values))
    normal, lognormal = fit_normal(sizes), fit_lognormal(sizes)
    if len(sizes) < _LEAST or normal is None or lognormal is None:
        return None
    laws: dict[str, Law] = {normal.name: normal, lognormal.name: lognormal}
    mixture = fit_mixture(sizes) if len(sizes) >= _LEAST_FOR_TWO else None
    if mixture is not None:
        laws[mixture.name] = mixture
    bic = {name: _criterion(law, sizes) for name, law in laws.items()}
    gain = bic[lognormal.name] - bic[normal.name]
    law: Law = normal if gain > _WORTH_A_MENTION else lognormal
    decided = abs(gain) > _WORTH_A_MENTION
    if mixture is not None and bic[mixture.name] < bic[law.name] - _STRONG:
        law, decided = mixture, True
    if not test:
        return LawChoice(law, len(sizes), bic, decided)
    distance = _distance(law.cumulative(sizes))
    if isinstance(law, LognormalMixture):
        p_value = _p_by_simulation(law, distance, len(sizes), np.random.default_rng(seed))
    else:
        p_value = _p_of_one_law(distance, len(sizes))
    return LawChoice(law, len(sizes), bic, decided, distance, p_value)


def _criterion(law: Law, sizes: Floats) -> float:
    likelihood = float(np.log(law.density(sizes) + 1e-300).sum())
    return law.parameters * float(np.log(len(sizes))) - 2 * likelihood


def _distance(shares: Floats) -> float:
    """Anderson and Darling's A^2 of the law's shares at the sizes, shape (N,), ascending."""
    shares = np.clip(shares, 1e-12, 1 - 1e-12)
    count = len(shares)
    odd = 2 * np.arange(1, count + 1) - 1
    return float(-count - (odd * (np.log(shares) + np.log1p(-shares[::-1]))).mean())


def _p_of_one_law(distance: float, count: int) -> float:
    a = distance * (1 + 0.75 / count + 2.25 / count**2)
    if a < 0.2:
        p_value = 1 - np.exp(-13.436 + 101.14 * a - 223.73 * a**2)
    elif a < 0.34:
        p_value = 1 - np.exp(-8.318 + 42.796 * a - 59.938 * a**2)
    elif a < 0.6:
        p_value = np.exp(0.9177 - 4.279 * a - 1.38 * a**2)
    else:
        p_value = np.exp(1.2937 - 5.709 * a + 0.0186 * a**2) if a < 13 else 0.0
    return float(np.clip(p_value, 0.0, 1.0))


def _p_by_simulation(law: LognormalMixture, distance: float, count: int, rng: np.random.Generator) -> float:
    kind = (rng.random((_DRAWS, count)) < law.shares[1]).astype(np.int64)
    mu, sigma = (np.array([getattr(part, name) for part in law.parts])[kind] for name in ("mu", "sigma"))
    drawn = np.sort(np.exp(rng.normal(mu, sigma)), axis=1)
    fits = fit_mixtures(drawn, splits=(law.shares[0],))
    farther = sum(_distance(fit.cumulative(row)) >= distance for fit, row in zip(fits, drawn, strict=True))
    return (farther + 1) / (_DRAWS + 1)
