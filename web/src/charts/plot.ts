import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { tongue } from "../i18n/language.svelte";

/** Colours of the page, as it looks now. */
export function inks(): Record<"ink" | "soft" | "line" | "bar" | "barSoft" | "accent" | "law", string> {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: of("--ink"),
    soft: of("--ink-soft"),
    line: of("--line"),
    bar: of("--bar"),
    barSoft: of("--bar-soft"),
    accent: of("--accent"),
    law: of("--law"),
  };
}

const FONT = '12px "IBM Plex Sans", system-ui, sans-serif';

const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

/** An axis below (2) or on the left (3); of counts where ``whole``. */
export function axis(label: string, side: 2 | 3, whole = false): uPlot.Axis {
  const { soft, line } = inks();
  return {
    side,
    ...(whole ? { incrs: WHOLE } : {}),
    label,
    labelFont: FONT,
    labelSize: 20,
    labelGap: 2,
    font: FONT,
    stroke: soft,
    size: side === 2 ? 30 : 46,
    gap: 4,
    grid: { stroke: line, width: 1, show: side === 3 },
    ticks: { stroke: line, width: 1, size: 4 },
    values: (_, splits) => splits.map((value) => tongue.tick(value)),
  };
}

/** Keep a chart as wide as its place. Returns what ends that. */
export function fitWidth(chart: uPlot, place: HTMLElement, height: number): () => void {
  const sized = new ResizeObserver(() => {
    const width = place.clientWidth;
    if (width > 0 && width !== chart.width) chart.setSize({ width, height });
  });
  sized.observe(place);
  return () => sized.disconnect();
}
