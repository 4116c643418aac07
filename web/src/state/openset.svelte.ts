import * as service from "../api/service";
import { Refusal } from "../api/service";
import type { About, Accepted, Imported, ParticleSet, Scan } from "../api/wire";
import { batchesOf, holdsContours, isZip } from "./files";
import { t, tongue } from "../i18n/language.svelte";
import { forgetSet, knownSets, rememberSet } from "./memory";
import { notices } from "./notices.svelte";
import { workspace } from "./workspace.svelte";

const AGAIN_MS = 3000;

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
  /** How many events have told of the set. */
  private told = 0;

  async start(): Promise<void> {
    service.about().then(
      (about) => (this.about = about),
      () => {},
    );
    addEventListener("popstate", () => void this.follow());
    addEventListener("hashchange", () => void this.follow());
    addEventListener("online", () => this.events && this.listenAgain(this.events));
    addEventListener("beforeunload", (event) => this.uploading !== null && event.preventDefault());
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
      const view = await this.enter(id, key);
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
    if (!view.scans.some((each) => each.id === this.scanId)) {
      const first = view.scans.find((each) => each.state !== "failed") ?? view.scans[0];
      this.show(first?.id ?? null);
    }
    if (this.key && view.access === "owner")
      rememberSet({ id: view.id, name: view.name, key: this.key, expires: view.expires });
  }

  private listen(id: string): void {
    const events = new EventSource(`/api/sets/${id}/events`);
    events.addEventListener("set", (event) => {
      this.live = true;
      this.told += 1;
      this.take(JSON.parse((event as MessageEvent<string>).data) as ParticleSet);
    });
    events.addEventListener("gone", () => this.lose());
    events.onopen = () => (this.live = true);
    events.onerror = () => {
      this.live = false;
      // While the connection is only lost the browser tries again by itself. After an answer that is no stream, such as
      // a proxy's while the service starts, and in some browsers after a refused connection, it does not.
      if (events.readyState === EventSource.CLOSED) setTimeout(() => void this.listenAgain(events), AGAIN_MS);
    };
    this.events = events;
  }

  private async listenAgain(lost: EventSource): Promise<void> {
    const id = this.view?.id;
    if (!id || this.events !== lost) return;
    try {
      const view = await this.enter(id, this.key);
      if (this.events !== lost) return;
      lost.close();
      this.take(view);
      this.listen(id);
    } catch (error) {
      if (this.events !== lost) return;
      if (error instanceof Refusal && [401, 404].includes(error.status)) this.lose();
      else setTimeout(() => void this.listenAgain(lost), AGAIN_MS);
    }
  }

  private async enter(id: string, key: string | null): Promise<ParticleSet> {
    if (key) await service.openSession(id, key);
    return service.showSet(id);
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
    if (kind === "examples" && tongue.now !== "en")
      await service.changeSet(made.id, { name: t("home.examples_name") });
    await this.go(`/s/${made.id}#${made.key}`);
  }

  /** Upload scans; contour files among them go where contours are read. */
  async upload(files: File[]): Promise<void> {
    if (!files.length) return;
    const kinds = await Promise.all(files.map(holdsContours));
    const scans = files.filter((_, place) => !kinds[place]);
    const contours = files.filter((_, place) => kinds[place]);
    if (this.refuse(scans)) return;
    if (!this.view) await this.make("empty");
    if (scans.length) await this.send(scans, service.uploadScans);
    if (contours.length) await this.importContours(contours);
  }

  /** Tell what the server would refuse; of an upload that is far too large a browser shows no answer at all. */
  private refuse(scans: File[]): boolean {
    const limits = this.about?.limits ?? {};
    const most = limits.max_scans ?? Infinity;
    const there = this.view?.scans.length ?? 0;
    if (scans.length + there > most) {
      notices.tell("error", t("upload.too_many", { count: scans.length, there, most }));
      return true;
    }
    const mostOf = (file: File) =>
      (isZip(file) ? limits.max_upload_bytes : limits.max_file_bytes) ?? Infinity;
    const large = scans.filter((file) => file.size > mostOf(file));
    for (const file of large.slice(0, 5)) {
      const sizes = { size: tongue.number(file.size / 1e6, 3), most: tongue.number(mostOf(file) / 1e6, 3) };
      notices.tell("error", t("upload.too_large", { name: file.name, ...sizes }));
    }
    return large.length > 0;
  }

  async importContours(files: File[]): Promise<void> {
    await workspace.during(this.send(files, service.uploadContours));
  }

  /** Send files in several requests, so that the first of many scans is looked at while the last is on its way. */
  private async send(files: File[], upload: service.Upload): Promise<void> {
    const id = this.view?.id;
    if (!id) return;
    const bytes = files.reduce((sum, file) => sum + file.size, 0) || 1;
    const rows: (Accepted | Imported)[] = [];
    let sent = 0;
    let left = files.length;
    this.uploading = 0;
    try {
      for (const batch of batchesOf(files)) {
        const size = batch.reduce((sum, file) => sum + file.size, 0);
        rows.push(...(await upload(id, batch, (share) => (this.uploading = (sent + share * size) / bytes))));
        sent += size;
        left -= batch.length;
      }
    } catch (error) {
      notices.fail(error);
      if (left < files.length) notices.tell("error", t("upload.not_sent", { count: left }));
    } finally {
      this.uploading = null;
    }
    this.tellOf(rows);
    if (rows.length && this.view?.id === id)
      await this.answered(service.showSet(id), (view) => this.view?.id === id && this.take(view));
  }

  private tellOf(rows: (Accepted | Imported)[]): void {
    const refused = rows.filter((row) => row.error);
    const taken = rows.length - refused.length;
    for (const { name, error } of refused.slice(0, 5))
      notices.tell("error", error?.startsWith(name) ? error : `${name}: ${error}`);
    if (refused.length > 5) notices.tell("error", t("upload.more_refused", { count: refused.length - 5 }));
    if (taken && "scan" in rows[0]!) notices.tell("good", t("upload.contours_taken", { count: taken }));
  }

  /**
   * Use an answer, unless an event came while it was on its way: the answer may then be the older news, and a scan that
   * failed or was done in between would wait on the page for ever. What it would have told comes as an event, too.
   */
  async answered<T>(answer: Promise<T>, use: (news: T) => void): Promise<void> {
    const before = this.told;
    const news = await answer;
    if (this.told === before) use(news);
  }

  /** Replace one scan of the set by what the server answered. */
  replace(scan: Scan): void {
    if (!this.view) return;
    this.view = { ...this.view, scans: this.view.scans.map((each) => (each.id === scan.id ? scan : each)) };
  }
}

export const openSet = new OpenSet();
