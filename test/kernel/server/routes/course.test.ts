/** The course in the launcher: copied when it is opened, reset without a loss, and nothing of it but its notebooks. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { CourseSection } from "../../../../kernel/server/course.js";
import type { Model } from "../../../../kernel/server/files/models.js";
import { projectRoot } from "../../../support/shared.js";
import { TestLab } from "../support.js";

const notebook = (text: string, outputs: object[] = []): string =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: [
      { cell_type: "markdown", id: "a", metadata: {}, source: text },
      { cell_type: "code", id: "b", metadata: {}, source: "1", execution_count: null, outputs },
    ],
  });
const picture = { output_type: "display_data", data: { "image/svg+xml": "<svg/>" }, metadata: {} };

let lab: TestLab;
/** Where the test's course lies, as the project has it. */
let course: string;
beforeEach(async () => {
  course = mkdtempSync(join(tmpdir(), "chainrule-course-"));
  const source = readFileSync(join(projectRoot, "notebooks/psets/source/p1-convolution-1d.ipynb"), "utf8");
  for (const [name, text] of Object.entries({
    "lectures/02-two.ipynb": notebook("# 02 · The second\n\nText.", [picture]),
    "lectures/01-one.ipynb": notebook("Before.\n\n# 1. The first: a start"),
    "lectures/notes.md": "# No notebook",
    "psets/source/p1.ipynb": source,
    "experiments/tensors.ipynb": notebook("No heading"),
    "secret.ipynb": notebook("# Secret"),
  })) {
    mkdirSync(dirname(join(course, name)), { recursive: true });
    writeFileSync(join(course, name), text);
  }
  lab = await TestLab.start({}, { course });
});
afterEach(async () => {
  await lab.close();
  rmSync(course, { recursive: true });
});

const ask = (what: "open" | "reset", path: unknown) =>
  lab.ask(`api/chainrule/course/${what}`, { method: "POST", body: { path } });
const inRoot = (path: string): string => readFileSync(join(lab.root, path), "utf8");

it("lists the notebooks with their titles, and says which have a copy", async () => {
  await ask("open", "lectures/02-two.ipynb");
  const { sections } = (await lab.ask("api/chainrule/course")).json as { sections: CourseSection[] };
  expect(sections).toEqual([
    {
      id: "lectures",
      title: "Lectures",
      notebooks: [
        { path: "lectures/01-one.ipynb", title: "The first: a start", copy: null },
        { path: "lectures/02-two.ipynb", title: "The second", copy: "lectures/02-two.ipynb" },
      ],
    },
    {
      id: "psets",
      title: "Problem sets",
      notebooks: [{ path: "psets/p1.ipynb", title: "A convolution module in one dimension", copy: null }],
    },
    {
      id: "experiments",
      title: "Experiments",
      notebooks: [{ path: "experiments/tensors.ipynb", title: "tensors", copy: null }],
    },
  ]);
});

it("copies a notebook once, as one that the user trusts", async () => {
  const path = "lectures/02-two.ipynb";
  expect((await ask("open", path)).json).toEqual({ path, isNew: true });
  expect(inRoot(path)).toBe(readFileSync(join(course, path), "utf8"));
  const { content } = (await lab.ask(`api/contents/${path}`)).json as Model;
  expect(content).toMatchObject({ cells: [{}, { metadata: { trusted: true } }] });
  writeFileSync(join(lab.root, path), notebook("# Mine"));
  expect((await ask("open", path)).json).toEqual({ path, isNew: false });
  expect(inRoot(path)).toBe(notebook("# Mine"));
});

it("resets a copy and keeps the user's version, as often as it is asked", async () => {
  const path = "lectures/02-two.ipynb";
  expect((await ask("reset", path)).json).toEqual({ path, kept: null });
  for (const [text, kept] of [
    ["one", "lectures/02-two-mine.ipynb"],
    ["two", "lectures/02-two-mine-1.ipynb"],
  ] as const) {
    writeFileSync(join(lab.root, path), text);
    expect((await ask("reset", path)).json).toEqual({ path, kept });
    expect(inRoot(kept)).toBe(text);
    expect(inRoot(path)).toBe(readFileSync(join(course, path), "utf8"));
  }
});

it("gives problem sets with stubs, without solutions and hidden tests", async () => {
  expect((await ask("open", "psets/p1.ipynb")).status).toBe(200);
  const text = inRoot("psets/p1.ipynb");
  expect(text).toContain("not implemented");
  expect(text).not.toMatch(/BEGIN SOLUTION|BEGIN HIDDEN TESTS/);
});

it("gives nothing but the course's notebooks, and writes nowhere but into the folder", async () => {
  for (const path of ["secret.ipynb", "../secret.ipynb", "lectures/notes.md", "lectures", "", undefined, 7]) {
    expect((await ask("open", path)).status, String(path)).toBe(404);
    expect((await ask("reset", path)).status, String(path)).toBe(404);
  }
  const elsewhere = join(lab.around, "elsewhere");
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(lab.root, "lectures"));
  expect((await ask("open", "lectures/01-one.ipynb")).status).toBe(403);
  expect(existsSync(join(elsewhere, "01-one.ipynb"))).toBe(false);
});

it("does not reset the course's own notebooks", async () => {
  await lab.close();
  lab = await TestLab.start({}, { course, root: course });
  expect((await ask("open", "lectures/01-one.ipynb")).json).toMatchObject({ isNew: false });
  expect((await ask("reset", "lectures/01-one.ipynb")).status).toBe(409);
});
