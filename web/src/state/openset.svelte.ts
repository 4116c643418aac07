import * as service from "../api/service";
import type { About, Accepted, Imported, ParticleSet, Scan } from "../api/wire";
import { t } from "../i18n/language.svelte";
import { forgetSet, knownSets, rememberSet } from "./memory";
import { notices } from "./notices.svelte";

const CONTOUR_FILE = /\.(json|roi)$/i;

/** The set that is open: what the server tells of it, kept fresh by its events. */
class OpenSet {
  view = $state.raw<ParticleSet | null>(null);
  about = $state.raw<About | null>(null);
  state = $state<"none" | "opening" | "open" | "refused" | "gone">("none");
  refusal = $state("");
  live = $state(true);
  uploading = $state<number | null>(null);
  key = $state<string | null>(null);
  scanId = $state<string | null>(null);
  place = $state<"scan" | "joint">("scan");

  scan = $derived(this.view?.scans.find((each) => each.id === this.scanId) ?? null);
  owner = $derived(this.view?.access === "owner");
  done = $derived(this.view?.scans.filter((each) => each.etag !== null) ?? []);
  private events: EventSource | null = null;

  async start(): Promise<void> {
    service.about().then(
      (about) => (this.about = about),
      () => {},
    );
    addEventListener("popstate", () => void this.follow());
    addEventListener("hashchange", () => void this.follow());
    await this.follow();
  }

  /** Open what the address names. */
  async follow(): Promise<void> {
    const id = /^\/s\/([\w-]+)$/.exec(location.pathname)?.[1];
    if (!id) return this.close();
    const query = new URLSearchParams(location.search);
    this.place = query.get("view") === "joint" ? "joint" : "scan";
    const key = location.hash.slice(1) || knownSets().find((each) => each.id === id)?.key || null;
    if (this.view?.id === id && this.key === key) {
      this.scanId = query.get("scan") ?? this.scanId;
      return;
    }
    await this.open(id, key, query.get("scan"));
  }

  private async open(id: string, key: string | null, scan: string | null): Promise<void> {
    this.close();
    this.state = "opening";
    try {
      if (key) await service.openSession(id, key);
      const view = await service.showSet(id);
      this.key = key;
      this.scanId = scan;
      this.take(view);
      this.state = "open";
      this.listen(id);
    } catch (error) {
      this.state = "refused";
      this.refusal = notices.sentence(error);
    }
  }

  close(): void {
    this.events?.close();
    this.events = null;
    this.view = null;
    this.scanId = null;
    this.key = null;
    this.state = "none";
  }

  /** Take over what the server says of the set. */
  take(view: ParticleSet): void {
    this.view = view;
    if (!view.scans.some((each) => each.id === this.scanId)) this.show(view.scans[0]?.id ?? null);
    if (this.key && view.access === "owner")
      rememberSet({ id: view.id, name: view.name, key: this.key, expires: view.expires });
  }

  private listen(id: string): void {
    const events = new EventSource(`/api/sets/${id}/events`);
    events.addEventListener("set", (event) => {
      this.live = true;
      this.take(JSON.parse((event as MessageEvent<string>).data) as ParticleSet);
    });
    events.addEventListener("gone", () => this.lose());
    events.onopen = () => (this.live = true);
    events.onerror = () => (this.live = false); // the browser tries again by itself
    this.events = events;
  }

  private lose(): void {
    const id = this.view?.id;
    if (id) forgetSet(id);
    this.close();
    this.state = "gone";
  }

  /** Go to an address of ours without loading the page anew. */
  async go(path: string): Promise<void> {
    history.pushState(null, "", path);
    await this.follow();
  }

  show(scan: string | null): void {
    this.scanId = scan;
    this.write();
  }

  turnTo(place: "scan" | "joint"): void {
    this.place = place;
    this.write();
  }

  private write(): void {
    if (!this.view) return;
    const query = new URLSearchParams();
    if (this.place === "joint") query.set("view", "joint");
    if (this.scanId) query.set("scan", this.scanId);
    history.replaceState(null, "", `/s/${this.view.id}?${query}${this.key ? `#${this.key}` : ""}`);
  }

  async make(kind: "empty" | "examples", name?: string): Promise<void> {
    const made = await (kind === "examples" ? service.makeExamples() : service.makeSet(name));
    rememberSet({ id: made.id, name: made.name, key: made.key, expires: made.expires });
    await this.go(`/s/${made.id}#${made.key}`);
  }

  /** Upload scans; contour files among them go where contours are read. */
  async upload(files: File[]): Promise<void> {
    if (!files.length) return;
    if (!this.view) await this.make("empty");
    const id = this.view?.id;
    if (!id) return;
    const contours = files.filter((file) => CONTOUR_FILE.test(file.name));
    const scans = files.filter((file) => !CONTOUR_FILE.test(file.name));
    if (scans.length)
      await this.send(() => service.uploadScans(id, scans, (share) => (this.uploading = share)));
    if (contours.length) await this.importContours(contours);
  }

  async importContours(files: File[]): Promise<Imported[]> {
    const id = this.view?.id;
    if (!id) return [];
    return this.send(() => service.uploadContours(id, files, (share) => (this.uploading = share)));
  }

  private async send<Row extends Accepted | Imported>(work: () => Promise<Row[]>): Promise<Row[]> {
    this.uploading = 0;
    try {
      const rows = await work();
      const refused = rows.filter((row) => row.error);
      const taken = rows.length - refused.length;
      for (const row of refused.slice(0, 5)) notices.tell("error", `${row.name}: ${row.error}`);
      if (refused.length > 5) notices.tell("error", t("upload.more_refused", { count: refused.length - 5 }));
      const imported = rows.some((row) => "scan" in row);
      if (taken && imported) notices.tell("good", t("upload.contours_taken", { count: taken }));
      if (this.view) this.take(await service.showSet(this.view.id));
      return rows;
    } catch (error) {
      notices.fail(error);
      return [];
    } finally {
      this.uploading = null;
    }
  }

  /** Replace one scan of the set by what the server answered. */
  replace(scan: Scan): void {
    if (!this.view) return;
    this.view = { ...this.view, scans: this.view.scans.map((each) => (each.id === scan.id ? scan : each)) };
  }
}

export const openSet = new OpenSet();
