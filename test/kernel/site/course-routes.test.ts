/** The course in a website's launcher: notebooks by their folders, the course's texts, and no file that lies beside them. */
import { expect, it } from "vitest";
import type { Contents } from "../../../kernel/site/page/contents.js";
import { courseRoutes } from "../../../kernel/site/page/course-routes.js";
import { fetchByRoutes } from "../../../kernel/site/page/routes.js";
import type { PackedFile, Shelf } from "../../../kernel/site/page/shelf.js";

const files: PackedFile[] = [
  { path: "lectures/1.ipynb", title: "1 · One", size: 1, hash: "a" },
  { path: "lectures/notes.md", size: 1, hash: "b" },
  { path: "data.csv", size: 1, hash: "c" },
  { path: "talks/A.ipynb", title: "A talk", size: 1, hash: "d" },
  { path: "REFERENCES.md", title: "References", size: 1, hash: "e" },
  { path: "own.ipynb", title: "My own", size: 1, hash: "f" },
];
const shelf = {
  contents: () => Promise.resolve({ build: "b", packed: "2026-01-01T00:00:00.000Z", files }),
  find: (path: string) => Promise.resolve(files.find((one) => one.path === path)),
} as unknown as Shelf;
const base = "https://example.org/course/";
const ask = fetchByRoutes(base, courseRoutes(shelf, {} as Contents));

it("lists notebooks and texts under their headings, and not what lies beside them", async () => {
  const response = await ask(`${base}api/chainrule/course`);
  const { sections } = (await response.json()) as {
    sections: { title: string; notebooks: { path: string; title: string; copy: string }[] }[];
  };
  const listed = sections.map(({ title, notebooks }) => [title, ...notebooks.map(({ path }) => path)]);
  expect(listed).toEqual([
    ["Lectures", "lectures/1.ipynb"],
    ["Talks", "talks/A.ipynb"],
    ["To look things up", "REFERENCES.md"],
    ["Notebooks", "own.ipynb"],
  ]);
  expect(sections[2]!.notebooks[0]).toEqual({
    path: "REFERENCES.md",
    title: "References",
    copy: "REFERENCES.md",
  });
});

it("opens a text where it is, and has no file that did not come with it", async () => {
  const open = (path: string): Promise<Response> =>
    ask(`${base}api/chainrule/course/open`, { method: "POST", body: JSON.stringify({ path }) });
  expect(await (await open("REFERENCES.md")).json()).toEqual({ path: "REFERENCES.md", isNew: false });
  expect((await open("none.md")).status).toBe(404);
});
