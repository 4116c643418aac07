import type { Choice } from "../api/service";
import type { Point } from "../api/wire";
import { inside } from "../canvas/geometry";
import { type Row, type Table, valueOf } from "./rows";

export type Range = [number, number] | null;
export type BorderFilter = "all" | "inside" | "touching";

/** Which particles are shown as counted; nothing is deleted by a filter. */
export class Filters {
  diameter = $state.raw<Range>(null);
  height = $state.raw<Range>(null);
  score = $state(0);
  border = $state<BorderFilter>("all");
  region = $state.raw<Point[] | null>(null);

  active = $derived(
    this.diameter !== null ||
      this.height !== null ||
      this.score > 0 ||
      this.border !== "all" ||
      this.region !== null,
  );

  /** The filters that the server knows: all but the region. */
  get choice(): Choice {
    return {
      minDiameter: this.diameter?.[0] ? below(this.diameter[0]) : null,
      maxDiameter: this.diameter ? above(this.diameter[1]) : null,
      minHeight: this.height ? below(this.height[0]) : null,
      maxHeight: this.height ? above(this.height[1]) : null,
      minScore: this.score,
      atBorder: this.border,
    };
  }

  clear(): void {
    this.diameter = null;
    this.height = null;
    this.score = 0;
    this.border = "all";
    this.region = null;
  }

  passes(table: Table, row: Row): boolean {
    if (this.border === "inside" && row.border) return false;
    if (this.border === "touching" && !row.border) return false;
    if (row.score !== null && row.score < this.score) return false;
    if (!within(this.diameter, valueOf(table, row, "diameter"))) return false;
    if (!within(this.height, valueOf(table, row, "height_max"))) return false;
    return this.region === null || inside(this.region, row.x, row.y);
  }
}

// The page has six digits of each value; what lies on the rim of a range here shall not fall out of it there.
const SLACK = 1e-5;
const below = (value: number) => value - SLACK * Math.abs(value);
const above = (value: number) => value + SLACK * Math.abs(value);

const within = (range: Range, value: number) => range === null || (value >= range[0] && value <= range[1]);
