import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// What the page talks to while `npm run dev` serves it: a VoiceCore that runs beside it.
const SERVER = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    manifest: true,
    // The policy of the page forbids data: scripts and styles; small files stay files.
    assetsInlineLimit: 0,
  },
  server: { host: "127.0.0.1", proxy: { "/api": { target: SERVER, ws: true } } },
  test: { include: ["tests/**/*.test.ts"] },
});
