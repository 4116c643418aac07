import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// The service serves the page from inside the Python package, so that the wheel carries it.
export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: "../src/particlesnn/service/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    license: { fileName: "assets/licences.md" },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
});
