import Circle from "ol/style/Circle";
import Fill from "ol/style/Fill";
import Stroke from "ol/style/Stroke";
import Style from "ol/style/Style";

// Two strokes, dark under bright, so that a contour is seen on dark and on bright ground alike.
const halo = (width: number) => new Style({ stroke: new Stroke({ color: "rgba(0,0,0,0.55)", width }) });
const line = (color: string, width: number, fill?: string, dash?: number[]) =>
  new Style({
    stroke: new Stroke(dash ? { color, width, lineDash: dash } : { color, width }),
    fill: new Fill({ color: fill ?? "rgba(0,0,0,0)" }),
  });

export const COLOURS = {
  network: "#36e2d1",
  human: "#c6f24e",
  hidden: "rgba(220,220,220,0.45)",
  selected: "#ffffff",
};

export const STYLES = {
  network: [halo(3), line(COLOURS.network, 1.4)],
  human: [halo(3), line(COLOURS.human, 1.4)],
  hidden: [line(COLOURS.hidden, 1, undefined, [3, 4])],
  selected: [halo(5), line(COLOURS.selected, 2.4, "rgba(54,226,209,0.28)")],
  hovered: [line("#ffffff", 1.6)],
  pending: [halo(3), line("#ffd166", 1.6, undefined, [5, 4])],
  sketch: [halo(4), line("#ffd166", 2, "rgba(255,209,102,0.12)")],
  region: [halo(3), line("#ffd166", 1.5, undefined, [8, 5])],
  vertex: new Style({
    image: new Circle({
      radius: 6,
      fill: new Fill({ color: "#ffffff" }),
      stroke: new Stroke({ color: "#0b7a70", width: 2 }),
    }),
  }),
};
