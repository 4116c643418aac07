import * as service from "../api/service";
import type { Comparison, Group } from "../api/wire";
import { counting } from "./figures.svelte";
import { notices } from "./notices.svelte";
import { openSet } from "./openset.svelte";

export type Side = "first" | "second" | "";

/** Chosen scans of a set taken together, each by itself, and one choice against another. */
class Joint {
  left_out = $state.raw<ReadonlySet<string>>(new Set());
  sides = $state.raw<ReadonlyMap<string, Side>>(new Map());
  groups = $state.raw<Group[] | null>(null);
  single = $state.raw<ReadonlyMap<string, Group>>(new Map());
  comparison = $state.raw<Comparison | null>(null);
  other = $state("");
  busy = $state(false);
  private etags = new Map<string, string>();
  private ask: AbortController | null = null;

  chosen = $derived(openSet.done.filter((scan) => !this.left_out.has(scan.id)));

  toggle(id: string): void {
    const next = new Set(this.left_out);
    if (!next.delete(id)) next.add(id);
    this.left_out = next;
  }

  all(on: boolean): void {
    this.left_out = new Set(on ? [] : openSet.done.map((scan) => scan.id));
  }

  put(id: string, side: Side): void {
    this.sides = new Map(this.sides).set(id, side);
    this.comparison = null;
  }

  idsOf(side: Side): string[] {
    return openSet.done.filter((scan) => this.sides.get(scan.id) === side).map((scan) => scan.id);
  }

  /** Follow the choice and the rules; call it inside an effect. */
  follow(): () => void {
    const set = openSet.view?.id;
    const scans = this.chosen.map((scan) => ({ id: scan.id, etag: scan.etag ?? "" }));
    const { border, bins, quantity } = counting;
    const soon = setTimeout(() => {
      if (set) void this.load(set, scans, { border, bins, quantity });
    }, 200);
    return () => clearTimeout(soon);
  }

  private async load(
    set: string,
    scans: { id: string; etag: string }[],
    rules: service.Choice,
  ): Promise<void> {
    this.ask?.abort();
    const ask = new AbortController();
    this.ask = ask;
    try {
      const wanted = { ...rules, scans: scans.map((scan) => scan.id) };
      this.groups = scans.length ? (await service.statistics(set, wanted, ask.signal)).groups : [];
      for (const scan of scans) {
        const state = `${scan.etag} ${rules.border} ${rules.bins} ${rules.quantity}`;
        if (this.etags.get(scan.id) === state) continue;
        const { groups } = await service.statistics(set, { ...rules, scans: [scan.id] }, ask.signal);
        if (groups[0]) this.single = new Map(this.single).set(scan.id, groups[0]);
        this.etags.set(scan.id, state);
      }
    } catch (error) {
      if (!ask.signal.aborted) notices.fail(error);
    }
  }

  /** Compare side A with side B, or with another set whose link was pasted. */
  async compare(): Promise<void> {
    const set = openSet.view?.id;
    if (!set) return;
    const link = /\/s\/([\w-]+)(?:\?[^#]*)?(?:#([\w-]+))?/.exec(this.other);
    const second = link ? { set: link[1], key: link[2] ?? null } : { set, scans: this.idsOf("second") };
    this.busy = true;
    try {
      const first = { set, scans: this.idsOf("first") };
      const { quantity, border } = counting;
      this.comparison = await service.compare({ first, second, quantity, border });
    } catch (error) {
      this.comparison = null;
      notices.fail(error);
    } finally {
      this.busy = false;
    }
  }
}

export const joint = new Joint();
