"""The dense network: shapes, losses, and that it can learn at all."""

from dataclasses import replace

import pytest
import torch

from particlesnn.network import DenseConfig, DenseNetwork
from particlesnn.network.dense.losses import Targets, dense_losses

SMALL = DenseConfig(widths=(8, 12, 16), blocks=(0, 1, 1), decoder_blocks=(0, 1))


def disc_targets(side: int = 32) -> Targets:
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    inside = 9.0 - torch.hypot(x - 15.0, y - 17.0)
    particle = (inside > 0).float()[None]
    ones = torch.ones_like(particle)
    return Targets(particle, (inside / 9.0).clamp(0, 1)[None], ones, ones)


def perfect_logits(targets: Targets) -> torch.Tensor:
    depth = torch.logit(targets.depth, eps=1e-6)
    return torch.stack([40 * (targets.particle - 0.5), depth], dim=1)


@pytest.mark.parametrize(("rows", "columns"), [(32, 32), (64, 96)])
def test_maps_have_the_shape_of_the_scan_and_lie_between_0_and_1(rows: int, columns: int) -> None:
    network = DenseNetwork().eval()
    with torch.no_grad():
        maps = network.predict(torch.randn(2, 2, rows, columns))
    assert maps.shape == (2, 2, rows, columns)
    assert 0 <= float(maps.min()) <= float(maps.max()) <= 1


def test_the_stride_follows_from_the_stages() -> None:
    assert DenseConfig().stride == 32
    assert SMALL.stride == 4


def test_a_perfect_answer_costs_nothing() -> None:
    targets = disc_targets()
    assert float(dense_losses(perfect_logits(targets), targets).total) < 0.01


def test_each_part_punishes_its_own_fault() -> None:
    targets = disc_targets()
    right = dense_losses(perfect_logits(targets), targets)
    shallow = perfect_logits(targets)
    shallow[:, 1] -= 2.0
    assert float(dense_losses(shallow, targets).depth) > float(right.depth) + 0.02
    missed = perfect_logits(targets)
    missed[:, 0] = -20.0
    wrong = dense_losses(missed, targets)
    assert float(wrong.overlap) > float(right.overlap) + 0.5
    assert float(wrong.particle) > float(right.particle) + 0.5


def test_pixels_without_weight_do_not_count() -> None:
    targets = disc_targets()
    blind = replace(targets, particle=1 - targets.particle, weight=torch.zeros_like(targets.weight))
    logits = perfect_logits(targets).requires_grad_()
    dense_losses(logits, blind).total.backward()
    assert logits.grad is not None
    assert float(logits.grad.abs().max()) == 0.0


def test_an_empty_scan_has_a_finite_loss_and_gradient() -> None:
    zeros = torch.zeros(1, 16, 16)
    logits = torch.zeros(1, 2, 16, 16, requires_grad=True)
    total = dense_losses(logits, Targets(zeros, zeros, torch.ones_like(zeros), torch.ones_like(zeros))).total
    total.backward()
    assert torch.isfinite(total)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_blocks_on_the_way_back_are_idle_until_they_learn() -> None:
    grown, plain = DenseNetwork(SMALL).eval(), DenseNetwork(replace(SMALL, decoder_blocks=(0, 0))).eval()
    plain.load_state_dict({name: grown.state_dict()[name] for name in plain.state_dict()})
    views = torch.randn(1, 2, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(grown(views), plain(views))
    assert len(grown.state_dict()) > len(plain.state_dict())


def test_it_learns_one_disc() -> None:
    torch.manual_seed(0)
    targets = disc_targets()
    views = torch.cat([targets.particle[:, None], targets.depth[:, None]], dim=1) + 0.3 * torch.randn(1, 2, 32, 32)
    network = DenseNetwork(SMALL)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    first = network.losses(views, targets).total.item()
    for _ in range(60):
        optimiser.zero_grad()
        total = network.losses(views, targets).total
        total.backward()
        optimiser.step()
    assert total.item() < 0.15 * first
