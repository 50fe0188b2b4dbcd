/** The course in the launcher: opened as copies, kept when it is had fresh, found by links. */
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CourseModel } from "../../../../kernel/server/course/course.js";
import { projectRoot } from "../../../support/shared.js";
import { TestLab } from "../support.js";

const notebooks = join(projectRoot, "notebooks");
const lecture = "lectures/20-first-convnet.ipynb";

let lab: TestLab;
beforeAll(async () => {
  lab = await TestLab.start({}, { course: notebooks });
});
afterAll(() => lab.close());

const course = async (): Promise<CourseModel> => (await lab.ask("api/chainrule/course")).json;
const post = (what: string, path: unknown): Promise<{ status: number; json: never }> =>
  lab.ask(`api/chainrule/course/${what}`, { method: "POST", body: { path } });
const inRoot = (path: string): string => join(lab.root, path);
const original = (path: string): string => readFileSync(join(notebooks, path), "utf8");

it("lists every notebook with its title, and makes no copy by that", async () => {
  const { sections } = await course();
  expect(sections.map(({ id, title }) => `${id}: ${title}`)).toEqual([
    "lectures: Lectures",
    "psets: Problem sets",
    "experiments: Experiments",
    "talks: Talks",
    "texts: To look things up",
  ]);
  const names = readdirSync(join(notebooks, "lectures")).filter((name) => name.endsWith(".ipynb"));
  const all = sections.flatMap((one) => one.notebooks);
  expect(sections[0]!.notebooks.map(({ path }) => path)).toEqual(
    names.sort().map((name) => `lectures/${name}`),
  );
  expect(all.filter(({ title }) => title.endsWith(".ipynb") || title.length < 5)).toEqual([]);
  expect(all.find(({ path }) => path === lecture)!.title).toMatch(/^20 · A first convolutional network/);
  expect(all.every(({ copy }) => copy === null)).toBe(true);
  expect(readdirSync(lab.root)).toEqual([]);
});

it("opens a copy, once, which is trusted and the user's own", async () => {
  const copy = `course/${lecture}`;
  expect((await post("open", lecture)).json).toEqual({ path: copy, isNew: true });
  expect(readFileSync(inRoot(copy), "utf8")).toBe(original(lecture));
  const { content } = (await lab.ask(`api/contents/${copy}`)).json as {
    content: { cells: { metadata: { trusted?: boolean }; cell_type: string }[] };
  };
  expect(content.cells.every((cell) => cell.cell_type !== "code" || cell.metadata.trusted)).toBe(true);
  writeFileSync(inRoot(copy), "mine");
  expect((await post("open", lecture)).json).toEqual({ path: copy, isNew: false });
  expect(readFileSync(inRoot(copy), "utf8")).toBe("mine");
  const listed = (await course()).sections[0]!.notebooks.find(({ path }) => path === lecture);
  expect(listed!.copy).toBe(copy);
});

it("has it fresh again, and keeps what was there", async () => {
  const copy = `course/${lecture}`;
  const kept = "course/lectures/20-first-convnet-Copy1.ipynb";
  expect((await post("reset", lecture)).json).toEqual({ path: copy, kept });
  expect([readFileSync(inRoot(copy), "utf8"), readFileSync(inRoot(kept), "utf8")]).toEqual([
    original(lecture),
    "mine",
  ]);
  expect((await post("reset", "lectures/12-pooling.ipynb")).json).toEqual({
    path: "course/lectures/12-pooling.ipynb",
    kept: null,
  });
});

it("gives a problem set as a student gets it, without solutions", async () => {
  const path = "psets/p1-convolution-1d.ipynb";
  expect((await post("open", path)).json).toMatchObject({ isNew: true });
  const text = readFileSync(inRoot(`course/${path}`), "utf8");
  expect(original("psets/source/p1-convolution-1d.ipynb")).toContain("BEGIN SOLUTION");
  expect(text).not.toMatch(/BEGIN SOLUTION|BEGIN HIDDEN TESTS/);
  // Its links lead to the copies of the lectures.
  const links = [...text.matchAll(/\]\(\.\.\/(lectures\/[^)]+)\)/g)].map(([, to]) => to!);
  expect(links).toContain("lectures/10-convolution-forward-backward.ipynb");
  for (const to of links)
    expect((await lab.ask(`api/contents/course/${to}?type=notebook&content=1`)).status, to).toBe(200);
});

it("makes the copy that a link leads to, and no other file", async () => {
  const next = "course/lectures/21-architecture-search.ipynb";
  expect((await lab.ask(`api/contents/${next}?content=0`)).status).toBe(404);
  expect((await lab.ask(`api/contents/${next}?type=notebook&content=1`)).status).toBe(200);
  expect(existsSync(inRoot(next))).toBe(true);
  expect((await lab.ask("api/contents/course/lectures/none.ipynb?type=notebook")).status).toBe(404);
  expect((await lab.ask("api/contents/lectures/21-architecture-search.ipynb?type=notebook")).status).toBe(
    404,
  );
});

it("opens the texts and the talks, where the links of the lectures and of the talks find them", async () => {
  const references = "course/REFERENCES.md";
  expect((await post("open", "REFERENCES.md")).json).toEqual({ path: references, isNew: true });
  expect(readFileSync(inRoot(references), "utf8")).toBe(original("REFERENCES.md"));
  const { sections } = await course();
  const texts = sections.find(({ id }) => id === "texts")!.notebooks;
  expect(texts.filter(({ copy }) => copy !== null)).toEqual([
    { path: "REFERENCES.md", title: "References", copy: references },
  ]);
  expect(texts.map(({ path }) => path)).toEqual([
    "README.md",
    "PLAN.md",
    "GLOSSARY.md",
    "REFERENCES.md",
    "instructor.md",
    "psets/README.md",
  ]);
  const talks = sections.find(({ id }) => id === "talks")!.notebooks;
  expect(talks).toHaveLength(5);
  expect((await post("open", talks[0]!.path)).json).toEqual({
    path: `course/${talks[0]!.path}`,
    isNew: true,
  });
  // A notebook's link leads from lectures/ one folder up; what lies there and is no text of the course is not copied.
  expect((await post("open", "package.json")).status).toBe(404);
  expect((await post("open", "first-convnet.png")).status).toBe(404);
});

it.each(["lectures/none.ipynb", "../package.json", "lectures/../../package.json", "", 7, null, "__proto__"])(
  "has no %j",
  async (path) => {
    expect((await post("open", path)).status).toBe(404);
    expect((await post("reset", path)).status).toBe(404);
  },
);

it("writes nothing through a link out of the folder", async () => {
  const other = await TestLab.start({}, { course: notebooks });
  mkdirSync(join(other.around, "elsewhere"));
  symlinkSync(join(other.around, "elsewhere"), join(other.root, "course"));
  const { status } = await other.ask("api/chainrule/course/open", {
    method: "POST",
    body: { path: lecture },
  });
  expect(status).toBe(403);
  expect(readdirSync(join(other.around, "elsewhere"))).toEqual([]);
  await other.close();
});

it("is not there without its notebooks, and the page knows", async () => {
  const manifest = JSON.stringify({ version: "1", entry: "m.js", styles: [], schemas: {} });
  for (const [options, has] of [
    [{}, false],
    [{ course: notebooks }, true],
  ] as const) {
    const other = await TestLab.start({ "bundle/manifest.json": manifest }, options);
    expect((await other.ask("api/chainrule/course")).status).toBe(has ? 200 : 404);
    expect((await other.ask("lab")).text).toContain(`"courseAvailable":${has}`);
    await other.close();
  }
});
