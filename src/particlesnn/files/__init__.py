"""Scans and contours in; pictures, contours and tables out: the files that microscopists have and want."""

from particlesnn.files.annotations import AnnotationKind, looks_like_contours, read_annotations, write_annotations
from particlesnn.files.coco import read_coco, to_coco, write_coco
from particlesnn.files.columnar import check_parquet, write_parquet
from particlesnn.files.imagej import read_imagej, write_imagej
from particlesnn.files.labelme import read_labelme, write_labelme
from particlesnn.files.labels import rasterise, read_labels, write_labels
from particlesnn.files.open_scan import list_channels, open_scan
from particlesnn.files.palettes import PALETTES, colour, save_picture, to_grey8
from particlesnn.files.spreadsheet import write_xlsx
from particlesnn.files.tables import Table, image_table, particle_rows, particle_table, write_csv, write_json
from particlesnn.files.via import read_via, write_via
from particlesnn.files.wsxm_ascii import write_wsxm_ascii

__all__ = [
    "PALETTES",
    "AnnotationKind",
    "Table",
    "check_parquet",
    "colour",
    "image_table",
    "list_channels",
    "looks_like_contours",
    "open_scan",
    "particle_rows",
    "particle_table",
    "rasterise",
    "read_annotations",
    "read_coco",
    "read_imagej",
    "read_labelme",
    "read_labels",
    "read_via",
    "save_picture",
    "to_coco",
    "to_grey8",
    "write_annotations",
    "write_coco",
    "write_csv",
    "write_imagej",
    "write_json",
    "write_labelme",
    "write_labels",
    "write_parquet",
    "write_via",
    "write_wsxm_ascii",
    "write_xlsx",
]
