"""Training as published, on small scans and a small sibling of the paper's network."""

import csv
import subprocess
import sys
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from torch import Tensor

from particlesnn.cli.export import command as export_command
from particlesnn.cli.train import command as train_command
from particlesnn.core import TrainingError, WeightsError
from particlesnn.evaluation.published import MODELS
from particlesnn.files.dataset import gather, parted, write_dataset
from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.model import CascadeNetwork
from particlesnn.network.cascade.published import published_name
from particlesnn.recognition import WeightCard
from particlesnn.training import PublishedConfig, TrainingConfig, read_config, read_curves, train
from particlesnn.training.published import run as running
from particlesnn.training.published import state as states
from particlesnn.training.published.log import LoggedStep
from particlesnn.training.published.processes import Compared, Processes
from particlesnn.training.published.scans import (
    NOTHING,
    UNKNOWN,
    Sample,
    TrainingScan,
    collate,
    keys_of_steps,
    prepare,
)
from tests.labelled import labelled_folder, labelme

PAPER = Path(__file__).resolve().parents[2] / "configs" / "paper"
SLIM = {"width": 16, "box_width": 24, "mask_width": 8, "mask_convolutions": 1}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out a data set of three scans, and weights that might have been trained on COCO."""
    home = tmp_path_factory.mktemp("home")
    data, findings = parted(gather(labelled_folder(home / "labelled"))[0])
    write_dataset(home / "set", data, findings)
    torch.manual_seed(1)
    network = CascadeNetwork(CascadeConfig(backbone="resnext14_8x4d", classes=3, **SLIM))
    state = {published_name(name): value for name, value in network.state_dict().items()}
    torch.save({"state_dict": state, "meta": {"mmdet_version": "2.28.0"}}, home / "coco.pth")
    return home


@pytest.fixture
def config(home: Path, tmp_path: Path) -> PublishedConfig:
    return PublishedConfig(
        run=str(tmp_path / "x101-1x-rough"),
        data=str(home / "set"),
        backbone="resnext14_8x4d",
        start=str(home / "coco.pth"),
        batch=2,
        epochs=2,
        learning_rates=((0, 1e-2), (1, 1e-3)),
        threads=1,
        workers=0,
    )


def weights_of(checkpoint: Path) -> dict[str, Tensor]:
    return dict(torch.load(checkpoint, weights_only=True)["state_dict"])


def log_of(config: PublishedConfig) -> list[dict[str, str]]:
    with (Path(config.run) / "log.csv").open(newline="") as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def stop_in_step(monkeypatch: pytest.MonkeyPatch, last: int) -> None:
    def write_and_stop(folder: Path, logged: LoggedStep) -> None:
        write(folder, logged)
        if logged.step == last:
            raise KeyboardInterrupt

    write = running.write_step
    monkeypatch.setattr(running, "write_step", write_and_stop)


def test_a_killed_and_resumed_training_is_an_unbroken_one_to_the_bit(
    config: PublishedConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = weights_of(train(config))
    broken = replace(config, run=str(tmp_path / "broken"))
    with monkeypatch.context() as patch:
        stop_in_step(patch, 3)  # in the middle of the second epoch of two steps
        with pytest.raises(KeyboardInterrupt):
            train(broken)
    assert [row["step"] for row in log_of(broken)] == ["1", "2", "3"]
    resumed = weights_of(train(broken, resume=True))
    assert all(torch.equal(resumed[name], value) for name, value in whole.items())
    assert log_of(broken) == log_of(config)
    done = (Path(broken.run) / "checkpoint.pth").read_bytes()
    assert train(broken, resume=True).read_bytes() == done  # nothing is left to do
    assert [(row["epoch"], row["learning_rate"]) for row in log_of(config)][1::2] == [("1", "0.01"), ("2", "0.001")]


def moved_alike(before: dict[str, Tensor], one: dict[str, Tensor], other: dict[str, Tensor]) -> int:
    """Check that two trainings changed all weights alike; tell how many changed at all."""
    moved = 0
    for name, value in one.items():
        if name not in before or before[name].shape != value.shape or not value.is_floating_point():
            continue
        step = (value - before[name]).abs().max()
        assert (other[name] - value).abs().max() <= 1e-3 * step + 1e-8, name
        moved += bool(step > 1e-6)
    return moved


def test_two_processes_train_as_one(config: PublishedConfig, home: Path, tmp_path: Path) -> None:
    """Three scans, two a step: in the second step one process has none."""
    before = weights_of(home / "coco.pth")
    alone = weights_of(train(replace(config, epochs=1)))
    text = (
        f'recipe = "published"\nrun = "{tmp_path / "both"}"\ndata = "{config.data}"\nstart = "{config.start}"\n'
        'backbone = "resnext14_8x4d"\nbatch = 2\nepochs = 1\nlearning_rates = [[0, 1e-2]]\nthreads = 1\nworkers = 0\n'
    )
    (tmp_path / "both.toml").write_text(text)
    ranks = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*ranks, "-m", "particlesnn", "train", str(tmp_path / "both.toml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Trained:") == 1
    both = weights_of(tmp_path / "both" / "checkpoint.pth")
    assert moved_alike(before, alone, both) > 60
    with (tmp_path / "both" / "log.csv").open(newline="") as file:
        losses = [float(row["total"]) for row in csv.DictReader(file)]
    assert losses == pytest.approx([float(row["total"]) for row in log_of(config)], rel=1e-4)


@pytest.mark.parametrize("backbone", ["resnext14_8x4d", "hrnetv2p_w8"])
def test_a_scan_of_which_nothing_is_known_teaches_nothing(backbone: str) -> None:
    """So a process without a scan takes part in a step: each parameter has a gradient, and it is 0."""
    sample = prepare(grey_scan(), 1.0, "none", 0)
    batch = collate([Sample(sample.image, sample.boxes[:0], np.full_like(sample.labels, UNKNOWN), 0)])
    network = CascadeNetwork(CascadeConfig(backbone=backbone, **SLIM)).train()
    Processes().compare(Compared(network), batch, None, Processes().summed).total.backward()
    trained = [each for each in network.parameters() if each.requires_grad]
    assert all(each.grad is not None and not each.grad.any() for each in trained)


def test_scans_one_after_another_train_as_at_once(config: PublishedConfig, home: Path, tmp_path: Path) -> None:
    before = weights_of(home / "coco.pth")
    together = weights_of(train(replace(config, batch=3, epochs=1)))
    single = replace(config, batch=3, epochs=1, at_once=1, run=str(tmp_path / "single"))
    assert moved_alike(before, together, weights_of(train(single))) > 60
    own, other = log_of(single)[0], log_of(config)[0]
    assert all(float(own[name]) == pytest.approx(float(other[name]), rel=1e-4) for name in own)


def test_the_order_hangs_on_seed_and_epoch_alone() -> None:
    whole = list(keys_of_steps(7, 3, 5, range(4)))
    assert [len(keys) for keys in whole[:3]] == [3, 3, 1]
    assert list(keys_of_steps(7, 3, 5, range(2, 4))) == whole[6:]
    assert sorted(number for keys in whole[:3] for _, number in keys) == list(range(7))
    assert whole[:3] != [[(0, number) for _, number in keys] for keys in whole[3:6]]
    shares = [list(keys_of_steps(7, 3, 5, range(4), rank, 2)) for rank in range(2)]
    for keys, first, second in zip(whole, *shares, strict=True):
        assert sorted(first + [key for key in second if key[1] != NOTHING]) == sorted(keys)
    assert shares[1][2] == [(0, NOTHING)]


def grey_scan() -> TrainingScan:
    grey = np.zeros((40, 50), dtype=np.uint8)
    grey[5:15, 8:20], grey[20:36, 30:44] = 200, 100
    corners = ((7.5, 4.5, 19.5, 14.5), (29.5, 19.5, 43.5, 35.5))
    outlines = [np.array([[a, b], [c, b], [c, d], [a, d]]) for a, b, c, d in corners]
    return TrainingScan("two", grey, tuple(outlines))


@pytest.mark.parametrize("magnification", [1.0, 2.0, 3.0])
def test_picture_boxes_and_labels_are_mirrored_together(magnification: float) -> None:
    seen = set()
    for seed in range(16):
        sample = prepare(grey_scan(), magnification, "both", seed)
        assert sample.image.shape[1:] == sample.labels.shape == (40 * magnification, 50 * magnification)
        for number, box in enumerate(sample.boxes, start=1):
            rows, columns = np.nonzero(sample.labels == number)
            assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            inside = sample.image[0][sample.labels == number]
            assert np.median(inside) > sample.image[0][sample.labels == 0].max() - 1e-6 or number == 2
        assert np.median(sample.image[0][sample.labels == 1]) > np.median(sample.image[0][sample.labels == 2])
        seen.add(tuple(sample.boxes[0]))
        again = prepare(grey_scan(), magnification, "both", seed)
        assert np.array_equal(again.image, sample.image)
    assert len(seen) == 4
    assert len({tuple(prepare(grey_scan(), 1.0, "horizontal", seed).boxes[0]) for seed in range(16)}) == 2
    assert len({tuple(prepare(grey_scan(), 1.0, "none", seed).boxes[0]) for seed in range(16)}) == 1


def test_scans_of_several_sizes_fit_one_batch() -> None:
    batch = collate([prepare(grey_scan(), 1.0, "none", 0), prepare(grey_scan(), 2.0, "none", 0)])
    assert batch.images.shape == (2, 3, 96, 128)
    assert (batch.labels[0, 40:] == -1).all()
    assert batch.boxes[1, 0].tolist() == [16, 10, 40, 30]


def test_a_loss_that_is_no_number_leaves_the_last_good_checkpoint(config: PublishedConfig) -> None:
    checkpoint = train(config, stop_after=1)
    kept = checkpoint.read_bytes()
    with pytest.raises(TrainingError, match=r"last good checkpoint, after epoch 1, is .*checkpoint\.pth; lower"):
        train(replace(config, learning_rates=((0, 1e-2), (1, 1e30))), resume=True)
    assert checkpoint.read_bytes() == kept
    with pytest.raises(TrainingError, match="no checkpoint was written yet"):
        train(replace(config, run=f"{config.run}-2", learning_rates=((0, 1e30),)))


def test_the_command_trains_draws_a_curve_and_its_checkpoint_tells_the_export_all(
    config: PublishedConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c.toml").write_text('recipe = "published"\nbackbone = "resnext14_8x4d"\nworkers = 1\nthreads = 1\n')
    changes = {"run": config.run, "data": config.data, "start": config.start, "epochs": 1, "magnification": 2}
    arguments = [part for name, value in changes.items() for part in ("--set", f"{name}={value}")]
    done = CliRunner().invoke(train_command, [str(tmp_path / "c.toml"), *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    assert f"resnext14_8x4d, from {config.start}, on 3 scans with 36 particles; cpu" in done.output
    assert "epoch 1 of 1: loss" in done.output
    with Image.open(Path(config.run) / "curve.png") as picture:
        assert picture.width > 1000
    # Graphs of such networks are traced in test_published_export.py; here, what stands beside the graph.
    traced = onnx.helper.make_model(onnx.helper.make_graph([], "none", [], []))
    monkeypatch.setattr(import_module("particlesnn.training.export"), "cascade_graph", lambda _: traced)
    done = CliRunner().invoke(
        export_command,
        [f"{config.run}/checkpoint.pth", "-o", str(tmp_path / "model.onnx"), "--score", "0.05"],
        catch_exceptions=False,
    )
    assert "Exported 'x101-1x-rough'" in done.output
    (text,) = [entry.value for entry in onnx.load(tmp_path / "model.onnx").metadata_props]
    card = WeightCard.from_json(text)
    assert (card.name, card.view, card.magnification) == ("x101-1x-rough", "picture", 2.0)
    assert (card.operating_point.score, card.operating_point.nms_iou) == (0.05, 0.5)
    assert card.training["epochs"] == 1
    assert [entry["name"] for entry in card.trained_on] == [
        "contour set 'rough', 3 scans, 36 particles", "COCO (the first weights)",
    ]  # fmt: skip


def test_curves_are_means_of_epochs_and_a_row_cut_off_by_a_kill_is_left_out(config: PublishedConfig) -> None:
    assert read_curves(config) is None
    parts = dict.fromkeys(("proposal", "proposal_box", "kind", "box", "mask"), 0.5)
    for step in range(1, 7):
        logged = LoggedStep((step + 1) // 2, step, 1e-3, {"total": float(step), **parts}, 1.0)
        running.write_step(Path(config.run), logged) if step > 1 else Path(config.run).mkdir()
    with (Path(config.run) / "log.csv").open("a") as file:
        file.write("4,7,0.00")
    curves = read_curves(config)
    assert curves is not None
    where, total = curves.lines["all"]
    assert (where.tolist(), total.tolist()) == ([1, 2, 3], [2, 3.5, 5.5])
    assert curves.marks == {1.5: "learning rate 0.001"}
    assert read_curves(TrainingConfig(run=config.run)) is None


def test_each_row_of_table_1_has_its_config() -> None:
    configs = {path.stem: read_config(path) for path in PAPER.glob("*.toml")}
    rows = {model.key: model for model in MODELS}
    assert set(configs) == set(rows)
    for key, config in configs.items():
        assert isinstance(config, PublishedConfig)
        assert Path(config.run).name == key
        assert (f"{config.magnification:g}x", config.contour_set) == (rows[key].scale, rows[key].contour_set)
        assert config.backbone == {"x101": "resnext101_64x4d", "hrnet": "hrnetv2p_w32"}[key.split("-")[0]]
        assert {"1x": 12, "2x": 4, "3x": 1}[rows[key].scale] == config.batch
        assert [config.learning_rate(epoch) for epoch in (0, 99, 100, 249, 250, 499)] == pytest.approx(
            [1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5]
        )
        assert config.epochs == 500


def test_what_is_missing_is_said_in_one_sentence(
    config: PublishedConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for changes, message in (
        ({"data": str(tmp_path)}, "is no data set; make one"),
        ({"contour_set": "fine"}, "the set 'fine' has no scans to train on; those with such are 'precise', 'rough'"),
        ({"contour_set": "test"}, "the set 'test' has no scans to train on"),
        ({"backbone": "hrnetv2p_w8"}, "have the backbone resnext14_8x4d, and the config says hrnetv2p_w8"),
        ({"precision": "fp16"}, "needs an accelerator"),
    ):
        with pytest.raises(TrainingError, match=message):
            train(replace(config, device="cpu", **changes))
    monkeypatch.setattr(states, "cache_folder", lambda: tmp_path)
    name = "cascade-mask-rcnn_hrnetv2p-w32_20e_coco"
    with pytest.raises(TrainingError, match=f"not on this machine; fetch them with 'particlesnn weights fetch {name}'"):
        train(replace(config, start=name))
    with pytest.raises(WeightsError, match="no published weights have this name"):
        train(replace(config, start="coco"))
    assert not Path(config.run).exists()


def test_scans_without_particles_do_not_train(
    config: PublishedConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = labelled_folder(tmp_path / "labelled")
    labelme(folder / "rough" / "bare.json")
    data, findings = parted(gather(folder)[0])
    write_dataset(tmp_path / "set", data, findings)
    own = replace(config, data=str(tmp_path / "set"), batch=12, epochs=1)
    train(own)
    assert "without a particle, and so not trained on: bare" in capsys.readouterr().err
    assert len(log_of(own)) == 1
    for name in ("a", "b", "c"):
        labelme(folder / "rough" / f"{name}.json")
    data, findings = parted(gather(folder)[0])
    write_dataset(tmp_path / "empty", data, findings)
    with pytest.raises(TrainingError, match="no scan of the set 'rough' has a particle"):
        train(replace(own, data=str(tmp_path / "empty"), run=f"{own.run}-2"))


def test_a_run_goes_on_only_as_it_began(config: PublishedConfig) -> None:
    train(config, stop_after=1)
    with pytest.raises(TrainingError, match="go on with --resume"):
        train(config)
    with pytest.raises(TrainingError, match="began with batch = 2, and the config says 3"):
        train(replace(config, batch=3), resume=True)
    with pytest.raises(TrainingError, match="began with contour_set = 'rough'"):
        train(replace(config, contour_set="precise"), resume=True)
    assert len(log_of(config)) == 2


def test_training_from_nothing_starts_in_order(config: PublishedConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "CascadeConfig", partial(CascadeConfig, **SLIM))
    train(replace(config, backbone="hrnetv2p_w8", start="none", epochs=1, batch=3))
    assert float(log_of(config)[0]["total"]) < 20


def test_a_config_with_a_fault_says_which(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    for text, message in (
        ("epoch = 3", "unknown setting 'epoch'"),
        ('recipe = "other"', "recipe must be one of published"),
        ('backbone = "resnet50"', "backbone must be one of resnext101_64x4d"),
        ("learning_rates = 0.1", "learning_rates must be pairs"),
        ("learning_rates = [[5, 0.1]]", "learning_rates must be pairs"),
        ("learning_rates = [[0, 0.1], [0, 0.2]]", "learning_rates must be pairs"),
        ("learning_rates = [[0, -1]]", "learning_rates must be pairs"),
        ("batch = 0", "batch must be more than 0, not 0"),
        ("momentum = 1.0", "momentum must be less than 1"),
        ("magnification = 30", "magnification must be at most 10"),
        ('flips = "vertical"', "flips must be one of"),
        ('epochs = "all"', "epochs must be a whole number"),
    ):
        path.write_text(f'recipe = "published"\n{text}\n' if "recipe" not in text else text)
        with pytest.raises(TrainingError, match=message):
            read_config(path)
    path.write_text('recipe = "published"')
    assert read_config(path, ["batch=3", "contour_set=precise"]).batch == 3
    with pytest.raises(TrainingError, match="'batch' changes no setting; write it as name=value"):
        read_config(path, ["batch"])
