/**
 * The tests in five projects, by what they need. `npx vitest --project unit` runs one; `npm test` runs all.
 */
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { FailedLast } from "./test/support/failed-last.js";

/** Starts the built kernel, the command line, or other processes of dist/. */
const kernel = [
  "test/kernel/**/*.test.ts",
  "test/conformance/**/*.test.ts",
  "test/types.test.ts",
  "test/lib/engine/{blas,report,threads}.test.ts",
  "test/lib/host/{browser,bundle,new-imports}.test.ts",
  "test/lib/train/checkpoint.test.ts",
  "test/lib/train/search/search.test.ts",
];

/** The cells' language, once more on the compiler that `--typescript tslab` chooses. */
const tslab = [
  "test/kernel/language/{compiler,completion,editor,hot-loops,syntax,versions}.test.ts",
  "test/kernel/cells/{cells,tslab}.test.ts",
];

/** Runs notebooks, in Jupyter and in a browser too, and draws hundreds of pictures that they may show. */
const notebooks = [
  "test/notebooks/**/*.test.ts",
  "test/readme.test.ts",
  "test/lib/display/{gallery,mime-choice,odd-input}.test.ts",
];

/** Asks others for the right answer: PyTorch, published numbers and networks, and data on which a net must learn. */
const oracles = [
  "test/oracles/**/*.test.ts",
  "test/lib/exchange/pytorch*.test.ts",
  "test/lib/models/*.test.ts",
  "test/lib/train/mnist.test.ts",
];

export default defineConfig({
  // Tests read the sources, where package.json's "imports" names what was built from them.
  resolve: { alias: { "#host": fileURLToPath(new URL("lib/host/node", import.meta.url)) } },
  test: {
    // Tests start Jupyter, Chromium and PyTorch; two cores are shared by two workers.
    maxWorkers: 2,
    // A limit is for what hangs, not for a busy machine.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
    reporters: ["default", new FailedLast()],
    setupFiles: ["test/support/equal-tensors.ts"],
    // What a file becomes is kept from run to run, until the file changes.
    experimental: { fsModuleCache: true },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...kernel, ...notebooks, ...oracles],
          // Nothing but Node and the sources: the files share the modules that they import.
          isolate: false,
        },
      },
      { extends: true, test: { name: "kernel", include: kernel } },
      { extends: true, test: { name: "tslab", include: tslab, env: { CHAINRULE_TYPESCRIPT: "tslab" } } },
      { extends: true, test: { name: "notebooks", include: notebooks } },
      { extends: true, test: { name: "oracles", include: oracles } },
    ],
  },
});
