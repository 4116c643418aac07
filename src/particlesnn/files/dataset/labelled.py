"""Scans with the contours that were drawn of them, in sets side by side."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from particlesnn.core import AnnotationError, ParticleMap
from particlesnn.files.dataset.findings import Finding

Part = Literal["train", "test"]
TEST_SET = "test"
"""A contour set of this name is of scans that never train."""
_MOST_EXACT = ("test", "precise", "")
"""Contour sets in the order in which they serve as truth."""


@dataclass(frozen=True, eq=False)
class LabelledScan:
    """One scan with the contours that one set has of it."""

    name: str
    """Stem of the scan's file; one scan has one name in all sets."""
    scan: Path
    """Its file."""
    set_name: str
    """Which set the contours belong to, such as "rough" or "precise"; "" for the only one."""
    particles: ParticleMap
    """The contours."""
    part: Part = "train"
    """Whether the scan is trained on, or kept to test."""


@dataclass(frozen=True, eq=False)
class DataSet:
    """All that was labelled, in sets and parts."""

    entries: tuple[LabelledScan, ...]
    """A scan that two sets have contours of stands here twice."""

    @property
    def set_names(self) -> tuple[str, ...]:
        """The contour sets, in order."""
        return tuple(sorted({entry.set_name for entry in self.entries}))

    def chosen(self, set_name: str, part: Part) -> tuple[LabelledScan, ...]:
        """Return the scans of a set and a part, by name."""
        found = [entry for entry in self.entries if (entry.set_name, entry.part) == (set_name, part)]
        return tuple(sorted(found, key=lambda entry: entry.name))

    def truth(self, set_name: str | None = None) -> tuple[LabelledScan, ...]:
        """Return the scans to test on, with the contours that serve as truth.

        Parameters
        ----------
        set_name
            Whose contours they are; when None those of "test", else "precise", else the only set that has any.

        Raises
        ------
        AnnotationError
            When no scan is kept to test, or it is not clear whose contours are the truth.
        """
        able = [name for name in self.set_names if self.chosen(name, "test")]
        if not able:
            raise AnnotationError(
                "no scan of the data is kept to test; name some by 'particlesnn dataset --test', or put them in a "
                "folder 'test'"
            )
        if set_name is None:
            best = [name for name in _MOST_EXACT if name in able] or able
            if best == able and len(able) > 1 and not set(able) & set(_MOST_EXACT):
                raise AnnotationError(f"several sets have contours of test scans, {_listed(able)}; name one by --truth")
            set_name = best[0]
        elif set_name not in able:
            raise AnnotationError(f"there is no set {set_name!r} with test scans; there are {_listed(able)}")
        return self.chosen(set_name, "test")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)


def parted(
    entries: Sequence[LabelledScan], test: Sequence[str] = (), test_share: float = 0.0
) -> tuple[DataSet, tuple[Finding, ...]]:
    """Part scans into those that train and those that test; no scan is ever in both.

    Parameters
    ----------
    entries
        Labelled scans; those of a set called "test" test.
    test
        Names of further scans that test.
    test_share
        Share of all scans, 0 to 1, that tests at least: those whose names have the smallest SHA-256 hash, so that the
        choice hardly moves when scans are added.

    Returns
    -------
    DataSet
    tuple of Finding
        Scans that are kept from training although a set other than "test" has contours of them and nobody named them.

    Raises
    ------
    AnnotationError
        When a name belongs to no scan.
    """
    names = {entry.name for entry in entries}
    strangers = [name for name in test if name not in names]
    if strangers:
        raise AnnotationError(f"no labelled scan is called {strangers[0]!r}; there are {_listed(sorted(names))}")
    by_folder = {entry.name for entry in entries if entry.set_name == TEST_SET}
    kept = by_folder | set(test)
    wanted = round(test_share * len(names))
    for name in sorted(names, key=lambda each: hashlib.sha256(each.encode()).digest()):
        if len(kept) < wanted:
            kept.add(name)
    parts = [replace(entry, part="test" if entry.name in kept else "train") for entry in entries]
    findings = [
        Finding(
            "in both parts",
            f"{entry.scan.name} is in the folder 'test' and in {entry.set_name or 'the folder above'!r} too; it tests, "
            "and no contours of it train",
            str(entry.scan),
            fault=False,
        )
        for entry in parts
        if entry.name in by_folder and entry.set_name != TEST_SET
    ]
    return DataSet(tuple(parts)), tuple(findings)
