"""Training as Okunev et al. 2020 did: Cascade Mask R-CNN from COCO weights, on whole scans, for epochs."""
