import type { Point } from "../api/wire";

/** A line that is measured, or laid over a burnt-in scale bar. */
class Ruler {
  line = $state.raw<[Point, Point] | null>(null);
  /** Length in px of a line that was drawn on a scale bar, until its meaning was told. */
  bar = $state.raw<[Point, Point] | null>(null);

  follow(points: Point[]): void {
    this.line = points.length === 2 ? [points[0]!, points[1]!] : null;
  }

  clear(): void {
    this.line = null;
  }
}

export const ruler = new Ruler();

/** Length of a line in px along rows, and in nm where the scale is known. */
export function lengthOf(
  [from, to]: [Point, Point],
  pixelNm: readonly number[] | null,
): { px: number; nm: number | null } {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  return { px: Math.hypot(dx, dy), nm: pixelNm ? Math.hypot(dx * pixelNm[1]!, dy * pixelNm[0]!) : null };
}
