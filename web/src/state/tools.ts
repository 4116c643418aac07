import type { Particle, Point } from "../api/wire";
import type { DragKind } from "../canvas/dragshape";
import { inside } from "../canvas/geometry";
import type { ScanMap } from "../canvas/scanmap";
import { ruler } from "./ruler.svelte";
import { type Tool, workspace } from "./workspace.svelte";

const DRAGS: Partial<Record<Tool, DragKind>> = {
  lasso: "free",
  draw: "free",
  split: "line",
  measure: "line",
  scale: "line",
  region: "box",
};

/** What a drag on the map does with a tool; null: it moves the map. */
export function wayOf(
  tool: Tool,
  selected: ReadonlySet<number>,
  particles: Map<number, Particle>,
): { drag: DragKind } | { vertices: number } | null {
  const drag = DRAGS[tool];
  if (drag) return { drag };
  const [only] = selected;
  if (tool === "vertices" && only !== undefined && selected.size === 1 && particles.has(only))
    return { vertices: only };
  return null;
}

export function takeClick(id: number | null, at: Point, more: boolean): void {
  if (workspace.tool === "propose") return void workspace.propose(at);
  if (id === null) {
    if (!more) workspace.select([]);
  } else workspace.select([id], more ? "toggle" : "only");
}

/** Do what the tool means with a shape that was drawn. */
export function takeDrawn(points: Point[], map: ScanMap): void {
  const { tool } = workspace;
  ruler.clear();
  const line: [Point, Point] | null = points.length === 2 ? [points[0]!, points[1]!] : null;
  if (tool === "lasso")
    workspace.select(workspace.shown.filter((row) => inside(points, row.x, row.y)).map((row) => row.id));
  else if (tool === "draw" && points.length >= 3) workspace.add(points);
  else if (tool === "region") {
    workspace.filters.region = points;
    workspace.tool = "select";
  } else if (line && tool === "split") workspace.split(...line);
  else if (line && tool === "measure") {
    map.keepLine(line);
    ruler.line = line;
  } else if (line && tool === "scale") {
    map.keepLine(line);
    ruler.bar = line;
  }
}
