import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from particlesnn.report.embedding import data_uri, small_jpeg

NOISE = np.random.default_rng(0).integers(0, 256, (900, 1300, 3), dtype=np.uint8)


@pytest.mark.parametrize("limit", [600_000, 200_000, 60_000])
def test_limit_is_kept_even_by_noise(limit):
    content = small_jpeg(NOISE, limit)
    assert len(content) <= limit
    with Image.open(BytesIO(content)) as picture:
        assert picture.width / picture.height == pytest.approx(1300 / 900, rel=0.02)


def test_more_room_gives_a_larger_picture():
    widths = [Image.open(BytesIO(small_jpeg(NOISE, limit))).width for limit in (30_000, 100_000, 400_000)]
    assert widths == sorted(set(widths))


def test_pictures_never_vanish():
    with Image.open(BytesIO(small_jpeg(NOISE, 1))) as picture:
        assert max(picture.size) == 160


def test_small_pictures_are_not_enlarged():
    with Image.open(BytesIO(small_jpeg(NOISE[:40, :50], 10**6))) as picture:
        assert picture.size == (50, 40)


def test_address_holds_the_file():
    address = data_uri(b"abc", "image/png")
    assert address.startswith("data:image/png;base64,")
    assert base64.b64decode(address.split(",")[1]) == b"abc"
