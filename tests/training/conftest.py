"""Trainings of tests validate on two crops, not on 48: that took most of their time."""

from importlib import import_module

import pytest


@pytest.fixture(autouse=True)
def few_validation_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("particlesnn.training.train"), "_VALIDATION_CROPS", 2)
