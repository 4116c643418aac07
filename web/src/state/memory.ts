// What this browser remembers by itself. A browser that forbids it still shows the page.

export function recall<T>(name: string): T | null {
  try {
    const text = localStorage.getItem(`particlesnn.${name}`);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(`particlesnn.${name}`, JSON.stringify(value));
  } catch {
    // private windows may have no room at all
  }
}

export interface KnownSet {
  id: string;
  name: string;
  key: string;
  expires: string;
}

export const knownSets = (): KnownSet[] =>
  (recall<KnownSet[]>("sets") ?? []).filter((each) => Date.parse(each.expires) > Date.now());

export function rememberSet(known: KnownSet): void {
  remember("sets", [known, ...knownSets().filter((each) => each.id !== known.id)].slice(0, 12));
}

export function forgetSet(id: string): void {
  remember(
    "sets",
    knownSets().filter((each) => each.id !== id),
  );
}
