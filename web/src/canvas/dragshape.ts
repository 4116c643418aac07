import PointerInteraction from "ol/interaction/Pointer";
import type MapBrowserEvent from "ol/MapBrowserEvent";

export type DragKind = "line" | "box" | "free";
type At = [number, number];

interface Hooks {
  sketch(points: At[]): void;
  end(points: At[]): void;
}

const LEAST_PX = 4;
const LEAST_CORNERS = 3;

/**
 * Draws a straight line, a box, or a free outline: by one drag, with mouse, pen or finger, or point by point from the
 * keyboard.
 */
export class DragShape extends PointerInteraction {
  private points: At[] = [];
  private startPixel: number[] = [0, 0];
  /** Points that were set one by one. */
  private corners: At[] = [];

  constructor(
    private readonly kind: DragKind,
    private readonly hooks: Hooks,
  ) {
    super();
  }

  override handleDownEvent(event: MapBrowserEvent): boolean {
    const original = event.originalEvent as PointerEvent;
    if (original.button !== 0 || !original.isPrimary) return false;
    this.corners = [];
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

  /** Set a point. The second ends a line or a box; one where the first or the last lies ends an outline. */
  setPoint(at: At, near: number): void {
    const first = this.corners[0];
    const last = this.corners.at(-1);
    if (!first || !last) this.corners = [at];
    else if (this.kind !== "free") this.finish(this.shapeTo(at));
    else if (distance(first, at) > near && distance(last, at) > near) this.corners.push(at);
    else if (this.corners.length >= LEAST_CORNERS) this.finish(this.corners);
  }

  /** Show what would be drawn if the next point were here. */
  follow(at: At): void {
    if (this.corners.length) this.hooks.sketch(this.shapeTo(at));
  }

  private finish(points: At[]): void {
    this.corners = [];
    this.hooks.end(points);
  }

  private shapeTo(at: At): At[] {
    const [first] = this.corners as [At];
    return this.kind === "free" ? [...this.corners, at] : straight(this.kind, first, at);
  }

  private grow(at: At): void {
    const [first] = this.points as [At];
    if (this.kind === "free") this.points.push(at);
    else this.points = straight(this.kind, first, at);
  }
}

const straight = (kind: "line" | "box", [x1, y1]: At, [x2, y2]: At): At[] =>
  kind === "line"
    ? [
        [x1, y1],
        [x2, y2],
      ]
    : [
        [x1, y1],
        [x2, y1],
        [x2, y2],
        [x1, y2],
      ];

const distance = ([x1, y1]: At, [x2, y2]: At) => Math.hypot(x2 - x1, y2 - y1);
