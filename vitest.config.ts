/**
 * The tests in six projects, by what they need. `npx vitest --project unit` runs one; `npm test` runs all.
 */
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { FailedLast } from "./test/support/failed-last.js";
import { longestFirst } from "./test/support/longest-first.js";
import { nativeFile } from "./test/support/native-file.js";

/** Starts the built kernel, the command line, or other processes of dist/. */
const kernel = [
  "test/kernel/**/*.test.ts",
  "test/conformance/**/*.test.ts",
  "test/types.test.ts",
  "test/lib/engine/{blas,native-package,report,threads}.test.ts",
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

/** The WebGPU engine, where there is a card and the package webgpu: a software card is enough. */
const gpu = ["test/lib/engine/gpu{,-node,-opening,-page}.test.ts", "test/lib/engine/gpu/*.test.ts"];

/** The engine's tests once more, on the native routines, where there is a C compiler to make them with. */
const native = ["test/lib/engine/{arena,engines,fusion,locality,native,threads}.test.ts"];

/** Asks others for the right answer: PyTorch, published numbers and networks, and data on which a net must learn. */
const oracles = [
  "test/oracles/**/*.test.ts",
  "test/lib/exchange/pytorch*.test.ts",
  "test/lib/models/*.test.ts",
  "test/lib/train/mnist.test.ts",
];

/** What takes more than 80 seconds alone, the longest first. */
export const longest = [
  "test/notebooks/run.test.ts",
  "test/kernel/places/slurm-nodes.test.ts",
  "test/kernel/cells/interrupt.test.ts",
  "test/kernel/site/course.test.ts",
  "test/notebooks/psets/psets.test.ts",
  "test/kernel/grade/attacks.test.ts",
  "test/kernel/site/work.test.ts",
  "test/kernel/lab/journeys.test.ts",
  "test/kernel/cells/ground.test.ts",
  "test/notebooks/psets/jupyter.test.ts",
  "test/notebooks/psets/names.test.ts",
  "test/kernel/places/queue.test.ts",
  "test/kernel/site/psets.test.ts",
];

/**
 * In continuous integration a test of kernels and browsers may fail once: among ten thousand of them somebody else's front end drops a
 * key. What passed only the second time is printed at the end of the run.
 */
const retry = process.env.CI ? 1 : 0;

/**
 * Where networks are trained, each on one thread: the workers fill the cores, so that a second thread would look for work most of the time,
 * for a sixth more of the processors' time. The numbers are the same to the last bit (test/lib/engine/threads.test.ts).
 */
const oneThread = { CHAINRULE_THREADS: "1" };

export default defineConfig({
  // Tests read the sources, where package.json's "imports" names what was built from them.
  resolve: { alias: { "#host": fileURLToPath(new URL("lib/host/node", import.meta.url)) } },
  test: {
    // Two cores and four workers: tests of kernels and browsers wait for a third of their time, and three left a fifth of the cores idle.
    maxWorkers: 4,
    sequence: { sequencer: longestFirst(longest) },
    // A limit is for what hangs, not for a busy machine.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 120_000 } },
    reporters: ["default", new FailedLast()],
    globalSetup: ["test/support/once-a-run.ts"],
    setupFiles: ["test/support/equal-tensors.ts", "test/support/leave-nothing.ts"],
    // What a file becomes is kept from run to run, until the file changes.
    experimental: { fsModuleCache: true },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [
            ...configDefaults.exclude,
            ...kernel,
            ...notebooks,
            ...oracles,
            "test/lib/engine/native.test.ts",
            ...gpu,
          ],
          // Nothing but Node and the sources: the files share the modules that they import.
          isolate: false,
        },
      },
      { extends: true, test: { name: "kernel", include: kernel, retry } },
      { extends: true, test: { name: "tslab", include: tslab, env: { CHAINRULE_TYPESCRIPT: "tslab" } } },
      {
        extends: true,
        test: {
          name: "native",
          include: native,
          globalSetup: ["test/support/native-build.ts"],
          env: { CHAINRULE_NATIVE: nativeFile ?? "off" },
        },
      },
      { extends: true, test: { name: "gpu", include: gpu, setupFiles: ["test/support/software-card.ts"] } },
      { extends: true, test: { name: "notebooks", include: notebooks, retry, env: oneThread } },
      { extends: true, test: { name: "oracles", include: oracles, env: oneThread } },
    ],
  },
});
