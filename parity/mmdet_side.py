"""The oracle's side: runs mmdetection 3.3.0 on a CPU and writes down what it computes.

Runs in its own environment (``make parity`` makes it), never in the package's.

    python parity/mmdet_side.py CASES.json OUT_DIR
"""

import json
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import mmcv_stand_in

mmcv_stand_in.install()

import mmdet  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from filling import SCALE, fill  # noqa: E402
from mmcv.transforms import Compose  # noqa: E402
from mmdet.models.backbones import ResNeXt  # noqa: E402
from mmdet.registry import MODELS  # noqa: E402
from mmdet.utils import register_all_modules  # noqa: E402
from mmengine.config import Config  # noqa: E402

CONFIGS = Path(mmdet.__file__).parent / ".mim" / "configs"


MEANT = {
    "rpn_cls": (-1.0, 1.5),
    "rpn_reg": (0.0, 0.3),
    "fc_cls": (0.0, 3.0),
    "fc_reg": (0.0, 0.7),
    "conv_logits": (0.5, 2.0),
}
"""Mean and standard deviation that the outputs of the last layers are brought to."""


def build(case: dict[str, Any]) -> Any:
    """Make mmdetection's own network by its own configuration file, with the case's changes."""
    config = Config.fromfile(CONFIGS / case["config"])
    config.merge_from_dict(case.get("changes", {}))
    config.model.backbone.init_cfg = None
    if "depth" in case:  # shallower than any that mmdetection names
        depth, blocks = case["depth"]
        ResNeXt.arch_settings[depth] = (ResNeXt.arch_settings[50][0], tuple(blocks))
        config.model.backbone.depth = depth
    return MODELS.build(config.model).eval()


def load_filled(network: Any, seed: int, calibration: dict[str, np.ndarray]) -> None:
    """Fill a network by the rule."""
    state = fill({key: value.shape for key, value in network.state_dict().items()}, seed, calibration)
    network.load_state_dict({key: torch.from_numpy(np.asarray(value)) for key, value in state.items()})


def save_checkpoint(network: Any, path: Path) -> None:
    """Save as mmdetection's published files are: a state and what is known of it."""
    meta = {"mmdet_version": mmdet.__version__, "dataset_meta": {"CLASSES": ("thing",)}}
    torch.save({"state_dict": network.state_dict(), "meta": meta}, path)


def calibrate(network: Any, case: dict[str, Any], picture: np.ndarray) -> dict[str, np.ndarray]:
    """Find the vectors that keep features of order one and spread scores, in one run on one picture."""
    found: dict[str, np.ndarray] = {}

    def watch(name: str, module: Any) -> None:
        def adjust(_: Any, inputs: Any, output: torch.Tensor) -> torch.Tensor:
            handle.remove()  # a head that runs on many levels is brought in order on the first
            over = [0, *range(2, output.ndim)]
            mean, spread = output.mean(over), output.std(over).clamp(min=1e-3)
            if isinstance(module, torch.nn.BatchNorm2d):
                of_one = (module.running_var + module.eps).sqrt() / module.weight
                module.running_mean += (mean - module.bias) * of_one
                module.running_var *= (spread / module.weight) ** 2
                found[f"{name}.running_mean"] = module.running_mean.numpy()
                found[f"{name}.running_var"] = module.running_var.numpy()
            else:
                meant_mean, meant_spread = MEANT[name.rsplit(".")[-1]]
                scale = meant_spread / spread
                module.weight *= scale.view(-1, *[1] * (module.weight.ndim - 1))
                module.bias.copy_((module.bias - mean) * scale + meant_mean)
                found[f"{name}.weight{SCALE}"] = scale.numpy()
                found[f"{name}.bias"] = module.bias.numpy()
            return module.forward(*inputs)

        handle = module.register_forward_hook(adjust)

    for name, module in network.named_modules():
        if isinstance(module, torch.nn.BatchNorm2d) or name.rsplit(".")[-1] in MEANT:
            watch(name, module)
    run(network, case, picture)
    return {name: values.copy() for name, values in found.items()}


def prepare(case: dict[str, Any], picture: np.ndarray) -> dict[str, Any]:
    """Run the picture (H, W, 3; blue, green, red) through mmdetection's test pipeline."""
    scale = tuple(picture.shape[1::-1]) if case.get("as_they_are") else tuple(case["scale"])
    steps = [
        {"type": "mmdet.LoadImageFromNDArray"},
        {"type": "mmdet.Resize", "scale": scale, "keep_ratio": True},
        {"type": "mmdet.PackDetInputs", "meta_keys": ("ori_shape", "img_shape", "scale_factor")},
    ]
    packed = Compose(steps)({"img": picture, "img_id": 0})
    return {"inputs": [packed["inputs"]], "data_samples": [packed["data_samples"]]}


def run(network: Any, case: dict[str, Any], picture: np.ndarray) -> dict[str, np.ndarray]:
    """Return everything that is compared, by name, and what the prediction took."""
    begun, busy = time.perf_counter(), time.process_time()
    batch = network.data_preprocessor(prepare(case, picture))
    inputs, samples = batch["inputs"], batch["data_samples"]
    found = {"input": inputs.numpy(), "image_shape": np.array(samples[0].metainfo["img_shape"])}
    start = time.perf_counter()
    features = network.backbone(inputs)
    levels = network.neck(features)
    found["features_seconds"] = np.array(time.perf_counter() - start)
    found |= {f"feature_{number}": each.numpy() for number, each in enumerate(features)}
    found |= {f"level_{number}": each.numpy() for number, each in enumerate(levels)}
    proposals = network.rpn_head.predict(levels, samples, rescale=False)
    found |= {"proposals": proposals[0].bboxes.numpy(), "objectness": proposals[0].scores.numpy()}
    (result,) = network.roi_head.predict(levels, proposals, samples, rescale=True)
    found["seconds"] = np.array(time.perf_counter() - begun)
    found["core_seconds"] = np.array(time.process_time() - busy)
    found["peak_gib"] = np.array(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
    found |= {"boxes": result.bboxes.numpy(), "scores": result.scores.numpy(), "labels": result.labels.numpy()}
    found |= {"masks": np.packbits(result.masks.numpy(), axis=-1), "shape": np.array(picture.shape[:2])}
    return found


def main(cases_file: Path, folder: Path) -> None:
    """Run all cases; each leaves NAME.pth, and NAME-PICTURE.npz for each picture."""
    warnings.filterwarnings("ignore")
    torch.set_grad_enabled(False)
    register_all_modules()
    for case in json.loads(cases_file.read_text()):
        network = build(case)
        load_filled(network, case["seed"], {})
        pictures = {name: np.load(folder / f"{name}.npy") for name in case["pictures"]}
        calibration = calibrate(network, case, next(iter(pictures.values())))
        load_filled(network, case["seed"], calibration)
        save_checkpoint(network, folder / f"{case['name']}.pth")
        np.savez(folder / f"{case['name']}.calibration.npz", **calibration)
        for name, pixels in pictures.items():
            np.savez(folder / f"{case['name']}-{name}.npz", **run(network, case, pixels))
        del network


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
