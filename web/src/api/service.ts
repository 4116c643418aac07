import type * as wire from "./wire";

/** An answer that says no, with one sentence for a human. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    sentence: string,
  ) {
    super(sentence);
  }

  /** Somebody else changed the contours in between. */
  get isConflict(): boolean {
    return this.status === 412;
  }
}

interface Wish {
  method?: string;
  json?: unknown;
  etag?: string;
  editId?: string;
  key?: string;
  signal?: AbortSignal;
}

const MOST_KEPT_ALIVE = 60_000;

async function ask(path: string, wish: Wish = {}): Promise<Response> {
  const headers: Record<string, string> = {};
  if (wish.json !== undefined) headers["Content-Type"] = "application/json";
  if (wish.etag) headers["If-Match"] = wish.etag;
  if (wish.editId) headers["X-Edit-Id"] = wish.editId;
  if (wish.key) headers["X-Set-Key"] = wish.key;
  const init: RequestInit = { method: wish.method ?? "GET", headers, credentials: "same-origin" };
  if (wish.json !== undefined) init.body = JSON.stringify(wish.json);
  if (wish.signal) init.signal = wish.signal;
  // What is being saved is saved, also when the tab is closed meanwhile; browsers allow that for short bodies.
  if (wish.editId && String(init.body).length < MOST_KEPT_ALIVE) init.keepalive = true;
  let answer: Response;
  try {
    answer = await fetch(`/api${path}`, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal(0, "");
  }
  if (!answer.ok) throw await refusalOf(answer);
  return answer;
}

async function refusalOf(answer: Response): Promise<Refusal> {
  try {
    const body = (await answer.json()) as { detail?: unknown };
    return new Refusal(answer.status, String(body.detail ?? answer.statusText));
  } catch {
    return new Refusal(answer.status, answer.statusText || String(answer.status));
  }
}

async function json<T>(path: string, wish: Wish = {}): Promise<T> {
  return (await (await ask(path, wish)).json()) as T;
}

export interface Choice {
  scans?: string[];
  border?: "keep" | "exclude" | "weighted";
  minDiameter?: number | null;
  maxDiameter?: number | null;
  minHeight?: number | null;
  maxHeight?: number | null;
  minScore?: number;
  atBorder?: "all" | "inside" | "touching";
  bins?: number | null;
  quantity?: string;
  metal?: string;
  shape?: "cap" | "hemisphere";
}

/** Write a choice of scans and filters as the query of an address. */
export function queryOf(choice: Choice): string {
  const query = new URLSearchParams();
  for (const scan of choice.scans ?? []) query.append("scan", scan);
  const pairs: [string, string | number | null | undefined][] = [
    ["border", choice.border],
    ["min_diameter", choice.minDiameter],
    ["max_diameter", choice.maxDiameter],
    ["min_height", choice.minHeight],
    ["max_height", choice.maxHeight],
    ["min_score", choice.minScore || undefined],
    ["at_border", choice.atBorder === "all" ? undefined : choice.atBorder],
    ["bins", choice.bins],
    ["quantity", choice.quantity],
    ["metal", choice.metal || undefined],
    ["shape", choice.metal ? choice.shape : undefined],
  ];
  for (const [name, value] of pairs) if (value != null && value !== "") query.set(name, String(value));
  const text = query.toString();
  return text ? `?${text}` : "";
}

export const about = () => json<wire.About>("/about");
export const makeSet = (name?: string) =>
  json<wire.MadeSet>("/sets", { method: "POST", json: name ? { name } : {} });
export const makeExamples = () => json<wire.MadeSet>("/examples", { method: "POST" });
export const openSession = (id: string, key: string) => ask(`/sets/${id}/session`, { method: "POST", key });
export const showSet = (id: string) => json<wire.ParticleSet>(`/sets/${id}`);
export const changeSet = (id: string, change: { name?: string; days?: number; consent?: boolean }) =>
  json<wire.ParticleSet>(`/sets/${id}`, { method: "PATCH", json: change });
export const deleteSet = (id: string) => ask(`/sets/${id}`, { method: "DELETE" });
export const shareSet = (id: string) => json<{ key: string }>(`/sets/${id}/share`, { method: "POST" });
export const unshareSet = (id: string) => ask(`/sets/${id}/share`, { method: "DELETE" });
export const changeScan = (id: string, change: wire.ScanChange) =>
  json<wire.Scan>(`/scans/${id}`, { method: "PATCH", json: change });
export const deleteScan = (id: string) => ask(`/scans/${id}`, { method: "DELETE" });
export const recogniseAgain = (id: string) => json<wire.Scan>(`/scans/${id}/recognise`, { method: "POST" });
export const particlesOf = (id: string, signal?: AbortSignal) =>
  json<wire.Particles>(`/scans/${id}/particles`, signal ? { signal } : {});
export const edit = (id: string, edits: wire.Edit[], etag: string, editId: string) =>
  json<wire.Edited>(`/scans/${id}/particles/edits`, { method: "POST", json: { edits }, etag, editId });
export const step = (id: string, which: "undo" | "redo", etag: string) =>
  json<wire.Particles>(`/scans/${id}/${which}`, { method: "POST", etag });
export const propose = (id: string, at: wire.Point, by: "network" | "surface") =>
  json<wire.Proposal>(`/scans/${id}/propose`, { method: "POST", json: { at, by } });
export const statistics = (id: string, choice: Choice, signal?: AbortSignal) =>
  json<wire.Statistics>(`/sets/${id}/statistics${queryOf(choice)}`, signal ? { signal } : {});
export const compare = (wanted: unknown) =>
  json<wire.Comparison>("/compare", { method: "POST", json: wanted });
export const exportAddress = (id: string, name: string, choice: Choice) =>
  `/api/sets/${id}/export/${name}${queryOf(choice)}`;
export const pictureAddress = (id: string, palette: string, level: boolean, low: number, high: number) =>
  `/api/scans/${id}/picture.png?palette=${palette}&level=${level}&low=${low}&high=${high}`;

/** Fetch a file whole, so that a refusal can be told in words. */
export const fetchFile = async (address: string) => (await ask(address.replace(/^\/api/, ""))).blob();

/** Upload files and tell how far it is, 0 to 1. Fetch cannot tell that; XMLHttpRequest can. */
export function upload<T>(path: string, files: File[], progress: (share: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const file of files) form.append("files", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", `/api${path}`);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    request.onerror = () => reject(new Refusal(0, ""));
    request.onload = () => {
      let body: unknown;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        body = { detail: request.statusText };
      }
      if (request.status < 300) resolve(body as T);
      else
        reject(new Refusal(request.status, String((body as { detail?: unknown }).detail ?? request.status)));
    };
    request.send(form);
  });
}

export type Upload = (
  id: string,
  files: File[],
  progress: (share: number) => void,
) => Promise<(wire.Accepted | wire.Imported)[]>;
export const uploadScans: Upload = (id, files, progress) => upload(`/sets/${id}/scans`, files, progress);
export const uploadContours: Upload = (id, files, progress) =>
  upload(`/sets/${id}/contours`, files, progress);
