import * as service from "../api/service";
import { Refusal } from "../api/service";
import type { Edit, Edited, Particles, Point } from "../api/wire";
import { notices } from "./notices.svelte";

/** Each with an id, by which the server knows it when it is sent again. */
type Job = { id: string } & ({ edits: Edit[] } | { step: "undo" | "redo" });

const SLOW_MS = 1200;
const AGAIN_MS = 3000;

// randomUUID is there on safe origins only, and an institute's own network is none.
const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );

interface Receiver {
  apply(edited: Edited): void;
  replace(all: Particles): void;
  reload(): Promise<void>;
}

/**
 * Edits on their way to the server, one after the other, each with the ETag that the one before it left.
 *
 * An edit leaves the queue when the server has saved it. Where somebody else was quicker, or the server is away, the
 * queue stops with all that is not saved still in it.
 */
export class EditQueue {
  etag = $state<string | null>(null);
  /** All states that we made or saw; news of them that comes late is no news. */
  private readonly seen = new Set<string>();
  waiting = $state.raw<Job[]>([]);
  stopped = $state<"" | "conflict" | "unreachable">("");
  private thinking = $state(0);
  private running = false;
  private slow = false;
  /** Those that were sent together and not answered; they may be saved already, so the same go again. */
  private unanswered: Job[] | null = null;

  busy = $derived(this.waiting.length > 0);
  state = $derived<"saved" | "saving" | "stopped">(
    this.stopped ? "stopped" : this.waiting.length || this.thinking ? "saving" : "saved",
  );

  /** Shapes that were drawn and are not saved yet. */
  pending = $derived(
    this.waiting
      .flatMap((job) => ("edits" in job ? job.edits : []))
      .flatMap((edit) => {
        if (edit.do === "add") return [{ points: edit.contour as Point[], closed: true }];
        return edit.do === "split" ? [{ points: edit.line as Point[], closed: false }] : [];
      }),
  );

  constructor(
    private readonly scan: string,
    private readonly receiver: Receiver,
  ) {
    addEventListener("beforeunload", (event) => {
      if (this.busy) event.preventDefault();
    });
  }

  /** Start from a state of the contours, unless edits are on their way that already lead further. */
  startFrom(etag: string): void {
    if (this.stopped || !this.busy) this.reach(etag);
  }

  private reach(etag: string): void {
    this.etag = etag;
    this.seen.add(etag);
  }

  knows(etag: string): boolean {
    return this.seen.has(etag);
  }

  send(edits: Edit[]): void {
    this.push({ id: newId(), edits });
  }

  step(step: "undo" | "redo"): void {
    this.push({ id: newId(), step });
  }

  /** Show that something is worked on while a promise is open. */
  async during<T>(promise: Promise<T>): Promise<T> {
    this.thinking += 1;
    try {
      return await promise;
    } finally {
      this.thinking -= 1;
    }
  }

  private push(job: Job): void {
    this.waiting = [...this.waiting, job];
    void this.run();
  }

  private async run(): Promise<void> {
    if (this.running || this.stopped) return;
    this.running = true;
    try {
      while (this.waiting.length && !this.stopped) await this.runFirst();
    } finally {
      this.running = false;
    }
  }

  /** Where the server takes long, the edits that wait go together; they are then undone together, too. */
  private nextJobs(): Job[] {
    if (this.unanswered) return this.unanswered;
    const first = this.waiting[0]!;
    if (!this.slow || !("edits" in first)) return [first];
    const end = this.waiting.findIndex((job) => !("edits" in job));
    return end < 0 ? this.waiting : this.waiting.slice(0, end);
  }

  private async runFirst(): Promise<void> {
    const jobs = this.nextJobs();
    const [first] = jobs as [Job];
    const { etag } = this;
    if (!etag) return void (this.waiting = []);
    const start = performance.now();
    try {
      if ("edits" in first) {
        const edits = jobs.flatMap((job) => ("edits" in job ? job.edits : []));
        const edited = await service.edit(this.scan, edits, etag, first.id);
        this.reach(edited.etag);
        this.drop(jobs);
        if (this.unanswered) await this.receiver.reload();
        else this.receiver.apply(edited);
      } else {
        const all: Particles = await service.step(this.scan, first.step, etag);
        this.reach(all.etag);
        this.drop(jobs);
        this.receiver.replace(all);
      }
      this.unanswered = null;
      this.slow = performance.now() - start > SLOW_MS;
    } catch (error) {
      await this.fail(jobs, error);
    }
  }

  private async fail(jobs: Job[], error: unknown): Promise<void> {
    const refusal = error instanceof Refusal ? error : null;
    this.unanswered = null;
    if (refusal?.isConflict) this.stopped = "conflict";
    else if (refusal && [0, 429, 502, 503, 504].includes(refusal.status)) {
      this.stopped = "unreachable";
      this.unanswered = jobs;
      setTimeout(() => void this.retry(), AGAIN_MS);
    } else if (jobs.length > 1)
      this.slow = false; // one of them is at fault; one by one it will be seen which
    else {
      this.drop(jobs);
      notices.fail(error);
      await this.receiver.reload(); // what was shown in advance did not come true
    }
  }

  private drop(jobs: Job[]): void {
    this.waiting = this.waiting.filter((job) => !jobs.includes(job));
  }

  /** Load what is there now, and carry out again what was not saved. */
  async applyAgain(): Promise<void> {
    await this.receiver.reload();
    this.waiting = this.waiting.filter((job) => "edits" in job); // undoing what others did was not meant
    this.stopped = "";
    await this.run();
  }

  /** Try again what did not get through; it stays in the queue until it does. */
  async retry(): Promise<void> {
    if (this.stopped !== "unreachable") return;
    this.stopped = "";
    await this.run();
  }

  /** Load what is there now, and forget what was not saved. */
  async giveUp(): Promise<void> {
    this.waiting = [];
    this.unanswered = null;
    this.stopped = "";
    await this.receiver.reload();
  }
}
