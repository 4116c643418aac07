"""The tree of all errors a user can meet.

Each message is one sentence that says what is wrong and what to do about it; the command line prints it as it is.

ParticlesNNError
├── ScanFormatError     a file that is no scan, or a broken one
├── AnnotationError     a contour file that is broken or does not fit its scan
├── WeightsError        a network file that is missing, broken or of another kind
├── OutputError         results that cannot or must not be written
├── TrainingError       a training that cannot start or go on
└── TipError            a tip that cannot be taken off a scan
"""


class ParticlesNNError(Exception):
    """Anything that went wrong for a reason the user can act upon."""


class ScanFormatError(ParticlesNNError):
    """The file is not a scan that can be read."""


class AnnotationError(ParticlesNNError):
    """The contour file cannot be read, or does not belong to the scan."""


class WeightsError(ParticlesNNError):
    """The weights cannot be found, read or run."""


class OutputError(ParticlesNNError):
    """The results cannot be written, or would overwrite others."""


class TrainingError(ParticlesNNError):
    """The training cannot start or cannot go on."""


class TipError(ParticlesNNError):
    """The broadening by the tip cannot be taken off this scan."""
