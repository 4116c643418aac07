import Feature from "ol/Feature";
import LineString from "ol/geom/LineString";
import Polygon from "ol/geom/Polygon";
import { defaults as defaultInteractions } from "ol/interaction/defaults";
import type Interaction from "ol/interaction/Interaction";
import KeyboardPan from "ol/interaction/KeyboardPan";
import KeyboardZoom from "ol/interaction/KeyboardZoom";
import { noModifierKeys, shiftKeyOnly } from "ol/events/condition";
import Modify from "ol/interaction/Modify";
import ImageLayer from "ol/layer/Image";
import VectorLayer from "ol/layer/Vector";
import VectorImageLayer from "ol/layer/VectorImage";
import OlMap from "ol/Map";
import type MapBrowserEvent from "ol/MapBrowserEvent";
import Projection from "ol/proj/Projection";
import ImageStatic from "ol/source/ImageStatic";
import VectorSource from "ol/source/Vector";
import type Style from "ol/style/Style";
import View from "ol/View";
import Collection from "ol/Collection";
import type { Particle, Point } from "../api/wire";
import { DragShape, type DragKind } from "./dragshape";
import { Frame } from "./frame";
import { withNearestAt } from "./geometry";
import { STYLES } from "./styles";

export interface MapHooks {
  clicked(id: number | null, at: Point, more: boolean): void;
  hovered(id: number | null, at: Point | null): void;
  moved(id: number, contour: Point[]): void;
  drawn(points: Point[]): void;
  sketched(points: Point[]): void;
  zoomed(pxPerScanPx: number): void;
}

const REFIT_PX = 4;
const CLOSEST_PX = 1 / 40;
/** How much more than is seen is drawn at once, to have it ready when the scan is moved. */
const IMAGE_RATIO = 1.6;
const MOST_LIVE = 150;
/** Contours of more are drawn without the dark line under the bright one, which takes as long again, unless seen near. */
const MOST_WITH_HALO = 1500;
const NEAR = 0.4;
const SMALL_STEP_PX = 8;
/** Points that are set one by one and lie closer are the same. */
const SAME_PX = 6;
/** Above, right, below, left: the tools shall not lie over the scan. */
const ROOM_PX = [14, 64, 14, 64];

/** The scan with its contours: pictures below, all contours, the selected ones, what is being drawn. */
export class ScanMap {
  private readonly map: OlMap;
  private readonly picture = new ImageLayer<ImageStatic>();
  private readonly contours = new VectorSource();
  private readonly chosen = new VectorSource();
  /** Those selected where they are so many that drawing them in each frame would stutter. */
  private readonly chosenMany = new VectorSource();
  private readonly sketch = new VectorSource();
  private readonly pending = new VectorSource();
  private readonly features = new Map<number, Feature<Polygon>>();
  private drawnParticles = new Map<number, Particle>();
  private shown: ReadonlySet<number> = new Set();
  private tools: Interaction[] = [];
  /** The particle whose vertices are moved. */
  private modified: number | null = null;
  private frame = new Frame(1, 1, null);
  private region: Point[] | null = null;
  private fitted: [number, number] = [0, 0];
  /** The visitor moved or zoomed since all was shown. */
  private looked = false;
  private chosenIds: ReadonlySet<number> = new Set();
  private hoverId: number | null = null;

  constructor(
    target: HTMLElement,
    private readonly hooks: MapHooks,
  ) {
    const layer = (source: VectorSource, more: object = {}) =>
      new VectorLayer({ source, updateWhileInteracting: false, updateWhileAnimating: false, ...more });
    // All contours are drawn into one picture that is moved along; drawn anew in each frame, thousands would stutter.
    this.contourLayer = new VectorImageLayer({
      source: this.contours,
      imageRatio: IMAGE_RATIO,
      style: (feature, resolution) => this.styleOf(feature.getId() as number, resolution),
    });
    this.map = new OlMap({
      target,
      layers: [
        this.picture,
        this.contourLayer,
        new VectorImageLayer({ source: this.chosenMany, imageRatio: IMAGE_RATIO, style: STYLES.selected }),
        layer(this.chosen, { style: STYLES.selected, updateWhileInteracting: true }),
        layer(this.pending, { style: STYLES.pending }),
        layer(this.sketch, { style: STYLES.sketch, updateWhileInteracting: true }),
      ],
      controls: [],
      interactions: defaultInteractions({
        altShiftDragRotate: false,
        keyboard: false,
        pinchRotate: false,
        shiftDragZoom: false,
      }),
    });
    // Without gliding: what Enter does right after an arrow key happens where the arrow leads.
    this.map.addInteraction(new KeyboardPan({ condition: noModifierKeys, duration: 0 }));
    this.map.addInteraction(
      new KeyboardPan({ condition: shiftKeyOnly, pixelDelta: SMALL_STEP_PX, duration: 0 }),
    );
    this.map.addInteraction(new KeyboardZoom());
    this.map.on("pointerdrag", () => (this.looked = true));
    this.map.getViewport()?.addEventListener("wheel", () => (this.looked = true), { passive: true });
    this.map.on("click", (event) => this.click(event));
    this.map.on("pointermove", (event) => this.hover(event));
    this.map.getViewport()?.addEventListener("pointerleave", () => this.hooks.hovered(null, null));
  }

  private readonly contourLayer: VectorImageLayer;

  close(): void {
    this.map.setTarget(undefined);
    this.map.dispose();
  }

  /** Take another scan: its size, and the scale where pixels are not square. */
  setFrame(rows: number, columns: number, pixelNm: readonly number[] | null): void {
    this.frame = new Frame(rows, columns, pixelNm);
    const { extent } = this.frame;
    const projection = new Projection({ code: "scan", units: "pixels", extent });
    const view = new View({
      projection,
      extent: grown(extent, 0.6),
      showFullExtent: true,
      smoothExtentConstraint: true,
      minResolution: CLOSEST_PX,
      maxResolution: Math.max(rows, columns) / 120,
      constrainResolution: false,
      enableRotation: false,
    });
    view.on("change:center", () => {
      for (const each of this.tools) if (each instanceof DragShape) each.follow(this.middle);
    });
    view.on("change:resolution", () => this.hooks.zoomed(1 / (view.getResolution() ?? 1)));
    this.map.setView(view);
    this.fit();
    this.drawnParticles = new Map();
    this.features.clear();
    this.contours.clear(true);
    this.chosen.clear(true);
    this.chosenMany.clear(true);
    this.picture.setSource(null);
  }

  /** Keep what is looked at when the window changes; show all where nothing could be looked at before. */
  resized(): void {
    const [width, height] = this.fitted;
    const size = this.map.getTargetElement();
    const { clientWidth, clientHeight } = size ?? { clientWidth: 0, clientHeight: 0 };
    const other = Math.max(Math.abs(clientWidth - width), Math.abs(clientHeight - height)) > REFIT_PX;
    if (!width || !height || (other && !this.looked)) this.fit();
    else this.map.updateSize();
  }

  fit(): void {
    this.map.updateSize();
    const size = this.map.getSize() ?? [0, 0];
    this.fitted = [size[0]!, size[1]!];
    this.looked = false;
    this.map.getView().fit(this.frame.extent, { padding: ROOM_PX });
    this.hooks.zoomed(1 / (this.map.getView().getResolution() ?? 1));
  }

  zoom(by: number): void {
    const view = this.map.getView();
    const resolution = view.getResolution();
    this.looked = true;
    if (resolution) view.animate({ resolution: resolution / by, duration: 120 });
  }

  private get middle(): Point {
    return (this.map.getView().getCenter() ?? [0, 0]) as Point;
  }

  get centre(): Point {
    return this.frame.toScan(this.middle);
  }

  /** Do at the middle of the view what a press would: set a point, or bring the nearest vertex there. */
  press(): void {
    const near = SAME_PX * (this.map.getView().getResolution() ?? 1);
    for (const each of this.tools) if (each instanceof DragShape) each.setPoint(this.middle, near);
    if (this.modified === null) return;
    const contour = this.drawnParticles.get(this.modified)?.contour as Point[] | undefined;
    if (contour) this.hooks.moved(this.modified, withNearestAt(contour, this.centre));
  }

  setPicture(address: string, failed: () => void): void {
    const projection = this.map.getView().getProjection();
    const source = new ImageStatic({
      url: address,
      imageExtent: this.frame.extent,
      projection,
      interpolate: false,
    });
    source.on("imageloaderror", failed);
    this.picture.setSource(source);
  }

  /** Draw what changed among all particles; those that did not stay as they are. */
  setParticles(particles: Map<number, Particle>, visible: boolean): void {
    this.contourLayer.setVisible(visible);
    const fresh: Feature<Polygon>[] = [];
    for (const [id, feature] of this.features) {
      if (particles.get(id) === this.drawnParticles.get(id)) continue;
      this.contours.removeFeature(feature);
      this.features.delete(id);
    }
    for (const particle of particles.values()) {
      if (this.features.has(particle.id)) continue;
      const feature = new Feature(this.polygon(particle.contour as Point[]));
      feature.setId(particle.id);
      this.features.set(particle.id, feature);
      fresh.push(feature);
    }
    this.contours.addFeatures(fresh);
    this.drawnParticles = particles;
    this.contourLayer.changed();
  }

  /** Draw those that a filter leaves out as such. */
  setShown(shown: ReadonlySet<number>): void {
    this.shown = shown;
    this.contourLayer.changed();
  }

  private styleOf(id: number, resolution: number): Style | Style[] {
    if (!this.shown.has(id) && this.shown.size < this.drawnParticles.size) return STYLES.hidden;
    const style = this.drawnParticles.get(id)?.origin === "human" ? STYLES.human : STYLES.network;
    const crowded = this.drawnParticles.size > MOST_WITH_HALO && resolution > NEAR;
    return crowded ? style.slice(1) : style;
  }

  setSelected(ids: ReadonlySet<number>, hovered: number | null): void {
    this.chosen.clear(true);
    const features: Feature[] = [];
    const many = ids.size > MOST_LIVE;
    if (many && ids !== this.chosenIds) {
      this.chosenMany.clear(true);
      this.chosenMany.addFeatures([...ids].flatMap((id) => this.features.get(id)?.clone() ?? []));
    } else if (!many && this.chosenIds.size > MOST_LIVE) this.chosenMany.clear();
    this.chosenIds = ids;
    for (const id of many ? [] : ids) {
      const contour = this.drawnParticles.get(id)?.contour;
      if (!contour) continue;
      const feature = new Feature(this.polygon(contour as Point[]));
      feature.setId(id);
      features.push(feature);
    }
    const contour = hovered === null || ids.has(hovered) ? null : this.drawnParticles.get(hovered)?.contour;
    if (contour) {
      const feature = new Feature(this.polygon(contour as Point[]));
      feature.setStyle(STYLES.hovered);
      features.push(feature);
    }
    this.chosen.addFeatures(features);
  }

  /** Bring a particle into view where it is not. */
  reveal(id: number): void {
    const geometry = this.features.get(id)?.getGeometry();
    const view = this.map.getView();
    if (!geometry) return;
    const [x1, y1, x2, y2] = geometry.getExtent() as [number, number, number, number];
    const seen = view.calculateExtent(this.map.getSize()) as [number, number, number, number];
    if (x1 >= seen[0] && y1 >= seen[1] && x2 <= seen[2] && y2 <= seen[3]) return;
    view.animate({ center: [(x1 + x2) / 2, (y1 + y2) / 2], duration: 150 });
  }

  /** Have drags draw something, or move vertices of one particle, or (null) move the map. */
  setTool(tool: { drag: DragKind } | { vertices: number } | null): void {
    for (const each of this.tools) this.map.removeInteraction(each);
    this.tools = [];
    this.modified = tool && "vertices" in tool ? tool.vertices : null;
    this.clearSketch();
    if (!tool) return;
    if ("drag" in tool) this.tools = [this.dragging(tool.drag)];
    else this.tools = this.modifying(tool.vertices);
    for (const each of this.tools) this.map.addInteraction(each);
  }

  private dragging(kind: DragKind): Interaction {
    const toScan = (points: Point[]) => points.map((point) => this.frame.toScan(point));
    return new DragShape(kind, {
      sketch: (points) => {
        this.draw(points, kind !== "line");
        this.hooks.sketched(toScan(points));
      },
      end: (points) => {
        this.clearSketch();
        this.hooks.drawn(toScan(points));
      },
    });
  }

  private modifying(id: number): Interaction[] {
    const feature = this.chosen.getFeatureById(id);
    if (!(feature instanceof Feature)) return [];
    const modify = new Modify({
      features: new Collection([feature]),
      style: STYLES.vertex,
      pixelTolerance: 12,
      deleteCondition: (event) =>
        event.type === "singleclick" && (event.originalEvent as PointerEvent).altKey,
    });
    modify.on("modifyend", () => {
      const ring = (feature.getGeometry() as Polygon).getCoordinates()[0]!.slice(0, -1);
      this.hooks.moved(
        id,
        ring.map((point) => this.frame.toScan(point)),
      );
    });
    return [modify];
  }

  /** Show what was drawn until the server has made contours of it. */
  setPending(shapes: { points: Point[]; closed: boolean }[]): void {
    this.pending.clear(true);
    this.pending.addFeatures(
      shapes.map(({ points, closed }) => {
        const line = points.map((point) => this.frame.toMap(point));
        return new Feature<Polygon | LineString>(closed ? this.polygon(points) : new LineString(line));
      }),
    );
  }

  setRegion(region: Point[] | null): void {
    this.region = region;
    this.clearSketch();
  }

  /** Keep a line on the picture, such as one that was measured. */
  keepLine(points: Point[] | null): void {
    this.clearSketch();
    if (points)
      this.draw(
        points.map((point) => this.frame.toMap(point)),
        false,
      );
  }

  private clearSketch(): void {
    this.sketch.clear();
    if (!this.region) return;
    const outline = new Feature(this.polygon(this.region));
    outline.setStyle(STYLES.region);
    this.sketch.addFeature(outline);
  }

  private draw(points: Point[], closed: boolean): void {
    this.clearSketch();
    if (points.length < 2) return;
    const geometry = closed ? new Polygon([[...points, points[0]!]]) : new LineString(points);
    this.sketch.addFeature(new Feature<Polygon | LineString>(geometry));
  }

  private polygon(contour: Point[]): Polygon {
    const ring = contour.map((point) => this.frame.toMap(point));
    return new Polygon([[...ring, ring[0]!]]);
  }

  /** The smallest particle under a point, so that one inside another can be reached. */
  private at(coordinate: number[]): number | null {
    let best: number | null = null;
    let least = Infinity;
    for (const feature of this.contours.getFeaturesAtCoordinate(coordinate)) {
      const area = (feature.getGeometry() as Polygon).getArea();
      if (area < least) [best, least] = [feature.getId() as number, area];
    }
    return best;
  }

  private click(event: MapBrowserEvent): void {
    const original = event.originalEvent as PointerEvent;
    const more = original.shiftKey || original.ctrlKey || original.metaKey;
    this.hooks.clicked(this.at(event.coordinate), this.frame.toScan(event.coordinate), more);
  }

  private hover(event: MapBrowserEvent): void {
    if (event.dragging) return;
    const id = this.at(event.coordinate);
    if (id !== this.hoverId) this.map.getTargetElement()?.classList.toggle("over-particle", id !== null);
    this.hoverId = id;
    this.hooks.hovered(id, this.frame.toScan(event.coordinate));
  }
}

function grown([x1, y1, x2, y2]: [number, number, number, number], share: number): number[] {
  const [dx, dy] = [(x2 - x1) * share, (y2 - y1) * share];
  return [x1 - dx, y1 - dy, x2 + dx, y2 + dy];
}
