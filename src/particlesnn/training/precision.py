"""What the machine can compute in."""

import torch

from particlesnn.core import TrainingError


def computes_bfloat16(device: torch.device) -> bool:
    """Tell whether a device computes bfloat16 itself; imitated, it is eight times slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    told = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(bool(told.get(name)) for name in ("amx_bf16", "avx512_bf16"))


def dtype_of(precision: str, device: torch.device) -> torch.dtype | None:
    """Tell what convolutions compute in; None for float32.

    Parameters
    ----------
    precision
        "full", "bf16", "fp16", or "auto" for what the device computes itself.
    device
        Where.

    Raises
    ------
    TrainingError
        When the device cannot.
    """
    if precision == "fp16" and device.type != "cuda":
        raise TrainingError("precision is 'fp16', which needs an accelerator; set it to 'auto' or 'full'")
    if precision == "auto":
        half = torch.float16 if device.type == "cuda" else None
        return torch.bfloat16 if computes_bfloat16(device) else half
    return {"full": None, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]
