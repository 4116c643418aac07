"""From a scan to its particles, by a network that runs in ONNX Runtime or OpenVINO; no torch."""

from particlesnn.recognition.card import CARD_KEY, OperatingPoint, WeightCard
from particlesnn.recognition.encoding import CHANNELS, encode
from particlesnn.recognition.engines import ENGINES, Engine
from particlesnn.recognition.recognizer import Recognizer, shipped_models

__all__ = [
    "CARD_KEY",
    "CHANNELS",
    "ENGINES",
    "Engine",
    "OperatingPoint",
    "Recognizer",
    "WeightCard",
    "encode",
    "shipped_models",
]
