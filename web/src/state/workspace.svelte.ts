import * as service from "../api/service";
import type { Edit, Edited, Particle, Particles, Point, Scan } from "../api/wire";
import { acrossMiddle, chord } from "../canvas/geometry";
import { t } from "../i18n/language.svelte";
import { EditQueue } from "./editqueue.svelte";
import { Filters } from "./filters.svelte";
import { notices } from "./notices.svelte";
import { NO_TABLE, spreadOf, tableOf, valueOf } from "./rows";

export type Tool =
  "select" | "lasso" | "propose" | "draw" | "split" | "vertices" | "measure" | "region" | "scale";

const EVENTS_LATE_MS = 1500;

/** The scan on the table: its particles, what is selected, and edits on their way to the server. */
class Workspace {
  scanId = $state<string | null>(null);
  loading = $state(false);
  problem = $state("");
  particles = $state.raw(new Map<number, Particle>());
  table = $state.raw(NO_TABLE);
  /** How many bumps were taken for the atoms of a surface and left out. */
  atoms = $state(0);
  /** How many were taken for what a double tip shows a second time and left out. */
  twins = $state(0);
  canUndo = $state(false);
  canRedo = $state(false);
  selected = $state.raw<ReadonlySet<number>>(new Set());
  hovered = $state<number | null>(null);
  tool = $state<Tool>("select");
  proposer = $state<"network" | "surface">("network");
  readonly filters = new Filters();
  /** How many changes of ours are on their way that bring other contours with them, such as of the scale. */
  private changing = 0;
  private recognised = false;
  private readonly queues = new Map<string, EditQueue>();
  queue = $state.raw<EditQueue | null>(null);

  rowOf = $derived(new Map(this.table.rows.map((row) => [row.id, row])));
  shown = $derived(this.table.rows.filter((row) => this.filters.passes(this.table, row)));
  shownIds = $derived(new Set(this.shown.map((row) => row.id)));
  hiddenCount = $derived(this.table.rows.length - this.shown.length);
  sizes = $derived(spreadOf(this.shown.map((row) => valueOf(this.table, row, "diameter"))));
  selectedRows = $derived([...this.selected].flatMap((id) => this.rowOf.get(id) ?? []));

  /** Open a scan, or take notice that the server has other contours of it than we. */
  async open(scan: Scan | null): Promise<void> {
    if (scan && (scan.state === "running" || scan.state === "queued")) this.recognised = true;
    if (!scan || scan.etag === null) return this.empty(scan?.id ?? null);
    if (scan.id === this.scanId && (this.loading || this.queue?.busy || this.queue?.knows(scan.etag))) return;
    if (scan.id !== this.scanId) this.empty(scan.id);
    else if (this.queue?.etag && !this.changing && !this.recognised)
      notices.tell("plain", t("edit.changed_elsewhere"));
    this.recognised = false;
    await this.reload();
  }

  /** Await a change of the scan that brings other contours with it; they are then no news from elsewhere. */
  async during<T>(change: Promise<T>): Promise<T> {
    this.changing += 1;
    try {
      return await change;
    } finally {
      setTimeout(() => (this.changing -= 1), EVENTS_LATE_MS);
    }
  }

  private empty(id: string | null): void {
    if (id === this.scanId && !this.particles.size) return;
    this.scanId = id;
    this.queue = id === null ? null : this.queueOf(id);
    this.particles = new Map();
    this.atoms = 0;
    this.twins = 0;
    this.table = NO_TABLE;
    this.select([]);
    this.filters.clear();
    this.hovered = null;
    this.problem = "";
    this.tool = "select";
  }

  /** The queue of a scan; edits that are not saved yet stay in it while another scan is looked at. */
  private queueOf(id: string): EditQueue {
    const there = this.queues.get(id);
    if (there) return there;
    const queue = new EditQueue(id, {
      apply: (edited) => this.applyEdited(edited),
      replace: (all) => this.applyAll(all),
      reload: () => (this.scanId === id ? this.reload() : Promise.resolve()),
    });
    this.queues.set(id, queue);
    return queue;
  }

  async reload(): Promise<void> {
    const id = this.scanId;
    if (!id) return;
    this.loading = true;
    try {
      const all = await service.particlesOf(id);
      if (id !== this.scanId) return;
      this.problem = "";
      this.applyAll(all);
    } catch (error) {
      this.problem = notices.sentence(error);
    } finally {
      this.loading = false;
    }
  }

  private applyAll(all: Particles): void {
    if (all.scan !== this.scanId) return;
    this.particles = new Map(all.particles.map((each) => [each.id, each]));
    this.atoms = all.atoms;
    this.twins = all.twins;
    this.settle(all);
  }

  private applyEdited(edited: Edited): void {
    if (edited.scan !== this.scanId) return;
    const particles = new Map(this.particles);
    for (const id of edited.removed) particles.delete(id);
    for (const particle of edited.changed) particles.set(particle.id, particle);
    this.particles = particles;
    this.settle(edited);
    if (edited.changed.length && edited.changed.length < 200)
      this.select(edited.changed.map((each) => each.id));
  }

  private settle(state: Particles | Edited): void {
    this.table = tableOf(this.particles, state.measured);
    this.canUndo = state.can_undo;
    this.canRedo = state.can_redo;
    this.queue?.startFrom(state.etag);
    this.select([...this.selected].filter((id) => this.particles.has(id)));
  }

  select(ids: Iterable<number>, how: "only" | "toggle" | "add" = "only"): void {
    const next = new Set(how === "only" ? [] : this.selected);
    for (const id of ids) {
      if (how === "toggle" && next.has(id)) next.delete(id);
      else next.add(id);
    }
    this.selected = next;
  }

  /** Go to the next particle or the one before, in the order of reading. */
  walk(by: 1 | -1): void {
    const rows = [...this.shown].sort((a, b) => Math.round(a.y / 12) - Math.round(b.y / 12) || a.x - b.x);
    if (!rows.length) return;
    const last = [...this.selected].at(-1);
    const place = rows.findIndex((row) => row.id === last);
    const next = place < 0 ? (by > 0 ? 0 : rows.length - 1) : (place + by + rows.length) % rows.length;
    this.select([rows[next]!.id]);
  }

  private send(edits: Edit[]): void {
    this.queue?.send(edits);
  }

  add(contour: Point[]): void {
    this.send([{ do: "add", contour }]);
  }

  remove(ids: Iterable<number>): void {
    const gone = [...ids];
    if (!gone.length) return;
    const left = new Map(this.particles);
    for (const id of gone) left.delete(id);
    this.particles = left; // seen at once; the numbers follow when the server has measured
    this.table = { ...this.table, rows: this.table.rows.filter((row) => left.has(row.id)) };
    this.select([...this.selected].filter((id) => left.has(id)));
    this.send([{ do: "remove", ids: gone }]);
  }

  merge(): void {
    if (this.selected.size > 1) this.send([{ do: "merge", ids: [...this.selected] }]);
    else notices.tell("plain", t("edit.merge_needs_two"));
  }

  move(id: number, contour: Point[]): void {
    const old = this.particles.get(id);
    if (!old) return;
    this.particles = new Map(this.particles).set(id, { ...old, contour });
    this.send([{ do: "move", id, contour }]);
  }

  /** Part what a line goes through: the selected ones that it crosses, else the one it crosses longest. */
  split(from: Point, to: Point): void {
    const crossed = [...this.particles.values()]
      .map((each) => ({ id: each.id, length: chord(each.contour as Point[], from, to) }))
      .filter((each) => each.length > 0)
      .sort((a, b) => b.length - a.length);
    const chosen = crossed.filter((each) => this.selected.has(each.id));
    const targets = chosen.length ? chosen : crossed.slice(0, 1);
    if (!targets.length) return notices.tell("plain", t("edit.split_missed"));
    this.send(targets.map(({ id }) => ({ do: "split", id, line: [from, to] })));
  }

  /** Part the one selected particle across its middle, by keyboard. */
  splitAcross(): void {
    const [id] = this.selected;
    const particle = id === undefined ? undefined : this.particles.get(id);
    if (!particle || this.selected.size !== 1) return notices.tell("plain", t("edit.split_needs_one"));
    const line = acrossMiddle(particle.contour as Point[]);
    this.send([{ do: "split", id: particle.id, line }]);
  }

  async propose(at: Point): Promise<void> {
    if (!this.scanId || !this.queue) return;
    try {
      const proposal = await this.queue.during(service.propose(this.scanId, at, this.proposer));
      this.add(proposal.contour as Point[]);
    } catch (error) {
      notices.fail(error);
    }
  }

  undo(): void {
    if (this.canUndo) this.queue?.step("undo");
  }

  redo(): void {
    if (this.canRedo) this.queue?.step("redo");
  }
}

export const workspace = new Workspace();
