"""What a run leaves behind: tables, contours, pictures and the report, whoever asked for them."""

from particlesnn.results.dataset import distinct_names, unique_stems, write_dataset
from particlesnn.results.extras import (
    FORMS,
    Told,
    check_extras,
    extra_files,
    write_extras,
    write_table,
)
from particlesnn.results.folder import Run, claim, tell_tables, write_histogram, write_joint, write_page
from particlesnn.results.job import Analysed, Job, Outcome, Result
from particlesnn.results.records import finished_before, overlay_of, pack, unpack, write_single

__all__ = [
    "FORMS",
    "Analysed",
    "Job",
    "Outcome",
    "Result",
    "Run",
    "Told",
    "check_extras",
    "claim",
    "distinct_names",
    "extra_files",
    "finished_before",
    "overlay_of",
    "pack",
    "tell_tables",
    "unique_stems",
    "unpack",
    "write_dataset",
    "write_extras",
    "write_histogram",
    "write_joint",
    "write_page",
    "write_single",
    "write_table",
]
