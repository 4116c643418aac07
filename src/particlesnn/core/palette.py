"""The fiery palette that STM users know from WSxM as "Julio", by its anchor colours."""

JULIO_ANCHORS: tuple[tuple[float, tuple[int, int, int]], ...] = (
    (0.00, (23, 8, 3)),
    (0.20, (84, 32, 10)),
    (0.45, (176, 80, 16)),
    (0.70, (237, 151, 44)),
    (0.88, (252, 214, 116)),
    (1.00, (255, 250, 214)),
)
"""Share of the height range from 0 (lowest) to 1 (highest), and its colour (red, green, blue) in 0 to 255.

Colours in between are interpolated linearly. Dark brown, orange, pale yellow: the lightness rises steadily, so that the
picture reads as heights also in print without colour.
"""
