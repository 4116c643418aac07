"""From a scan to its reconstruction, and when there is none."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from particlesnn.core import ParticleMap, Scan, TipError
from particlesnn.surface import TipChoice, reconstruct
from particlesnn.surface.conditioning import condition, noise_of
from tests.surface.shapes import PIXEL, circles, paraboloid, pillars, rough, scanned

RADII = [0.6, 1.5, 3.0, 5.0] * 4
HEIGHT = 3.0


def scene(radius_nm: float = 3.0, noise: float = 0.0, seed: int = 0) -> tuple[Scan, ParticleMap, np.ndarray]:
    """A scan of pillars, their contours as the tip shows them, and the surface itself."""
    surface, places = pillars(RADII, HEIGHT)
    surface = surface + 0.01 * rough(seed, 160)
    tip = paraboloid(radius_nm, 10)
    broadening = np.sqrt(2 * radius_nm * 0.75 * HEIGHT) / PIXEL
    values = scanned(surface, tip) + noise * np.random.default_rng(seed).normal(size=surface.shape)
    particles = circles(places, [radius + broadening for radius in RADII])
    return Scan(values, "nm", (PIXEL, PIXEL), source="pillars"), particles, surface


def test_a_given_tip_brackets_the_surface() -> None:
    scan, particles, surface = scene()
    made = reconstruct(scan, particles, TipChoice(3.0))
    inner = (slice(12, -12),) * 2
    lines = 0.03  # what `condition` takes for the jitter of lines, of a height of 3
    assert (surface <= made.surface_nm + lines)[inner].all()
    assert (made.surface_nm <= made.recorded_nm)[inner].all()
    assert np.mean(made.recorded_nm - surface) > 2 * np.mean(made.surface_nm - surface)
    certain = made.certain[inner]
    assert 0 < made.uncertain_share < 1
    assert np.quantile(np.abs(made.surface_nm - surface)[inner][certain], 0.99) < lines


@pytest.mark.parametrize(("noise", "radius", "too_sharp"), [(0.0, 0.03, 0.01), (0.03, 0.2, 0.6)])
@pytest.mark.parametrize("seed", range(2))
def test_a_blind_tip_of_sharp_pillars_is_the_tip(noise: float, radius: float, too_sharp: float, seed: int) -> None:
    """A peak that noise moved by one pixel of 0.5 nm shifts a side that falls by 1.3 nm a nm."""
    scan, particles, _ = scene(noise=noise, seed=seed)
    tip = reconstruct(scan, particles, TipChoice()).tip
    assert tip.radius_nm == pytest.approx(3.0, rel=radius)
    assert tip.known == "blind"
    assert tip.threshold_nm == pytest.approx(4 * max(noise, noise_of(scan.values)), rel=0.3)
    true = paraboloid(3.0, tip.reach_px[0])[tip.reach_px[0]]
    width = tip.heights_nm[tip.reach_px[0]]
    assert (true <= width + too_sharp)[true > -HEIGHT].all()


def test_spikes_scars_and_lines_change_little() -> None:
    scan, particles, _ = scene(noise=0.02)
    rng = np.random.default_rng(1)
    values = scan.values.copy()
    values += 0.2 * rng.normal(size=(160, 1))
    for row, column in rng.integers(10, 150, (12, 2)):
        values[row, column : column + 2] += 2.0
    values[80, 30:110] -= 1.5
    clean, faulty = (
        reconstruct(Scan(each, "nm", (PIXEL, PIXEL)), particles, TipChoice()) for each in (scan.values, values)
    )
    assert faulty.tip.radius_nm == pytest.approx(clean.tip.radius_nm, rel=0.25)
    difference = faulty.surface_nm - clean.surface_nm
    assert np.quantile(np.abs(difference - np.median(difference)), 0.95) < 0.3


def test_pixels_need_not_be_square() -> None:
    scan, particles, _ = scene()
    stretched = Scan(scan.values, "nm", (PIXEL, 2 * PIXEL))
    tip = reconstruct(stretched, particles, TipChoice(3.0)).tip
    assert tip.reach_px[0] > tip.reach_px[1]


def test_what_no_tip_can_be_taken_off_is_told_so() -> None:
    scan, particles, _ = scene()
    for other, said in (
        (Scan(scan.values, None, (PIXEL, PIXEL), source="sem.png"), "sem.png is a picture of grey levels"),
        (Scan(scan.values, "nm", None, source="a.txt"), "a.txt has no scale"),
    ):
        with pytest.raises(TipError, match=said):
            reconstruct(other, particles, TipChoice(3.0))


def test_when_a_scan_cannot_tell_the_tip() -> None:
    scan, particles, _ = scene()
    with pytest.raises(TipError, match="no particles"):
        reconstruct(scan, ParticleMap(scan.shape_px), TipChoice())
    flat = Scan(0.1 * np.random.default_rng(0).normal(size=(160, 160)), "nm", (PIXEL, PIXEL), source="flat")
    with pytest.raises(TipError, match="flat is too flat for its noise"):
        reconstruct(flat, particles, TipChoice())
    rows, columns = np.mgrid[:160, :160]
    hill = 3 * np.exp(-((rows - 80.0) ** 2 + (columns - 80.0) ** 2) / 40**2)
    swells = Scan(hill + 1e-4 * rough(1, 160), "nm", (PIXEL, PIXEL), source="swells")
    with pytest.raises(TipError, match=r"swells (cannot tell the tip from the particles|is too flat)"):
        reconstruct(swells, circles([(80.0, 80.0)], [12.0]), TipChoice())


def test_a_given_tip_that_is_too_blunt_is_refused() -> None:
    scan, particles, _ = scene(noise=0.02)
    for radius in (1.0, 3.0, 3.5):
        assert reconstruct(scan, particles, TipChoice(radius)).tip.radius_nm == radius
    with pytest.raises(TipError, match="a tip of 20 nm cannot have made pillars: it is too blunt"):
        reconstruct(scan, particles, TipChoice(20.0))


def test_conditioning_leaves_a_clean_scan_as_it_is() -> None:
    scan, _, _ = scene()
    conditioned = condition(scan.values, HEIGHT)
    assert np.abs(conditioned.heights - scan.values).max() < 0.03
    noisy = scan.values + 0.3 * np.random.default_rng(0).normal(size=scan.shape_px)
    assert condition(noisy, HEIGHT).noise < 0.15  # smoothed
    assert noise_of(noisy) == pytest.approx(0.3, rel=0.1)


def test_noise_that_is_alike_along_a_line_is_measured_from_line_to_line() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(200, 400))
    along = noise + np.roll(noise, 1, axis=1)  # correlated along x
    assert noise_of(along) == pytest.approx(np.sqrt(2), rel=0.05)
    for smoothing in (0.7, 1.5):
        assert noise_of(along, smoothing) == pytest.approx(gaussian_filter(along, smoothing).std(), rel=0.1)
