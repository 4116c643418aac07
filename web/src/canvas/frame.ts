import type { Point } from "../api/wire";

/**
 * From pixels of the scan, y down, to coordinates of the map, y up.
 *
 * An integer is the centre of a pixel, so the picture reaches from -0.5. Pixels that are not square are shown as the
 * microscope saw them.
 */
export class Frame {
  readonly stretch: number;
  readonly extent: [number, number, number, number];

  constructor(
    readonly rows: number,
    readonly columns: number,
    pixelNm: readonly number[] | null,
  ) {
    const [dy, dx] = pixelNm ?? [1, 1];
    this.stretch = dy! / dx!;
    this.extent = [-0.5, -(rows - 0.5) * this.stretch, columns - 0.5, 0.5 * this.stretch];
  }

  toMap([x, y]: readonly number[]): Point {
    return [x!, -y! * this.stretch];
  }

  toScan([x, y]: readonly number[]): Point {
    return [round(x!), round(-y! / this.stretch)];
  }
}

const round = (value: number) => Math.round(value * 1e4) / 1e4;
