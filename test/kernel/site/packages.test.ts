/** What `chainrule site --with` and `--data` put into a website: scripts that a browser runs, the types of them, files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { siteData } from "../../../kernel/site/pack/data.js";
import { sitePackages } from "../../../kernel/site/pack/packages.js";
import type { SitePackages } from "../../../kernel/site/pack/packages.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-with-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const packageOf = (name: string, fields: object = {}): string =>
  JSON.stringify({
    name,
    version: "1.0.0",
    type: "module",
    main: "index.js",
    ...fields,
    scripts: { a: "b" },
  });

write({
  "course/1.ipynb": "{}",
  // Typed, with a package of its own below it, and with what the website has.
  "course/node_modules/points/package.json": packageOf("points", { types: "index.d.ts" }),
  "course/node_modules/points/index.js":
    'import { half } from "halves"; import nd from "ndarray"; import { join } from "node:path";\n' +
    'export const middle = (n) => half(n); export class Point {} export const own = [nd, join("a", "b")];',
  "course/node_modules/points/index.d.ts":
    'import type { Half } from "halves";\nexport declare function middle(n: number): Half;\n',
  "course/node_modules/halves/package.json": packageOf("halves", {
    exports: { types: "./halves.d.ts", default: "./halves.js" },
  }),
  "course/node_modules/halves/halves.js": "export const half = (n) => n / 2;",
  "course/node_modules/halves/halves.d.ts": "export type Half = number;\n",
  // Of CommonJS and without types; scoped, with types in @types.
  "course/node_modules/old/package.json": packageOf("old", { type: "commonjs" }),
  "course/node_modules/old/index.js": "exports.three = 3;",
  "course/node_modules/@some/one/package.json": packageOf("@some/one"),
  "course/node_modules/@some/one/index.js": "export const one = 1;",
  "course/node_modules/@types/some__one/package.json": packageOf("@types/some__one", { types: "index.d.ts" }),
  "course/node_modules/@types/some__one/index.d.ts": "export declare const one: 1;\n",
  // What a browser cannot run, and what can do without Node there.
  "course/node_modules/server/package.json": packageOf("server"),
  "course/node_modules/server/index.js": 'import { createServer } from "http"; export default createServer;',
  "course/node_modules/both/package.json": packageOf("both", { browser: { fs: false } }),
  "course/node_modules/both/index.js": 'import fs from "fs"; export const hasDisk = "readFileSync" in fs;',
});

const course = join(folder, "course");
const own = { ndarray: "own-0.mjs", "node:path": "own-0.mjs" };

/** Imports a script as a page does, beside the website's own. */
async function imported({ modules, scripts }: SitePackages, name: string): Promise<Record<string, unknown>> {
  const place = mkdtempSync(join(folder, "kernel-"));
  mkdirSync(join(place, "packages"));
  writeFileSync(join(place, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(place, "own-0.mjs"),
    'export default "the website\'s"; export const join = () => "the website\'s";',
  );
  for (const [file, bytes] of Object.entries(scripts)) writeFileSync(join(place, file), bytes);
  return (await import(pathToFileURL(join(place, modules[name]!)).href)) as Record<string, unknown>;
}

describe("a package of a website", () => {
  it("is bundled with what it needs, but for what the website has already", async () => {
    const made = await sitePackages(["points", "@some/one"], course, own);
    expect(Object.keys(made.modules)).toEqual(["points", "@some/one"]);
    for (const address of Object.values(made.modules))
      expect(address).toMatch(/^packages\/[\w-]+-\w{8}\.js$/);
    const points = await imported(made, "points");
    expect((points["middle"] as (n: number) => number)(6)).toBe(3);
    expect(points["own"]).toEqual(["the website's", "the website's"]);
    // A user sees the names of classes.
    expect((points["Point"] as { name: string }).name).toBe("Point");
    expect(await imported(made, "@some/one")).toMatchObject({ one: 1 });
  });

  it("brings its declarations and those that they name, with what a compiler reads of a package.json", async () => {
    const { types, untyped } = await sitePackages(["points", "@some/one"], course, own);
    expect(Object.keys(types).sort()).toEqual([
      "/course/node_modules/@types/some__one/index.d.ts",
      "/course/node_modules/@types/some__one/package.json",
      "/course/node_modules/halves/halves.d.ts",
      "/course/node_modules/halves/package.json",
      "/course/node_modules/points/index.d.ts",
      "/course/node_modules/points/package.json",
    ]);
    expect(JSON.parse(types["/course/node_modules/points/package.json"]!)).not.toHaveProperty("scripts");
    expect(untyped).toEqual([]);
  });

  it("of CommonJS is its exports as the default, and one without types is said to be so", async () => {
    const made = await sitePackages(["old"], course, own);
    expect(made.untyped).toEqual(["old"]);
    expect((await imported(made, "old"))["default"]).toEqual({ three: 3 });
  });

  it("has what it says that it has in a browser, and not Node's", async () => {
    expect(await imported(await sitePackages(["both"], course, own), "both")).toMatchObject({
      hasDisk: false,
    });
  });

  it.each([
    ["server", /server\/index\.js needs http of Node's, which no browser has/],
    ["nowhere", /nowhere is not installed in .*course; install it there: npm install nowhere/],
    ["../other", /this is no name of a package/],
  ])("called %s is refused, and why", async (name, why) => {
    await expect(sitePackages([name], course, own)).rejects.toThrow(why);
  });

  it("that every website has is not bundled again", async () => {
    expect(await sitePackages(["ndarray"], course, own)).toEqual({
      modules: {},
      scripts: {},
      types: {},
      untyped: [],
    });
  });
});

describe("a data set of a website", () => {
  const before = process.env.CHAINRULE_DATA;
  afterEach(() => {
    if (before === undefined) delete process.env.CHAINRULE_DATA;
    else process.env.CHAINRULE_DATA = before;
  });

  it("is found by its name where the library finds it, or by its folder", () => {
    write({ "data/mnist/t10k-labels-idx1-ubyte": "labels", "data/mnist/.lock": "", "data/mnist/more/x": "" });
    process.env.CHAINRULE_DATA = join(folder, "data");
    const found = siteData("mnist");
    expect(found.name).toBe("mnist");
    expect(Object.keys(found.files)).toEqual(["t10k-labels-idx1-ubyte"]);
    expect(siteData(join(folder, "data/mnist"))).toEqual(found);
  });

  it("that is not here is refused, with where it was looked for and the way out", () => {
    process.env.CHAINRULE_DATA = join(folder, "data");
    expect(() => siteData("cifar10")).toThrow(
      /there are no files of it in .*cifar10.*await cifar10\(\{ download: true \}\)/,
    );
    expect(() => siteData(join(folder, "none"))).toThrow(
      /there are no files of it in .*none\. Give their folder\./,
    );
  });
});
