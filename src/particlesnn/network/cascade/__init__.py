"""The cascade family: Cascade Mask R-CNN (Cai and Vasconcelos 2021), from boxes to masks in three stages."""
