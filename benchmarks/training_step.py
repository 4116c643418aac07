"""Memory and time of one training step of a large network: forward, losses, backward, and the optimiser.

python benchmarks/training_step.py resnext101_64x4d [--side 512] [--particles 200]
"""

import argparse
import resource
import sys
import time

import numpy as np
import torch

from particlesnn.network.cascade.assignment import Truth
from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.model import CascadeNetwork


def truth(side: int, particles: int) -> Truth:
    """Lay square particles at random; later ones lie on top."""
    random = np.random.default_rng(0)
    corners = random.integers(0, side - 40, (particles, 2))
    sides = random.integers(8, 40, (particles, 2))
    boxes = np.concatenate([corners, corners + sides], axis=1)
    labels = np.zeros((side, side), dtype=np.int64)
    for number, (left, top, right, bottom) in enumerate(boxes, start=1):
        labels[top:bottom, left:right] = number
    real = torch.ones(1, particles, dtype=torch.bool)
    return Truth(torch.tensor(boxes, dtype=torch.float32)[None], real, torch.from_numpy(labels)[None])


def main() -> None:
    """Take two steps; the first makes the optimiser's memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("backbone")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--particles", type=int, default=200)
    chosen = parser.parse_args()
    network = CascadeNetwork(CascadeConfig(backbone=chosen.backbone)).train()
    trained = [each for each in network.parameters() if each.requires_grad]
    optimiser = torch.optim.SGD(trained, lr=1e-3, momentum=0.9, weight_decay=1e-4)
    images, asked = torch.randn(1, 3, chosen.side, chosen.side), truth(chosen.side, chosen.particles)
    for step in range(2):
        start = time.perf_counter()
        optimiser.zero_grad()
        losses = network.losses(images, asked)
        losses.total.backward()
        optimiser.step()
        # Linux counts in KiB, macOS in bytes.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
        spent = time.perf_counter() - start
        print(f"step {step}: loss {float(losses.total.detach()):.3f}, {spent:.1f} s, peak {peak:.2f} GiB", flush=True)


if __name__ == "__main__":
    main()
