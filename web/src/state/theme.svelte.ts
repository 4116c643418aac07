import { recall, remember } from "./memory";

export type Theme = "system" | "light" | "dark";

class ThemeChoice {
  chosen = $state<Theme>("system");
  systemDark = $state(false);
  dark = $derived(this.chosen === "system" ? this.systemDark : this.chosen === "dark");

  choose(theme: Theme): void {
    this.chosen = theme;
    remember("theme", theme);
    show(theme);
  }
}

function show(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export const theme = new ThemeChoice();

export function startTheme(): void {
  theme.choose(recall<Theme>("theme") ?? "system");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  theme.systemDark = dark.matches;
  dark.addEventListener("change", (event) => (theme.systemDark = event.matches));
}
