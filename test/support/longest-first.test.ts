/** The files that take minutes begin first; the others keep vitest's order. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BaseSequencer, type TestSpecification, type Vitest } from "vitest/node";
import { expect, it, vi } from "vitest";
import { longest } from "../../vitest.config.js";
import { longestFirst } from "./longest-first.js";
import { projectRoot } from "./shared.js";

it("begins with the named files, the longest first", async () => {
  const files = ["unit/a", "kernel/long", "unit/b", "notebooks/longest", "unit/c"].map(
    (name) => ({ moduleId: `/root/test/${name}.test.ts` }) as TestSpecification,
  );
  vi.spyOn(BaseSequencer.prototype, "sort").mockImplementation((given) => Promise.resolve([...given]));
  const Order = longestFirst(["test/notebooks/longest.test.ts", "test/kernel/long.test.ts"]);
  const sorted = await new Order({} as Vitest).sort(files);
  expect(sorted.map(({ moduleId }) => moduleId.split("/").at(-1)!.split(".")[0])).toEqual([
    "longest",
    "long",
    "a",
    "b",
    "c",
  ]);
  vi.restoreAllMocks();
});

it("knows files that there are", () => {
  for (const name of longest) expect(existsSync(join(projectRoot, name)), name).toBe(true);
});
