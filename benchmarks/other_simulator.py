"""A second, independent simulator of STM scans: python benchmarks/other_simulator.py -o FOLDER [-n 2].

It trains no network and shares nothing with `particlesnn.simulation`: one that merely learned the habits of that is
found out here. Inside, the pixel is the unit of length in all three directions; heights become nm at the very end.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import fft, ndimage, signal, spatial, special
from skimage import measure

from particlesnn.core import Contour, Particle, ParticleMap, Scan

Field = NDArray[np.float64]
Box = tuple[slice, slice]
SIDE, MARGIN, FINE = 512, 24, 2  # px of a side, of the margin around it; points in a px of the fine grid
WIDE, INSET = SIDE + 2 * MARGIN, slice(MARGIN, -MARGIN)
MAX_STRETCH = {"cap": 1.15, "hemispheroid": 1.4, "ellipsoid": 1.8, "polyhedron": 1.15, "disc": 1.15, "pair": 1.15}
BORDER = 0.25  # share of its height at which a particle ends
PROMINENCE = 0.12  # share of its height by which a particle's top must rise above the pass to a higher neighbour


class Tier(NamedTuple):
    """Number of particles, their mean diameter in px, factor on the disturbances, white noise in median heights."""

    number: int
    diameter_px: float
    disturbance: float
    white: tuple[float, float]


class Bump(NamedTuple):
    """A particle as the tip traces it alone: heights in px over ``base``; its first point on the surface's grid."""

    profile: Field
    corner: NDArray[np.int64]
    base: float
    height: float


TIERS: Mapping[str, Tier] = {
    "easy": Tier(120, 25.0, 0.7, (0.008, 0.025)),
    "medium": Tier(172, 22.0, 1.0, (0.01, 0.04)),
    "dense": Tier(377, 20.0, 1.0, (0.01, 0.04)),
    "packed": Tier(800, 17.6, 1.0, (0.01, 0.04)),  # 17 px once the higher neighbours have taken their share
    "noisy": Tier(150, 22.0, 2.0, (0.2, 0.2)),
}


def random_field(rng: np.random.Generator, length_px: float) -> Field:
    """Draw a smooth field of unit variance, correlated over ``length_px``, on the wide grid of whole pixels."""
    field = ndimage.gaussian_filter(rng.standard_normal((WIDE, WIDE)), length_px, mode="wrap")
    return np.asarray(field / field.std(), dtype=np.float64)


def draw_tip(rng: np.random.Generator, depth: float, reach: float) -> Field:
    """Draw a tip, as heights in px on the fine grid: ``depth`` px above its apex it is about ``reach`` px thick."""
    # A paraboloid, or a cone with a round apex (a hyperboloid); some flattened, leaning, or with a lesser second apex.
    turn, flat, lean = rng.uniform(0, 2 * np.pi), rng.uniform(1, 1.35) ** 0.5, rng.choice([0, rng.uniform(0, 0.35)])
    cone, slope = rng.random() < 0.6, depth / reach * rng.uniform(1.05, 2.5)
    blunt = ((slope * reach) ** 2 - depth**2) / (2 * depth)
    apexes = np.zeros((3, 1 + (rng.random() < 0.1), 1, 1))
    apexes[:, 1:, 0, 0] = rng.uniform([[-0.7], [-0.7], [0.15]], [[0.7], [0.7], [0.5]]) * [[reach], [reach], [depth]]
    line = np.arange(-1.5 * MARGIN, 1.5 * MARGIN + 1 / FINE, 1 / FINE)
    x, y, above = line[None, :] - apexes[0], line[:, None] - apexes[1], apexes[2]
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    axial = np.hypot(u * flat, v / flat) + lean * u
    shape = np.hypot(slope * axial, blunt) - blunt if cone else depth * (axial / reach) ** 2
    return np.asarray((shape + above).min(axis=0), dtype=np.float64)


def dilate(surface: Field, tip: Field, depth: float) -> Field:
    """Trace a surface (px, -inf: nothing) with the part of a tip up to ``depth`` px; the result is wider by it."""
    offsets, rises = np.argwhere(tip < depth) - len(tip) // 2, tip[tip < depth].tolist()
    pad = int(np.abs(offsets).max())
    height, width = np.add(surface.shape, 2 * pad).tolist()
    # Whole runs of points are far quicker than squares; what runs over the right edge is nothing (-inf).
    flat = np.pad(surface, ((0, 0), (0, 2 * pad)), constant_values=-np.inf).ravel()
    traced, lower = np.full(height * width + 2 * pad, -np.inf), np.empty_like(flat)
    for start, rise in zip(((offsets + pad) @ (width, 1)).tolist(), rises, strict=True):
        np.maximum(part := traced[start : start + len(flat)], np.subtract(flat, rise, out=lower), out=part)
    return traced[: height * width].reshape(height, width)


def bare_body(kind: str, seed: int, radius: float, height: float, spacing: float) -> Field:
    """Return a bare particle, heights in px, -inf outside; the same seed gives the same figure at every size in px."""
    rng = np.random.default_rng(seed)
    half = np.ceil((1.9 if kind in ("polyhedron", "pair") else 1.25 * MAX_STRETCH[kind] ** 0.5) * radius / spacing)
    line = np.arange(-half, half + 1) * spacing / radius
    turn, stretch = rng.uniform(0, np.pi), rng.uniform(1, MAX_STRETCH[kind])
    u = (line[None, :] * np.cos(turn) + line[:, None] * np.sin(turn)) / stretch**0.5
    v = (line[:, None] * np.cos(turn) - line[None, :] * np.sin(turn)) * stretch**0.5
    waves, angle = np.arange(2, 5), np.arctan2(v, u)[..., None]
    uneven = rng.normal(0, 0.05, 3) / waves**0.5 * np.cos(waves * angle + rng.uniform(0, 2 * np.pi, 3))
    squared = (u**2 + v**2) * (1 + uneven.sum(axis=-1)) ** 2
    if kind == "cap":
        # Taller than wide it overhangs: from above it is a ball whose lower half is hidden.
        ball = (radius / height + height / radius) / 2 if height < radius else 1.0
        body = height + radius * (np.sqrt(np.clip(ball**2 - squared, 0, None)) - ball)
    elif kind == "polyhedron":
        # fcc with a (111) or (100) top: the slopes are those of {111} and {100} side facets against that top. The soft
        # minimum rounds edges and corners, as those of real crystals are.
        slopes = np.tile([2.83, 1.41], 3) if rng.random() < 0.75 else np.full(4, 1.41)
        ways, far = np.arange(len(slopes)) * 2 * np.pi / len(slopes), rng.normal(1.0, 0.09, len(slopes))
        facets = radius * slopes * (far - u[..., None] * np.cos(ways) - v[..., None] * np.sin(ways))
        soft = 0.1 * radius
        body = -soft * np.log(np.exp(-min(height, 0.9 * radius) / soft) + np.exp(-facets / soft).sum(axis=-1))
    elif kind == "pair":
        # Two grown together; surface diffusion has filled the neck between them.
        apart, ratio = rng.uniform(0.5, 0.85), rng.uniform(0.65, 1.0)
        one, two = 1 - (u + apart / 2) ** 2 - v**2, ratio**2 - (u - apart / 2) ** 2 - v**2
        body = height * (np.clip(one, 0, None) ** 1.5 + np.clip(two, 0, None) ** 1.5) ** (1 / 3)
    else:
        dome, flat = (np.clip(1 - squared**power, 0, None) ** 0.5 for power in (1, rng.uniform(1.5, 4)))
        body = height * {"hemispheroid": dome, "ellipsoid": (1 + dome) / 2, "disc": 0.6 * flat}[kind]
    inside = body > 0 if kind in ("polyhedron", "pair") else squared < 1
    spare = int(min(index.min() for index in np.nonzero(inside | inside[::-1, ::-1])))
    return np.where(inside, body, -np.inf)[spare : len(line) - spare, spare : len(line) - spare]


def traced_body(kind: str, seed: int, diameter: float, height: float, tip: Field) -> Field:
    """Return a particle's profile under the tip on the fine grid, ``diameter`` px wide where the particle ends."""
    # The tip widens each particle by another amount, so a first guess is adjusted; coarsely, for that is quick.
    profile = dilate(bare_body(kind, seed, 0.4 * diameter, height, 1.0), tip[::FINE, ::FINE], height)
    wide = np.sqrt(4 / np.pi * np.count_nonzero(profile > BORDER * profile.max()))
    radius = max(0.4 * diameter + 0.55 * (diameter - wide), 0.12 * diameter)
    # The flank goes on below the base: the next terrace may lie lower.
    return dilate(bare_body(kind, seed, radius, height, 1 / FINE), tip, 1.4 * height)


def draw_support(rng: np.random.Generator, nm_px: float, height: float) -> tuple[Field, Field]:
    """Draw the support of particles about ``height`` px high: its heights and the distance to the next step, in px."""
    kind = rng.choice(["graphite", "oxide", "mosaic"], p=[0.6, 0.22, 0.18])
    y, x = np.mgrid[-WIDE / 2 : WIDE / 2, -WIDE / 2 : WIDE / 2]
    support, distance = random_field(rng, 2) * rng.uniform(0.002, 0.012) * height, np.full(x.shape, np.inf)
    for _ in range(0 if kind == "mosaic" else rng.choice([1, 1, 1, 2])):
        turn = rng.uniform(0, 2 * np.pi)
        along = x * np.cos(turn) + y * np.sin(turn) + random_field(rng, 4) * 0.8
        along += random_field(rng, rng.uniform(50, 120)) * 35 ** rng.uniform(-0.2, 1)
        for place in rng.uniform(-WIDE / 2, WIDE / 2, rng.integers(0, 6)):
            # A single layer of graphite is 0.335 nm; steps of two and three layers are common.
            layers = rng.choice([1, 1, 1, 2, 3]) if height * nm_px > 2 else 1
            support += 0.335 / nm_px * layers * special.expit((along - place) / 0.5)
            distance = np.minimum(distance, np.abs(along - place))
    if kind == "oxide":
        support += random_field(rng, rng.uniform(14, 60)) * rng.uniform(0.05, 0.16) * height
        support += random_field(rng, rng.uniform(3, 6)) * rng.uniform(0.015, 0.045) * height
    if kind == "mosaic":
        # Slightly misaligned blocks, with the grooves that annealing etches between them.
        points = np.stack([y, x], axis=-1) + 6 * np.stack([random_field(rng, 25), random_field(rng, 25)], axis=-1)
        blocks = rng.uniform(-WIDE / 2, WIDE / 2, (rng.integers(4, 14), 2))
        away, owner = map(np.asarray, spatial.KDTree(blocks).query(points, k=2))
        plane = rng.normal(0, np.array([0.5 / WIDE, 0.5 / WIDE, 0.12]) * height, (len(blocks), 3))[owner[..., 0]]
        support += (points * plane[..., :2]).sum(axis=-1) + plane[..., 2]
        support -= rng.uniform(0, 0.12) * height * np.exp(-(((away[..., 1] - away[..., 0]) / 5) ** 2))
    if rng.random() < 0.35:
        # Flat patches of adsorbed dirt, far lower than any particle.
        support += special.expit(8 * random_field(rng, rng.uniform(4, 9)) - 18) * rng.uniform(0.04, 0.1) * height
    return support, distance


def draw_centres(rng: np.random.Generator, radii: Field, step_distance: Field) -> Field:
    """Place particles, (x, y) in px, shape (N, 2): anywhere, or in clusters, or on steps and scarce beside them."""
    steps = np.exp(-((step_distance / 2) ** 2))
    chance = 1 - rng.choice([0, rng.uniform(0, 0.95)]) * np.exp(-((step_distance / rng.uniform(12, 35)) ** 2))
    coverage = np.pi * (radii**2).sum() / SIDE**2
    if rng.random() < 0.3:
        # A full surface has no room for voids.
        chance *= np.exp(rng.uniform(0.4, 1.2) * (1 - coverage) * random_field(rng, rng.uniform(25, 80))[INSET, INSET])
    if (crowd := steps.sum() / (4 * radii.sum())) > 0.05 and rng.random() < 0.7:
        # No more of them than find room in a row.
        share = min(rng.uniform(0.1, 0.5), 0.8 * crowd)
        chance = (1 - share) * chance / chance.sum() + share * steps / steps.sum()
    cells = rng.choice(SIDE * SIDE, len(radii), p=(chance / chance.sum()).ravel())
    centres = np.stack([cells % SIDE, cells // SIDE], axis=1) + rng.uniform(0, 1, (len(radii), 2))
    room = rng.uniform(0.82, min(1.2, (0.75 / coverage) ** 0.5)) * radii
    for _ in range(300):
        # Those too deep in one another part. Across the edges too, or else they would line up along these.
        centres %= SIDE
        one, two = spatial.KDTree(centres, boxsize=SIDE).query_pairs(2 * room.max(), output_type="ndarray").T
        gap = (centres[two] - centres[one] + SIDE / 2) % SIDE - SIDE / 2
        distance = np.maximum(np.linalg.norm(gap, axis=1), 1e-6)
        push = gap * (np.clip(room[one] + room[two] - distance, 0, None) / distance * 0.4)[:, None]
        if np.abs(push).max(initial=0) < 0.1:
            break
        np.add.at(centres, np.concatenate([one, two]), np.concatenate([-push, push]))
    return centres % SIDE - 0.5


def neighbours(bumps: Sequence[Bump], of: Sequence[int]) -> Iterator[tuple[int, int, Box, Box]]:
    """Yield the pairs, with one of ``of``, whose profiles share points: their numbers, and the part of each profile."""
    starts, done = np.array([bump.corner for bump in bumps]), set[int]()
    ends = starts + [bump.profile.shape for bump in bumps]
    for i in of:
        done.add(i)
        low, high = np.maximum(starts[i], starts), np.minimum(ends[i], ends)
        for j in set(np.flatnonzero((low < high).all(axis=1)).tolist()) - done:
            mine, other = (np.stack([low[j], high[j]]) - starts[which] for which in (i, j))
            yield i, j, (slice(*mine[:, 0]), slice(*mine[:, 1])), (slice(*other[:, 0]), slice(*other[:, 1]))


def hidden(bumps: Sequence[Bump], of: Sequence[int]) -> list[int]:
    """Return the numbers of those (among ``of`` and their neighbours) without a summit of their own."""
    tops, found = [bump.base + bump.height for bump in bumps], set[int]()
    for i, j, mine, other in neighbours(bumps, of):
        # The pass between two mountains is the highest place that both of them reach.
        both = np.minimum(bumps[i].profile[mine] + bumps[i].base, bumps[j].profile[other] + bumps[j].base)
        lower, higher = (i, j) if tops[i] < tops[j] else (j, i)
        if higher not in found and tops[lower] - both.max() < PROMINENCE * bumps[lower].height:
            found.add(lower)
    return sorted(found)


def outlines(bumps: Sequence[Bump]) -> Iterator[Field]:
    """Yield each particle's border, (x, y) in px of the surface, by the convention of the truth."""
    # The border is the zero line of a field, positive above the BORDER where no other that is above its own is higher.
    bumps = [bump._replace(profile=np.maximum(bump.profile, 0)) for bump in bumps]
    alone = [bump.profile - BORDER * bump.height for bump in bumps]
    fields = [field.copy() for field in alone]
    for i, j, mine, other in neighbours(bumps, range(len(bumps))):
        lead = bumps[i].profile[mine] + bumps[i].base - bumps[j].profile[other] - bumps[j].base
        fields[i][mine] = np.minimum(fields[i][mine], np.maximum(lead, -alone[j][other]))
        fields[j][other] = np.minimum(fields[j][other], np.maximum(-lead, -alone[i][mine]))
    for bump, field in zip(bumps, fields, strict=True):
        line = max(measure.find_contours(np.pad(field, 1, constant_values=-1e-3), 0.0), key=len)
        yield (line + bump.corner - 1)[:, ::-1] / FINE - MARGIN


def record(rng: np.random.Generator, surface: Field, drift: Field, height: float, tier: Tier) -> Field:
    """Scan line by line as an instrument does; heights, each line's ``drift`` (x, y) and median ``height`` in px."""
    worse, samples = tier.disturbance * height, SIDE * SIDE
    damping, lag, backward = rng.uniform(0.45, 1.0), rng.uniform(0.3, 1.3), rng.random() < 0.5
    # The loop's mean delay is taken out, for the origin of a scan is arbitrary; its overshoot and asymmetry remain.
    fast = np.arange(-16, SIDE, 1 / FINE) + lag
    x = (SIDE - 1 - fast if backward else fast) + drift[:, :1]
    y = np.arange(SIDE)[:, None] + drift[:, 1:] + 0 * x
    z = ndimage.map_coordinates(surface, (np.stack([y, x]) + MARGIN) * FINE, order=1, mode="nearest")
    if rng.random() < 0.4:
        # Behind a particle the current is nil, and the tip comes down no faster than the loop's gain allows.
        ramp = np.arange(z.shape[1]) * rng.uniform(1.5, 4) * height / (0.25 * tier.diameter_px * FINE)
        z = np.maximum.accumulate(z + ramp, axis=1) - ramp
    loop = signal.bilinear([1.0], [(lag / damping / 2) ** 2, lag, 1.0], fs=FINE)
    z = signal.lfilter(*loop, z, axis=1, zi=signal.lfilter_zi(*loop) * z[:, :1])[0][:, 16 * FINE :: FINE].copy()
    flat = z.reshape(-1)  # the same heights in the order of time
    if rng.random() < 0.35 * tier.disturbance:
        # The tip changes for good, or for a while: other contrast, other length.
        start = rng.integers(samples // 8, samples)
        part = slice(start, start + rng.choice([samples, samples // 10]))
        flat[part] += (flat[part] - np.median(flat)) * rng.uniform(-0.3, 0.2) + rng.normal(0, 0.3) * height
    # An atom jumps to the tip and off again; in scars the tip drags something along for a line or two; spikes.
    for start in rng.integers(0, samples, rng.poisson(9 * tier.disturbance)):
        flat[start : start + int(rng.exponential(200))] += rng.normal(0, 0.2) * height
    for start in rng.integers(0, samples, rng.poisson(4 * tier.disturbance)):
        lines = start + SIDE * np.arange(rng.integers(1, 3))[:, None] + np.arange(rng.integers(8, 60))
        flat[lines[lines < samples]] += rng.choice([-1, 1]) * rng.uniform(0.2, 0.9) * height
    for start in rng.integers(0, samples - 8, rng.poisson(8 * tier.disturbance)):
        flat[start : start + 8] += rng.uniform(0.2, 1.2) * height * np.exp(-np.arange(8) / rng.uniform(0.4, 2))
    # 1/f noise and mains run on through the way back of each line, which is not kept.
    clock = np.arange(2 * samples).reshape(SIDE, 2 * SIDE)[:, :SIDE]
    spectrum = fft.rfft(rng.standard_normal(2 * samples))
    wander = fft.irfft(spectrum / np.arange(1, samples + 2) ** rng.uniform(0.4, 0.75))
    z += (wander / wander.std())[clock] * rng.uniform(0.02, 0.12) * worse
    z += np.sin(clock * 2 * np.pi / (5 * 16 ** rng.random())) * rng.choice([0, rng.uniform(0, 0.03)]) * worse
    z += rng.standard_normal((SIDE, 1)) * rng.uniform(0.003, 0.025) * worse
    z += rng.standard_normal(z.shape) * rng.uniform(*tier.white) * height
    way, tilt, bow = np.linspace(-1, 1, SIDE), rng.normal(0, height, 2), rng.normal(0, 0.25 * height, 2)
    z += np.add.outer(tilt[0] * way + bow[0] * way**2, tilt[1] * way + bow[1] * way**2)
    return z[:, ::-1] if backward else z


def simulate(tier: str, seed: int) -> tuple[Scan, ParticleMap]:
    """Return a scan of a tier, heights in nm, and its true particles; the same seed gives the same scan."""
    wish, rng = TIERS[tier], np.random.default_rng([sorted(TIERS).index(tier), seed])
    nm_px, spread, mean = rng.uniform(0.2, 0.6), rng.uniform(0.15, 0.3), wish.diameter_px * rng.uniform(0.97, 1.03)
    height, growth = mean * rng.uniform(0.2, 0.5), rng.uniform(0.5, 1.1)
    tip = draw_tip(rng, height, mean * rng.uniform(0.08, 0.25))
    diameters = mean * (sizes := np.exp(rng.normal(0, spread, wish.number))) / sizes.mean()
    heights = height * (diameters / mean) ** growth * np.exp(rng.normal(0, 0.12, wish.number))
    kinds = rng.choice(list(MAX_STRETCH), wish.number, p=rng.dirichlet(np.full(len(MAX_STRETCH), 0.6)))
    support, step_distance = draw_support(rng, nm_px, height)
    support = dilate(support, tip[::FINE, ::FINE], 1.5 / nm_px)
    support = support[(cut := (len(support) - WIDE) // 2) : cut + WIDE, cut : cut + WIDE]
    centres = draw_centres(rng, diameters / 2, step_distance[INSET, INSET])
    # Heat moves the sample steadily, and the piezo creeps after its jump to the start.
    line = np.arange(SIDE)
    creep, pace = np.exp(-line / rng.uniform(10, 60)), rng.normal(0, 0.012, 2)
    drift = np.outer(line - SIDE / 2, pace) + np.outer(creep, rng.normal(0, 1.5, 2))
    smooth = ndimage.gaussian_filter(support, 0.3 * mean)
    bumps, moved = list[Bump](), list(range(wish.number))
    for kind, diameter, tall in zip(kinds, diameters, heights, strict=True):
        profile = traced_body(kind, int(rng.integers(2**32)), diameter, tall, tip)
        bumps.append(Bump(profile, np.zeros(2, int), 0.0, profile.max()))
    for _ in range(50):
        for number in moved:
            place = (centres[number] + drift[int(np.clip(centres[number, 1], 0, SIDE - 1))] + MARGIN)[::-1]
            corner = np.round(place * FINE).astype(int) - np.array(bumps[number].profile.shape) // 2
            bumps[number] = bumps[number]._replace(corner=corner, base=smooth[tuple(np.round(place).astype(int))])
        for number in (moved := hidden(bumps, moved)):
            # A hidden one goes, a little taller, where there is most room of some places tried.
            tried = rng.uniform(0, SIDE - 1, (60, 2))
            free = np.linalg.norm(tried[:, None] - centres, axis=2) - diameters / 2
            centres[number], bump = tried[free.min(axis=1).argmax()], bumps[number]
            bumps[number] = bump._replace(profile=1.08 * bump.profile, height=1.08 * bump.height)
    particles = []
    for points in outlines(bumps):
        # A point is seen in the line that the scan had reached as the point came by.
        rows = np.interp(points[:, 1], line + drift[:, 1], line)
        points -= np.stack([np.interp(rows, line, along) for along in drift.T], axis=1)
        particles.append(Particle(Contour(np.clip(points, -0.5, SIDE - 0.5)), origin="human"))
    # Flanks may reach beyond the surface, so it is held in a frame.
    surface = np.pad(ndimage.zoom(support, ((WIDE - 1) * FINE + 1) / WIDE, order=1), SIDE)
    for bump in bumps:
        part = tuple(slice(a, a + n) for a, n in zip(bump.corner + SIDE, bump.profile.shape, strict=True))
        surface[part] = np.maximum(surface[part], bump.profile + bump.base)
    surface, median = surface[SIDE:-SIDE, SIDE:-SIDE], float(np.median([bump.height for bump in bumps]))
    scan = Scan(record(rng, surface, drift, median, wish) * nm_px, "nm", (nm_px, nm_px), "Topography", f"{tier}-{seed}")
    return scan, ParticleMap((SIDE, SIDE), tuple(particles), scan.source)


def main() -> None:
    """Write pictures, plain and with the true borders, and print number and mean diameter (px) of each."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("-o", type=Path, required=True, metavar="FOLDER", help="where the pictures go")
    parser.add_argument("-n", type=int, default=2, help="scans of each tier")
    options = parser.parse_args()
    options.o.mkdir(parents=True, exist_ok=True)
    for tier, seed in ((tier, seed) for tier in TIERS for seed in range(options.n)):
        scan, truth = simulate(tier, seed)
        level, across, down = scan.values, scan.values.mean(axis=0), scan.values.mean(axis=1)
        level = level - np.add.outer(down - signal.detrend(down), across - signal.detrend(across))
        low, high = np.percentile(level, [0.3, 99.7])
        figure = Figure(figsize=(20.48, 10.24), layout="tight")
        for axes, drawn in zip(figure.subplots(1, 2), ((), truth.particles), strict=True):
            axes.imshow(level, "afmhot", vmin=low, vmax=high)
            for particle in drawn:
                axes.fill(*particle.contour.points_px.T, fill=False, edgecolor="cyan", linewidth=0.8)
        figure.savefig(options.o / f"{tier}-{seed}.png")
        diameters = np.sqrt(4 / np.pi * np.array([particle.contour.area_px for particle in truth.particles]))
        print(f"{tier}-{seed}: {len(truth)} particles, {diameters.mean():.1f} px, SD {diameters.std():.1f} px")


if __name__ == "__main__":
    main()
