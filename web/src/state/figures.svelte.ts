import * as service from "../api/service";
import type { Group } from "../api/wire";
import { openSet } from "./openset.svelte";
import { workspace } from "./workspace.svelte";

export const HISTOGRAM_OF = [
  "diameter",
  "area",
  "height_max",
  "volume",
  "aspect_ratio",
  "circularity",
  "nearest_neighbour",
];

/** How particles are counted; the same for a scan, for the joint page and for exports. */
class Counting {
  border = $state<"keep" | "exclude" | "weighted">("keep");
  bins = $state<number | null>(null);
  quantity = $state("diameter");
}

export const counting = new Counting();

const SOON_MS = 250;

/** Statistics of the open scan as the server works them out: intervals, density, coverage, bins and law. */
class Figures {
  group = $state.raw<Group | null>(null);
  stale = $state(false);
  private ask: AbortController | null = null;

  /** Follow the contours, the filter and the rules; call it inside an effect. */
  follow(): () => void {
    const { view, scan } = openSet;
    const etag = workspace.queue?.etag;
    const filters = workspace.filters.choice;
    const { border, bins, quantity } = counting;
    if (!view || !scan || !etag || workspace.scanId !== scan.id) {
      this.group = null;
      return () => {};
    }
    this.stale = true;
    const wanted = {
      scans: [scan.id],
      border,
      bins,
      quantity,
      ...filters,
    };
    const soon = setTimeout(() => void this.load(view.id, wanted), SOON_MS);
    return () => clearTimeout(soon);
  }

  private async load(set: string, wanted: service.Choice): Promise<void> {
    this.ask?.abort();
    const ask = new AbortController();
    this.ask = ask;
    try {
      const { groups } = await service.statistics(set, wanted, ask.signal);
      this.group = groups[0] ?? null;
      this.stale = false;
    } catch (error) {
      if (!ask.signal.aborted) this.group = null;
      void error; // the page counts by itself, too; what only the server knows is left out
    }
  }
}

export const figures = new Figures();

export interface Interval {
  mean: number | null;
  sd: number | null;
  median: number | null;
  confidence_95: [number, number] | null;
}

/** Find a quantity in a summary, whose names carry units. */
export function spreadIn(group: Group | null, name: string): Interval | null {
  if (!group) return null;
  const found = Object.keys(group.summary).find(
    (key) =>
      key === name || (key.startsWith(`${name}_`) && /^(nm|px|grey|deg)/.test(key.slice(name.length + 1))),
  );
  return found ? (group.summary[found] as Interval) : null;
}

export const numberIn = (group: Group | null, name: string) =>
  (group?.summary[name] ?? null) as number | null;

/** Particles an area, with the name of its unit: of µm² where there is a scale. */
export function densityIn(group: Group | null): { value: number; unit: string } | null {
  for (const unit of ["per_um2", "per_px2"]) {
    const value = numberIn(group, `density_${unit}`);
    if (value !== null) return { value, unit: `unit.${unit}` };
  }
  return null;
}
