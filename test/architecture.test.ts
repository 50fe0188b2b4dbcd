/** The page that walks through the house names files that are there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "./support/shared.js";

const page = readFileSync(join(projectRoot, "ARCHITECTURE.md"), "utf8");
const named = [...page.matchAll(/`((?:lib|kernel|test)\/[\w./-]+)`/g)].map(([, file]) => file);

it("names many files, each of which is there", () => {
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((file) => !existsSync(join(projectRoot, file)))).toEqual([]);
});
