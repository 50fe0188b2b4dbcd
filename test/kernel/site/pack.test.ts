/** A website's folder: what is in it, and what must never be. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { assign } from "../../../kernel/grade/assign.js";
import { formatNotebook, parseNotebook } from "../../../kernel/notebook/format.js";
import { courseFiles, folderFiles } from "../../../kernel/site/pack/notebooks.js";
import { packSite } from "../../../kernel/site/pack/pack.js";
import type { PackedContents } from "../../../kernel/site/page/shelf.js";
import { listenOn, siteServer } from "../../../kernel/site/serve.js";
import { projectRoot } from "../../support/shared.js";
import { smallAssignment } from "../../support/small-assignment.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-pack-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const notebook = (source: string): string =>
  JSON.stringify({
    cells: [{ cell_type: "markdown", id: "a", metadata: {}, source }],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  });

// As the builds of the front end and of the kernel are, but small.
write({
  "lab/manifest.json": JSON.stringify({
    version: "1.2.3",
    jupyterlab: "4.6.6",
    entry: "main-0.js",
    styles: ["main-0.css"],
    schemas: { "@jupyterlab/docmanager-extension": ["plugin"] },
  }),
  "lab/static/main-0.js": "1",
  "lab/themes/theme/index.css": "",
  "lab/licences.txt": "MIT",
  "lab/schemas/@jupyterlab/docmanager-extension/plugin.json": JSON.stringify({
    properties: { autosaveInterval: { default: 120 } },
  }),
  "kernel/manifest.json": JSON.stringify({
    page: "page-0.js",
    service: "service-0.js",
    cell: "cell-0.js",
    element: "element-0.js",
    site: { version: "1.2.3", workers: { language: "language-0.js", cells: "cells-0.js" }, modules: {} },
  }),
  "kernel/page-0.js": "2",
  "kernel/service-0.js": "3",
  "kernel/cell-0.js": "4",
  "kernel/element-0.js": "5",
  "course/1.ipynb": notebook("# One & <only>"),
  "course/data/points.csv": "x,y\n",
  "course/.git/config": "secret",
  "course/set/small.ipynb": formatNotebook(smallAssignment),
});

const said: string[] = [];
const pack = (out: string) =>
  packSite({
    lab: join(folder, "lab"),
    kernel: join(folder, "kernel"),
    out,
    title: "My <course>",
    files: folderFiles(join(folder, "course"), out, (line) => said.push(line)),
  });

/** Every text in a folder. */
const texts = (of: string): string =>
  readdirSync(of, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n");

describe("a website of a folder", () => {
  const out = join(folder, "public");

  it("has the notebooks, what lies beside them, and a list of both", async () => {
    expect(await pack(out)).toMatchObject({ notebooks: 2 });
    const { files } = JSON.parse(readFileSync(join(out, "contents.json"), "utf8")) as PackedContents;
    expect(files.map(({ path, title }) => [path, title])).toEqual([
      ["1.ipynb", "One & <only>"],
      ["data/points.csv", undefined],
      ["set/small.ipynb", "small"],
    ]);
    for (const { path, size } of files) expect(readFileSync(join(out, "files", path)).length).toBe(size);
    expect(existsSync(join(out, "files/.git"))).toBe(false);
  });

  it("has a page whose addresses are all relative, so that it works below any path", () => {
    const html = readFileSync(join(out, "index.html"), "utf8");
    expect(html).toContain("<title>My &lt;course&gt;</title>");
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    expect(addresses).toContain("kernel/page-0.js");
    expect(addresses).toContain("lab/static/main-0.js");
    expect(addresses.filter((one) => /^\/|:/.test(one))).toEqual([]);
    expect(html).toContain('"/course/data/points.csv":"x,y\\n"');
  });

  it("has a page of one live cell for others' pages, which runs no script but its own", () => {
    expect(readFileSync(join(out, "cell.js"), "utf8")).toBe("5");
    const html = readFileSync(join(out, "cell/index.html"), "utf8");
    expect(html).toContain('src="../kernel/cell-0.js"');
    expect(html).toMatch(/Content-Security-Policy" content="default-src 'none'; script-src 'self';/);
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    expect(addresses.filter((one) => !one.startsWith("../"))).toEqual([]);
    // The course's own files travel with the notebook's page alone.
    expect(html).not.toContain("/course/data/points.csv");
  });

  it("saves more often than JupyterLab does by itself", () => {
    const settings = JSON.parse(readFileSync(join(out, "lab/settings.json"), "utf8")) as object[];
    expect(settings).toEqual([
      {
        id: "@jupyterlab/docmanager-extension:plugin",
        version: "1.2.3",
        schema: { properties: { autosaveInterval: { default: 10 } } },
      },
    ]);
  });

  it("gets the students' version of what has solutions and hidden tests, and says so", () => {
    expect(said).toContain(
      "set/small.ipynb has solutions or hidden tests: the website gets the students' version.",
    );
    expect(texts(out)).not.toContain("return 2 * x");
    expect(texts(join(folder, "course"))).toContain("return 2 * x");
  });

  it("is made anew in the place of an older one, but not in the place of anything else", async () => {
    const first = (await pack(out)).build;
    expect((await pack(out)).build).toBe(first);
    write({ "course/1.ipynb": notebook("# Two") });
    expect((await pack(out)).build).not.toBe(first);
    await expect(pack(join(folder, "course"))).rejects.toThrow(/holds something that is no website/);
    expect(() => folderFiles(join(folder, "lab"), out, () => {})).toThrow(/there is no notebook in/);
  });
});

it("the course of the package on npm, which has no instructors' notebooks, has what was made of them", () => {
  const student = assign(smallAssignment);
  write({
    "package/notebooks/lectures/1.ipynb": notebook("# One"),
    "package/dist/psets/small.ipynb": formatNotebook(student),
  });
  const files = courseFiles(join(folder, "package/notebooks"));
  expect(files.map(({ path }) => path)).toEqual(["lectures/1.ipynb", "psets/small.ipynb"]);
  const { cells } = parseNotebook(files[1]!.bytes.toString("utf8"), "small.ipynb");
  expect(cells.map(({ source }) => source)).toEqual(student.cells.map(({ source }) => source));
});

it("the project's own course on a website has no key and no hidden test", () => {
  const source = join(projectRoot, "notebooks/psets/source");
  const files = courseFiles(join(projectRoot, "notebooks"));
  expect(files.filter(({ path }) => path.endsWith(".md")).map(({ title }) => title)).toEqual([
    "The notebooks",
    "Plan of the course",
    "Glossary",
    "References",
    "For who gives the course",
    "Problem sets",
  ]);
  const shipped = files
    .filter(({ path }) => path.endsWith(".ipynb"))
    .flatMap(({ bytes, path }) => parseNotebook(bytes.toString("utf8"), path).cells)
    .map((cell) => JSON.stringify(cell));
  const psets = readdirSync(source).filter((name) => name.endsWith(".ipynb"));
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(psets.map((name) => `psets/${name}`)));
  let secrets = 0;
  for (const name of psets) {
    const { cells } = parseNotebook(readFileSync(join(source, name), "utf8"), name);
    for (const { source } of cells)
      for (const [, kind, region] of source.matchAll(
        /BEGIN (SOLUTION|HIDDEN TESTS)[^\n]*\n([^]*?)\n[^\n]*END \1/g,
      )) {
        // What one line says, a lecture may say too.
        if (region!.length < 60) continue;
        secrets++;
        const text = JSON.stringify(region).slice(1, -1);
        expect([name, kind, shipped.find((one) => one.includes(text))]).toEqual([name, kind, undefined]);
      }
  }
  expect(secrets).toBeGreaterThan(10);
  expect(shipped.filter((one) => /BEGIN (?:SOLUTION|HIDDEN)/.test(one))).toEqual([]);
});

describe("shown on this machine", () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  it("is served as a plain host serves it, below its path and nothing above", async () => {
    const out = join(folder, "public");
    await pack(out);
    server = siteServer(out, "/course/");
    const address = `http://127.0.0.1:${await listenOn(server, 0)}`;
    const get = async (path: string): Promise<[number, string | null]> => {
      const response = await fetch(address + path, { redirect: "manual" });
      await response.arrayBuffer();
      return [response.status, response.headers.get("content-type")];
    };
    expect(await get("/course/")).toEqual([200, "text/html; charset=utf-8"]);
    expect(await get("/course/kernel/page-0.js")).toEqual([200, "text/javascript; charset=utf-8"]);
    expect((await get("/course"))[0]).toBe(302);
    expect((await get("/"))[0]).toBe(404);
    expect((await get("/course/%2e%2e/lab/manifest.json"))[0]).toBe(404);
    expect((await get("/course/..%2flab/manifest.json"))[0]).toBe(404);
    // A folder beside the website's, whose name begins with the website's.
    write({ [`${basename(out)}.old/index.html`]: "secret" });
    expect((await get(`/course/..%2f${basename(out)}.old/index.html`))[0]).toBe(404);
    expect((await get("/course/none.js"))[0]).toBe(404);
  });
});
