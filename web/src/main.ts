import "@fontsource/ibm-plex-sans/latin-400.css";
import "@fontsource/ibm-plex-sans/latin-500.css";
import "@fontsource/ibm-plex-sans/latin-600.css";
import "@fontsource/ibm-plex-sans/cyrillic-400.css";
import "@fontsource/ibm-plex-sans/cyrillic-500.css";
import "@fontsource/ibm-plex-sans/cyrillic-600.css";
import "./styles/tokens.css";
import "./styles/elements.css";
import { mount } from "svelte";
import Page from "./Page.svelte";
import { startLanguage } from "./i18n/language.svelte";
import { startTheme } from "./state/theme.svelte";

startTheme();
await startLanguage();
const target = document.getElementById("page");
if (target) mount(Page, { target });
