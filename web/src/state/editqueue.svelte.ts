import * as service from "../api/service";
import { Refusal } from "../api/service";
import type { Edit, Edited, Particles } from "../api/wire";
import { notices } from "./notices.svelte";

type Job = { edits: Edit[] } | { step: "undo" | "redo" };

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

  busy = $derived(this.waiting.length > 0);
  state = $derived<"saved" | "saving" | "stopped">(
    this.stopped ? "stopped" : this.waiting.length || this.thinking ? "saving" : "saved",
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
    this.push({ edits });
  }

  step(step: "undo" | "redo"): void {
    this.push({ step });
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

  private async runFirst(): Promise<void> {
    const job = this.waiting[0]!;
    const { scan, etag } = this;
    if (!etag) return void (this.waiting = []);
    try {
      if ("edits" in job) {
        const edited = await service.edit(scan, job.edits, etag);
        this.reach(edited.etag);
        this.drop(job);
        this.receiver.apply(edited);
      } else {
        const all: Particles = await service.step(scan, job.step, etag);
        this.reach(all.etag);
        this.drop(job);
        this.receiver.replace(all);
      }
    } catch (error) {
      await this.fail(job, error);
    }
  }

  private async fail(job: Job, error: unknown): Promise<void> {
    const refusal = error instanceof Refusal ? error : null;
    if (refusal?.isConflict) this.stopped = "conflict";
    else if (refusal && [0, 429, 502, 503, 504].includes(refusal.status)) this.stopped = "unreachable";
    else {
      this.drop(job);
      notices.fail(error);
      await this.receiver.reload(); // what was shown in advance did not come true
    }
  }

  private drop(job: Job): void {
    this.waiting = this.waiting.filter((each) => each !== job);
  }

  /** Load what is there now, and carry out again what was not saved. */
  async applyAgain(): Promise<void> {
    await this.receiver.reload();
    this.waiting = this.waiting.filter((job) => "edits" in job); // undoing what others did was not meant
    this.stopped = "";
    await this.run();
  }

  async retry(): Promise<void> {
    this.stopped = "";
    await this.run();
  }

  /** Load what is there now, and forget what was not saved. */
  async giveUp(): Promise<void> {
    this.waiting = [];
    this.stopped = "";
    await this.receiver.reload();
  }
}
