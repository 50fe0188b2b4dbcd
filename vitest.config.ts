import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests read the sources, where package.json's "imports" names what was built from them.
  resolve: { alias: { "#host": fileURLToPath(new URL("lib/host/node", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    // Tests start Jupyter, Chromium and PyTorch; two cores are shared by two workers.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
