import { t } from "../i18n/language.svelte";
import type { Measured, Particle } from "../api/wire";

/** One particle with what was measured of it; NaN where that cannot be measured. */
export interface Row {
  id: number;
  score: number | null;
  origin: Particle["origin"];
  border: boolean;
  x: number;
  y: number;
  values: Float64Array;
}

/** What was measured of all particles of a scan, a row a particle. */
export interface Table {
  names: string[];
  units: string[];
  index: Map<string, number>;
  rows: Row[];
}

export const NO_TABLE: Table = { names: [], units: [], index: new Map(), rows: [] };

export function tableOf(particles: Map<number, Particle>, measured: Measured): Table {
  const columns = measured.columns;
  const rows: Row[] = [];
  measured.ids.forEach((id, place) => {
    const particle = particles.get(id);
    if (!particle) return;
    const values = Float64Array.from(columns, (column) => column.values[place] ?? NaN);
    const [x, y] = middleOf(particle.contour as [number, number][]);
    const border = measured.touches_border[place] ?? false;
    rows.push({ id, score: particle.score, origin: particle.origin, border, x, y, values });
  });
  return {
    names: columns.map((column) => column.name),
    units: columns.map((column) => column.unit),
    index: new Map(columns.map((column, place) => [column.name, place])),
    rows,
  };
}

export function valueOf(table: Table, row: Row, name: string): number {
  const place = table.index.get(name);
  return place === undefined ? NaN : (row.values[place] ?? NaN);
}

export function unitOf(table: Table, name: string): string {
  const place = table.index.get(name);
  return place === undefined ? "" : (table.units[place] ?? "");
}

function middleOf(contour: [number, number][]): [number, number] {
  let x = 0;
  let y = 0;
  for (const [px, py] of contour) {
    x += px;
    y += py;
  }
  return [x / contour.length, y / contour.length];
}

/** Write a unit as people do, in their language: nm², nm³, °. */
export function prettyUnit(unit: string): string {
  return unit
    .replace("_", "·")
    .replace("nm", t("unit.nm"))
    .replace("grey", t("unit.grey"))
    .replace(/2$/, "²")
    .replace(/3$/, "³")
    .replace(/^deg$/, "°");
}

export interface Spread {
  count: number;
  mean: number;
  sd: number;
  median: number;
}

/** Mean, standard deviation (N - 1) and median of the finite ones among some values. */
export function spreadOf(values: number[]): Spread {
  const finite = values.filter(Number.isFinite).sort((a, b) => a - b);
  const count = finite.length;
  const mean = finite.reduce((sum, value) => sum + value, 0) / count;
  const sd = Math.sqrt(finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1));
  const half = count >> 1;
  const median = count % 2 ? finite[half]! : (finite[half - 1]! + finite[half]!) / 2;
  return { count, mean, sd: count > 1 ? sd : NaN, median: count ? median : NaN };
}
