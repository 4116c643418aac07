import { Refusal } from "../api/service";
import { isText, t, tongue } from "../i18n/language.svelte";

export type Kind = "error" | "good" | "plain";
export interface Notice {
  id: number;
  kind: Kind;
  text: string;
}

const GOES_AFTER_MS = { error: 12000, good: 4000, plain: 5000 };

/** Sentences shown for a while in a corner, and read out by screen readers. */
class Notices {
  list = $state<Notice[]>([]);
  private last = 0;

  tell(kind: Kind, text: string): void {
    const id = ++this.last;
    this.list = [...this.list.filter((each) => each.text !== text), { id, kind, text }].slice(-5);
    setTimeout(() => this.drop(id), GOES_AFTER_MS[kind]);
  }

  drop(id: number): void {
    this.list = this.list.filter((each) => each.id !== id);
  }

  sentence(error: unknown): string {
    if (error instanceof Refusal && error.status === 0) return t("problem.unreachable");
    // The server speaks English; what it says most is said in the visitor's language here.
    const known = error instanceof Refusal && tongue.now !== "en" ? `problem.status_${error.status}` : "";
    if (known && isText(known)) return t(known);
    const text = error instanceof Error ? error.message : String(error);
    return text
      ? text[0]!.toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".")
      : t("problem.unforeseen");
  }

  fail(error: unknown): void {
    this.tell("error", this.sentence(error));
  }
}

export const notices = new Notices();
