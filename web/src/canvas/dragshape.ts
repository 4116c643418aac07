import PointerInteraction from "ol/interaction/Pointer";
import type MapBrowserEvent from "ol/MapBrowserEvent";

export type DragKind = "line" | "box" | "free";
type At = [number, number];

interface Hooks {
  sketch(points: At[]): void;
  end(points: At[]): void;
}

const LEAST_PX = 4;

/** Draws a shape by one drag, with mouse, pen or finger: a straight line, a box, or a free outline. */
export class DragShape extends PointerInteraction {
  private points: At[] = [];
  private startPixel: number[] = [0, 0];

  constructor(
    private readonly kind: DragKind,
    private readonly hooks: Hooks,
  ) {
    super();
  }

  override handleDownEvent(event: MapBrowserEvent): boolean {
    const original = event.originalEvent as PointerEvent;
    if (original.button !== 0 || !original.isPrimary) return false;
    this.points = [event.coordinate as At];
    this.startPixel = event.pixel;
    return true;
  }

  override handleDragEvent(event: MapBrowserEvent): void {
    this.grow(event.coordinate as At);
    this.hooks.sketch(this.points);
  }

  override handleUpEvent(event: MapBrowserEvent): boolean {
    this.grow(event.coordinate as At);
    const [x, y] = this.startPixel as At;
    const far = Math.hypot(event.pixel[0]! - x, event.pixel[1]! - y) >= LEAST_PX || this.points.length > 6;
    if (far) this.hooks.end(this.points);
    else this.hooks.sketch([]);
    return false;
  }

  private grow(at: At): void {
    const [first] = this.points as [At];
    if (this.kind === "line") this.points = [first, at];
    else if (this.kind === "box") this.points = [first, [at[0], first[1]], at, [first[0], at[1]]];
    else this.points.push(at);
  }
}
