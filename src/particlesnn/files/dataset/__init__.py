"""Labelled scans in sets: gathered from a folder, checked, parted, written as COCO and read again."""

from particlesnn.files.dataset.findings import Finding
from particlesnn.files.dataset.gather import gather
from particlesnn.files.dataset.labelled import DataSet, LabelledScan, parted
from particlesnn.files.dataset.store import is_dataset, read_dataset, write_dataset

__all__ = [
    "DataSet",
    "Finding",
    "LabelledScan",
    "gather",
    "is_dataset",
    "parted",
    "read_dataset",
    "write_dataset",
]
