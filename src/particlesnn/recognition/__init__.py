"""From a scan to its particles, by a network that runs in ONNX Runtime."""
