import type { Point } from "../api/wire";

/** Is a point inside a closed outline? Counts crossings of a ray. */
export function inside(outline: Point[], x: number, y: number): boolean {
  let within = false;
  for (let here = 0, before = outline.length - 1; here < outline.length; before = here++) {
    const [x1, y1] = outline[here]!;
    const [x2, y2] = outline[before]!;
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) within = !within;
  }
  return within;
}

/** Where a straight line crosses the sides of an outline, as shares of the line, sorted. */
function crossings(outline: Point[], [ax, ay]: Point, [bx, by]: Point): number[] {
  const shares: number[] = [];
  outline.forEach(([x1, y1], place) => {
    const [x2, y2] = outline[(place + 1) % outline.length]!;
    const cross = (bx - ax) * (y2 - y1) - (by - ay) * (x2 - x1);
    if (Math.abs(cross) < 1e-12) return;
    const along = ((x1 - ax) * (y2 - y1) - (y1 - ay) * (x2 - x1)) / cross;
    const side = ((x1 - ax) * (by - ay) - (y1 - ay) * (bx - ax)) / cross;
    if (along >= 0 && along <= 1 && side >= 0 && side < 1) shares.push(along);
  });
  return shares.sort((a, b) => a - b);
}

/** Length of a line inside an outline in px; 0 where the line does not go right through it. */
export function chord(outline: Point[], from: Point, to: Point): number {
  const shares = crossings(outline, from, to);
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  let sum = 0;
  for (let place = 0; place + 1 < shares.length; place += 2) sum += shares[place + 1]! - shares[place]!;
  return sum * length;
}

/** The line through the middle across the longer axis: where one would cut a pair of particles by eye. */
export function acrossMiddle(outline: Point[]): [Point, Point] {
  const count = outline.length;
  const mx = outline.reduce((sum, [x]) => sum + x, 0) / count;
  const my = outline.reduce((sum, [, y]) => sum + y, 0) / count;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const [x, y] of outline) {
    xx += (x - mx) ** 2;
    xy += (x - mx) * (y - my);
    yy += (y - my) ** 2;
  }
  const angle = Math.atan2(2 * xy, xx - yy) / 2 + Math.PI / 2;
  const reach = 2 * Math.sqrt(Math.max(xx, yy) / count) + 2;
  const [dx, dy] = [Math.cos(angle) * reach, Math.sin(angle) * reach];
  return [
    [mx - dx, my - dy],
    [mx + dx, my + dy],
  ];
}

/** Bring the vertex that is nearest to a point there. */
export function withNearestAt(outline: Point[], at: Point): Point[] {
  const far = ([x, y]: Point) => Math.hypot(x - at[0], y - at[1]);
  const nearest = outline.reduce((best, point) => (far(point) < far(best) ? point : best));
  return outline.map((point) => (point === nearest ? at : point));
}

const STEPS = [1, 2, 5];

/** The roundest length not above a given one: 1, 2 or 5 times a power of ten. */
export function roundLength(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return power * (STEPS.findLast((step) => step * power <= most) ?? 1);
}
