"""The oracle's side of the losses: what mmdetection 3.3.0 would train on, where nothing is left to chance.

Runs in its own environment (``make parity`` makes it), never in the package's.

    python parity/mmdet_losses.py CASES.json FOLDER

Samplers take all there is, so that both sides compare the same boxes.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import mmdet_side
import numpy as np
import torch
from mmdet.structures import DetDataSample
from mmdet.structures.mask import BitmapMasks
from mmdet.utils import register_all_modules
from mmengine.structures import InstanceData

ALL = 10**6
"""More than there are boxes of any kind."""


def truth_of(labels: np.ndarray, boxes: np.ndarray) -> DetDataSample:
    """Make mmdetection's truth of a picture of labels and its boxes."""
    rows, columns = labels.shape
    sample = DetDataSample()
    sample.set_metainfo({"img_shape": (rows, columns), "pad_shape": (rows, columns), "batch_input_shape": labels.shape})
    masks = np.stack([labels == number + 1 for number in range(len(boxes))]).astype(np.uint8)
    sample.gt_instances = InstanceData(
        bboxes=torch.from_numpy(boxes), labels=torch.zeros(len(boxes), dtype=torch.long),
        masks=BitmapMasks(masks, rows, columns),
    )  # fmt: skip
    return sample


def losses(network: Any, given: Any) -> dict[str, float]:
    """Return mmdetection's losses by our names, those of the stages weighted and added up."""
    samples = [truth_of(given["labels"], given["boxes"])]
    network.train()
    found = network.loss(torch.from_numpy(given["images"]), samples)
    total = {"proposal": 0.0, "proposal_box": 0.0, "kind": 0.0, "box": 0.0, "mask": 0.0}
    names = {"loss_rpn_cls": "proposal", "loss_rpn_bbox": "proposal_box"} | {
        f"s{stage}.loss_{theirs}": ours
        for stage in range(3)
        for theirs, ours in (("cls", "kind"), ("bbox", "box"), ("mask", "mask"))
    }
    for theirs, ours in names.items():
        values = found[theirs] if isinstance(found[theirs], list) else [found[theirs]]
        total[ours] += float(sum(values))
    return total


def main(cases_file: Path, folder: Path) -> None:
    """Run all cases; each leaves NAME.pth and NAME.losses.json."""
    warnings.filterwarnings("ignore")
    torch.set_grad_enabled(False)
    register_all_modules()
    for case in json.loads(cases_file.read_text()):
        changes = {"model.train_cfg.rpn.sampler.num": ALL}
        changes |= {f"model.train_cfg.rcnn.{stage}.sampler.num": ALL for stage in range(3)}
        network = mmdet_side.build(case | {"changes": case["changes"] | changes})
        mmdet_side.load_filled(network, case["seed"], {})
        calibration = mmdet_side.calibrate(network, case, np.load(folder / f"{case['name']}.picture.npy"))
        mmdet_side.load_filled(network, case["seed"], calibration)
        mmdet_side.save_checkpoint(network, folder / f"{case['name']}.pth")
        found = losses(network, np.load(folder / f"{case['name']}.npz"))
        (folder / f"{case['name']}.losses.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
