import type { ScanMap } from "../canvas/scanmap";
import { looks } from "./looks.svelte";
import { openSet } from "./openset.svelte";
import { type Tool, workspace } from "./workspace.svelte";

/** Keys and what they choose, as the help shows them. */
export const TOOL_KEYS: Record<string, Tool> = {
  v: "select",
  l: "lasso",
  a: "propose",
  d: "draw",
  s: "split",
  e: "vertices",
  m: "measure",
  r: "region",
};
const CHANGING: Tool[] = ["propose", "draw", "split", "vertices"];

export const toolAllowed = (tool: Tool) => openSet.owner || !CHANGING.includes(tool);

function isTyping(event: KeyboardEvent): boolean {
  const element = event.target as HTMLElement;
  return (
    element.matches?.("input:not([type=range]):not([type=checkbox]), select, textarea, dialog *") ?? false
  );
}

function withControl(key: string, shift: boolean): (() => void) | null {
  if (key === "z") return () => (shift ? workspace.redo() : workspace.undo());
  if (key === "y") return () => workspace.redo();
  if (key === "a") return () => workspace.select(workspace.shown.map((row) => row.id));
  return null;
}

function alone(key: string, map: ScanMap, onMap: boolean): (() => void) | null {
  const tool = TOOL_KEYS[key];
  if (tool && toolAllowed(tool)) return () => (workspace.tool = tool);
  const owner = openSet.owner;
  switch (key) {
    case "delete":
    case "backspace":
      return owner ? () => workspace.remove(workspace.selected) : null;
    case "g":
      return owner ? () => workspace.merge() : null;
    case "x":
      return owner ? () => workspace.splitAcross() : null;
    case "n":
      return () => workspace.walk(1);
    case "p":
      return () => workspace.walk(-1);
    case "f":
      return () => map.fit();
    case "c":
      return () => (looks.contours = !looks.contours);
    case "escape":
      return () => {
        if (workspace.tool !== "select") workspace.tool = "select";
        else workspace.select([]);
      };
    case "enter":
      if (!onMap) return null;
      return workspace.tool === "propose" ? () => void workspace.propose(map.centre) : () => map.press();
    default:
      return null;
  }
}

/** Listen to the keyboard until the returned function is called. */
export function followKeys(map: ScanMap, target: () => HTMLElement): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.altKey || isTyping(event)) return;
    const key = keyOf(event);
    const onMap = target().contains(event.target as Node);
    const action = event.ctrlKey || event.metaKey ? withControl(key, event.shiftKey) : alone(key, map, onMap);
    if (!action || openSet.place !== "scan") return;
    event.preventDefault();
    action();
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

/** The letter printed on the key, whatever alphabet is switched on. */
function keyOf(event: KeyboardEvent): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  const latin = /^[a-z]$/i.test(event.key);
  return (latin || !letter ? event.key : letter).toLowerCase();
}
