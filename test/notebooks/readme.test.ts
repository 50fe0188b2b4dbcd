/** The page that maps the lectures' slides to notebooks: it names all of them, and its links lead somewhere. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "../support/shared.js";

const folder = join(projectRoot, "notebooks");
const page = readFileSync(join(folder, "README.md"), "utf8");

it("links only to files that are there", () => {
  const links = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link);
  expect(links.length).toBeGreaterThan(100);
  for (const link of new Set(links)) expect(existsSync(join(folder, link)), link).toBe(true);
});

it("names every lecture notebook, from 01 to 26", () => {
  const written = readdirSync(join(folder, "lectures")).filter((file) => file.endsWith(".ipynb"));
  for (const file of written) expect(page).toContain(file.replace(".ipynb", ""));
  for (let number = 1; number <= 26; number++) {
    expect(page).toMatch(new RegExp(`\\| \\[?${String(number).padStart(2, "0")}-[a-z0-9-]+`));
  }
});
