import { recall, remember } from "./memory";

export type Palette = "julio" | "grey" | "negative";

interface Kept {
  palette: Palette;
  level: boolean;
  low: number;
  high: number;
}

const AS_BEFORE: Kept = { palette: "julio", level: true, low: 0.3, high: 99.7 };

/** How scans are shown; the same for all of them, and next time, too. */
class Looks {
  palette = $state<Palette>("julio");
  level = $state(true);
  low = $state(0.3);
  high = $state(99.7);
  contours = $state(true);

  constructor() {
    Object.assign(this, { ...AS_BEFORE, ...recall<Kept>("looks") });
  }

  keep(): void {
    remember("looks", { palette: this.palette, level: this.level, low: this.low, high: this.high });
  }
}

export const looks = new Looks();
