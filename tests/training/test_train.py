"""A training from nothing to a file that recognises, on a small scale."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from particlesnn.core import Scan, TrainingError
from particlesnn.recognition import OperatingPoint, Recognizer
from particlesnn.recognition.runtime import Network
from particlesnn.training import Blend, TrainingConfig, export, load_network, read_config, train
from particlesnn.training.dataset import real_examples, simulated_examples
from particlesnn.training.schedule import RunningAverage, learning_rate_share

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@pytest.fixture
def config(tmp_path: Path) -> TrainingConfig:
    return TrainingConfig(
        run=str(tmp_path / "run"),
        data=str(tmp_path / "no data here"),
        simulated_scans=4,
        texture_scans=2,
        micrographs=1,
        validation_scans=2,
        simulated_side_px=64,
        crop_px=64,
        batch=2,
        steps=4,
        workers=1,
        threads=1,
        checkpoint_minutes=0.0,
    )


def weights_of(checkpoint: Path) -> dict[str, torch.Tensor]:
    return dict(torch.load(checkpoint, weights_only=True)["network"])


def test_a_resumed_training_is_the_same_as_an_unbroken_one(config: TrainingConfig, tmp_path: Path) -> None:
    whole = weights_of(train(config))
    broken = replace(config, run=str(tmp_path / "broken"))
    train(broken, stop_after=2)
    resumed = weights_of(train(broken, resume=True))
    for name, weight in whole.items():
        torch.testing.assert_close(resumed[name], weight, msg=name)


def test_a_blend_is_the_mean_of_two_trainings_and_the_card_says_so(config: TrainingConfig, tmp_path: Path) -> None:
    one = train(replace(config, steps=1))
    two = train(replace(config, run=str(tmp_path / "two"), seed=2, steps=1))
    scan = np.random.default_rng(0).random((2, 64, 64), dtype=np.float32)
    maps = {}
    for share in (0.0, 0.3, 1.0):
        target = tmp_path / f"{share}.onnx"
        card = export(one, target, blend=Blend(two, share))
        maps[share] = Network(target).run(scan)
        assert card.training["blended_with"]["share"] == share
        assert card.training["blended_with"]["run"] == str(tmp_path / "two")
    export(one, tmp_path / "one.onnx")
    export(two, tmp_path / "two.onnx")
    assert np.array_equal(maps[0.0], Network(tmp_path / "one.onnx").run(scan))
    assert np.array_equal(maps[1.0], Network(tmp_path / "two.onnx").run(scan))
    assert not np.array_equal(maps[0.3], maps[0.0])


def test_an_existing_run_is_not_overwritten(config: TrainingConfig) -> None:
    train(replace(config, steps=1))
    with pytest.raises(TrainingError, match="--resume"):
        train(config)


def test_a_run_of_another_network_does_not_go_on(config: TrainingConfig) -> None:
    checkpoint = train(replace(config, steps=1))
    state = torch.load(checkpoint, weights_only=True)
    state["network"].pop("merge.1.3.second.1.weight")  # as where a version before made the network
    torch.save(state, checkpoint)
    with pytest.raises(TrainingError, match="of another network"):
        train(config, resume=True)


def test_an_exported_network_says_the_same_as_its_checkpoint(config: TrainingConfig, tmp_path: Path) -> None:
    checkpoint = train(replace(config, steps=2))
    target = tmp_path / "tiny.onnx"
    card = export(checkpoint, target, name="tiny", operating_point=OperatingPoint(score=0.25))
    recognizer = Recognizer.load(target)
    assert recognizer.card == card
    assert recognizer.name == "tiny"
    assert [entry["name"].split()[1] for entry in card.trained_on] == ["STM", "surfaces", "electron"]
    network, _ = load_network(checkpoint)
    views = np.random.default_rng(0).normal(size=(2, 96, 64)).astype(np.float32)
    with torch.no_grad():
        expected = network.predict(torch.from_numpy(views)[None])[0].numpy()
    np.testing.assert_allclose(recognizer._network.run(views), expected, atol=5e-3)
    assert recognizer.recognise(Scan(np.random.default_rng(1).random((50, 70)))).shape_px == (50, 70)


def test_a_checkpoint_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "prose.pt").write_text("no checkpoint")
    with pytest.raises(TrainingError, match="is not a checkpoint"):
        export(tmp_path / "prose.pt", tmp_path / "x.onnx")
    with pytest.raises(TrainingError, match="there is no such checkpoint"):
        export(tmp_path / "missing.pt", tmp_path / "x.onnx")
    assert not (tmp_path / "x.onnx").exists()


def test_a_loss_that_is_no_number_stops_with_a_sentence(config: TrainingConfig) -> None:
    with pytest.raises(TrainingError, match="no longer a number"):
        train(replace(config, learning_rate=1e30, warmup_steps=1, steps=12))


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.name)
def test_each_shipped_config_is_valid(path: Path) -> None:
    assert read_config(path).steps > 0


def test_a_config_with_a_fault_says_which(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    for text, message in (
        ("setps = 3", "unknown setting 'setps'"),
        ("steps = ", "is not a TOML file"),
        ('family = "oracle"', "no network family 'oracle'"),
        ("shares = {simulated = 0.5}", "must add up to 1"),
        ("shares = {simulated = 0.4, emsp = 0.6}", "unknown source 'emsp'"),
        ("shares = 3", "shares must be a table of shares"),
        ('shares = {simulated = "all"}', "each share of a source must be a number"),
        ('steps = "a"', "steps must be a whole number, not 'a'"),
        ("steps = -1", "steps must be more than 0, not -1"),
        ("threads = true", "threads must be a whole number"),
        ("workers = 0", "workers must be more than 0"),
        ('device = "tpu"', "device must be one of auto, cpu, cuda, not 'tpu'"),
        ("seed = -2", "seed must be 0 or more"),
        ("learning_rate = nan", "learning_rate must be more than 0"),
        ("crop_px = 50", "crop_px must be a multiple of 32 from 64 on, not 50"),
        ("simulated_side_px = 20", "simulated_side_px must be at least 64"),
    ):
        path.write_text(text)
        with pytest.raises(TrainingError, match=message):
            read_config(path)
    with pytest.raises(TrainingError, match="cannot be read"):
        read_config(tmp_path / "missing.toml")


def test_validation_pictures_never_train(shared_data: Path) -> None:
    training = real_examples(shared_data, validation=False)
    held_out = real_examples(shared_data, validation=True)
    assert not {example.name for example in training} & {example.name for example in held_out}
    for source in ("emps", "dsb2018"):
        assert sum(example.source == source for example in held_out) > 20
        assert sum(example.source == source for example in training) > 200


def test_a_simulated_set_grows_without_changing(tmp_path: Path) -> None:
    few = simulated_examples(tmp_path / "a", 2, 48, 7, jobs=1)
    more = simulated_examples(tmp_path / "b", 3, 48, 7, jobs=1)
    for one, other in zip(few, more, strict=False):
        np.testing.assert_array_equal(one.values, other.values)
        np.testing.assert_array_equal(one.labels, other.labels)


def test_the_learning_rate_rises_stays_and_falls() -> None:
    shares = [learning_rate_share(step, 1000, 50) for step in range(1000)]
    assert shares[0] == pytest.approx(0.02)
    assert set(shares[50:600]) == {1.0}
    assert all(later <= earlier for earlier, later in pairwise(shares[600:]))
    assert shares[-1] < 0.02


def test_the_average_follows_the_weights() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    average = RunningAverage(network, 0.9)
    for value in (1.0, 1.0, 1.0):
        torch.nn.init.constant_(network.weight, value)
        for _ in range(60):
            average.update(network)
    assert float(average.state["weight"]) == pytest.approx(1.0, abs=0.01)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has an accelerator")
def test_an_accelerator_that_is_not_there_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="torch sees no such accelerator here; set device = 'cpu'"):
        train(TrainingConfig(run=str(tmp_path / "run"), device="cuda"))


def test_the_card_names_what_trained_and_nothing_else(config: TrainingConfig, tmp_path: Path) -> None:
    first = train(replace(config, shares={"simulated": 0.5, "micrograph": 0.5}, steps=1))
    later = replace(config, run=str(tmp_path / "later"), shares={"simulated": 0.5, "texture": 0.5}, steps=2)
    assert torch.load(train(later, stop_after=1), weights_only=True)["sources"] == ["simulated", "texture"]
    started = replace(later, run=str(tmp_path / "started"), start=str(first))
    train(started, stop_after=1)
    card = export(train(started, resume=True), tmp_path / "started.onnx")
    assert [entry["name"].split()[1] for entry in card.trained_on] == ["STM", "electron", "surfaces"]
    blended = export(tmp_path / "later/checkpoint.pt", tmp_path / "blended.onnx", blend=Blend(first, 0.5))
    assert [entry["name"].split()[1] for entry in blended.trained_on] == ["STM", "surfaces", "electron"]


def test_real_sets_without_a_share_do_not_count(config: TrainingConfig, shared_data: Path) -> None:
    alone = replace(config, data=str(shared_data), shares={"simulated": 1.0}, steps=1)
    assert torch.load(train(alone), weights_only=True)["sources"] == ["simulated"]


def test_a_log_that_goes_on_repeats_no_step_and_forgets_a_torn_row(config: TrainingConfig) -> None:
    train(config, stop_after=2)
    log = Path(config.run) / "log.csv"
    rows = log.read_text()
    log.write_text(rows + "3,held out,1,1,1,1\n4,held o")  # killed after the checkpoint
    train(config, resume=True)
    steps = [line.split(",")[0] for line in log.read_text().splitlines()]
    assert steps == ["step", "1", "2", "3", "4"]


@pytest.mark.parametrize("begun", ["", "step,se"])
def test_a_log_that_was_hardly_begun_is_begun_anew(config: TrainingConfig, begun: str) -> None:
    Path(config.run).mkdir()
    log = Path(config.run) / "log.csv"
    log.write_text(begun)
    train(replace(config, steps=1))
    assert [line.split(",")[0] for line in log.read_text().splitlines()] == ["step", "1"]
