"""The card that travels with the weights."""

import hashlib
import json
from dataclasses import replace

from particlesnn.recognition import WeightCard


def test_a_card_that_was_read_keeps_its_text_and_digest() -> None:
    written = WeightCard("w", "dense", "1", 32).to_json()
    of_old = json.dumps({**json.loads(written), "operating_point": {"score": 0.5}})  # fewer thresholds than today
    card = WeightCard.from_json(of_old)
    assert card.to_json() == of_old
    assert card.digest == hashlib.sha256(of_old.encode()).hexdigest()
    changed = replace(card, name="other")
    assert json.loads(changed.to_json())["name"] == "other"
    assert changed.digest != card.digest
