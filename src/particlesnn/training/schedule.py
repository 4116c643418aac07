"""How the learning rate runs, and the running average of the weights."""

import torch
from torch import nn


def learning_rate_share(step: int, steps: int, warmup_steps: int) -> float:
    """Share of the largest learning rate at a step: rise, plateau, and a fall over the last 40 percent.

    On the plateau the end may still be moved without spoiling what was learnt (Hu et al. 2024:
    "warmup, stable, decay").
    """
    rise = min(1.0, (step + 1) / max(warmup_steps, 1))
    fall = min(1.0, max(steps - step, 0) / (0.4 * steps))
    return rise * max(fall, 0.01)


class RunningAverage:
    """Exponential average of all weights and statistics of a network.

    Parameters
    ----------
    network
        What to average.
    decay
        Share kept at each update, once the average has warmed up.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.state = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the network's present weights."""
        self.updates += 1
        decay = min(self.decay, self.updates / (self.updates + 10))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1 - decay)
            else:
                self.state[name].copy_(value)
