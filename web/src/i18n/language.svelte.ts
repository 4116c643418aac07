import i18next from "i18next";
import { recall, remember } from "../state/memory";
import en from "./en.json";
import ru from "./ru.json";

export const LANGUAGES = { en: "English", ru: "Русский" } as const;
export type Language = keyof typeof LANGUAGES;

const NOTHING = 1e-9;
const COMPACT_FROM = 10_000;

class Tongue {
  now = $state<Language>("en");
  private numbers = $derived(new Map<string, Intl.NumberFormat>([["", new Intl.NumberFormat(this.now)]]));

  async choose(language: Language): Promise<void> {
    await i18next.changeLanguage(language);
    this.now = language;
    document.documentElement.lang = language;
    remember("language", language);
  }

  /** Write a number with so many significant digits, never as a power of ten; ``full`` keeps zeros at its end. */
  number(value: number | null | undefined, digits = 4, full = false): string {
    if (value == null || !Number.isFinite(value)) return "–";
    if (Math.abs(value) < NOTHING) return "0";
    const options = {
      maximumSignificantDigits: digits,
      minimumSignificantDigits: full ? digits : 1,
      useGrouping: Math.abs(value) >= 1e4,
    };
    const name = JSON.stringify(options);
    let format = this.numbers.get(name);
    if (!format) this.numbers.set(name, (format = new Intl.NumberFormat(this.now, options)));
    return format.format(value);
  }

  /** Write a number at an axis, where there is little room: 15k rather than 15,000. */
  tick(value: number): string {
    if (Math.abs(value) < COMPACT_FROM) return this.number(value, 4);
    return new Intl.NumberFormat(this.now, { notation: "compact", maximumFractionDigits: 1 }).format(value);
  }

  date(iso: string): string {
    return new Intl.DateTimeFormat(this.now, { dateStyle: "medium" }).format(new Date(iso));
  }
}

export const tongue = new Tongue();

/** Translate; a component that uses it follows the language, since it reads the state. */
export function t(key: string, values: Record<string, unknown> = {}): string {
  return i18next.t(key, { ...values, lng: tongue.now });
}

/** Is there a text of this name? */
export const isText = (key: string) => i18next.exists(key, { lng: tongue.now });

export async function startLanguage(): Promise<void> {
  await i18next.init({
    resources: { en: { translation: en }, ru: { translation: ru } },
    lng: "en",
    fallbackLng: "en",
    interpolation: { escapeValue: false }, // Svelte escapes
  });
  const wanted = recall<Language>("language") ?? (navigator.language.startsWith("ru") ? "ru" : "en");
  await tongue.choose(wanted in LANGUAGES ? wanted : "en");
}
