/** The front end's packages, as its lock file has them: each of those that keep a registry is there once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { projectRoot } from "../../support/shared.js";

const folder = join(projectRoot, "kernel/lab");
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
}
const manifest = read("package.json") as Manifest;
const { packages } = read("package-lock.json") as {
  packages: Readonly<Record<string, { link?: boolean; integrity?: string; resolved?: string }>>;
};
const places = Object.keys(packages).filter((place) => place.includes("node_modules/"));
const nameOf = (place: string) => place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);

const { extensions, single } = (await import(pathToFileURL(join(folder, "packages.mjs")).href)) as {
  extensions: readonly string[];
  single: RegExp;
};

it("are there once where two would break the page", () => {
  const names = places.map(nameOf).filter((name) => single.test(name));
  expect(names).toEqual(expect.arrayContaining(["react", "yjs", "@lumino/widgets", "@codemirror/state"]));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

it("are those that package.json asks for, each extension by its name", () => {
  expect((packages[""] as unknown as Manifest).devDependencies).toEqual(manifest.devDependencies);
  expect(Object.keys(manifest.devDependencies)).toEqual(expect.arrayContaining([...extensions]));
});

it("come from npm's registry, and without what is never used", () => {
  const elsewhere = places.filter((place) => {
    const { link, integrity, resolved = "https://registry.npmjs.org/" } = packages[place]!;
    return !link && !(integrity && resolved.startsWith("https://registry.npmjs.org/"));
  });
  expect(elsewhere).toEqual([]);
  expect(places.filter((place) => packages[place]!.link).map(nameOf)).toEqual([
    "@mermaid-js/layout-elk",
    "mermaid",
  ]);
});
