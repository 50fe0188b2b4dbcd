/** The course's notebooks as a user gets them. */
import { join, posix } from "node:path";
import { expect, it } from "vitest";
import { parseNotebook } from "../../../../kernel/notebook/format.js";
import { readShelf, readTexts } from "../../../../kernel/server/course/shelf.js";
import { projectRoot } from "../../../support/shared.js";

it("leads from every link of a problem set to a notebook of the course", () => {
  const shelf = readShelf(join(projectRoot, "notebooks"));
  const all = shelf.flatMap(({ notebooks }) => notebooks.map(({ path }) => path));
  const psets = shelf.find(({ id }) => id === "psets")!.notebooks;
  expect(psets).toHaveLength(8);
  for (const { path, read } of psets) {
    const { cells } = parseNotebook(read().toString("utf8"), path);
    const text = cells.flatMap((cell) => (cell.cell_type === "markdown" ? [cell.source] : [])).join("\n");
    const links = [...text.matchAll(/\]\((?![a-z]+:|#)([^()\s]+)\)/g)].map(([, to]) => to!);
    // To the lectures that it needs, and to the problem sets beside it.
    expect(links.filter((to) => to.startsWith("../lectures/")).length, path).toBeGreaterThan(0);
    expect(links.length, path).toBeGreaterThan(1);
    for (const to of links)
      expect(all, `${path}: ${to}`).toContain(posix.normalize(posix.join(posix.dirname(path), to)));
    expect(text, path).not.toContain("BEGIN SOLUTION");
  }
});

it("has every text and notebook that a lecture, a talk or a text leads to", () => {
  const folder = join(projectRoot, "notebooks");
  const [shelf, texts] = [readShelf(folder), readTexts(folder).notebooks];
  const all = [...shelf.flatMap(({ notebooks }) => notebooks), ...texts].map(({ path }) => path);
  const sources = [
    ...shelf.flatMap(({ notebooks }) =>
      notebooks.map(({ path, read }) => {
        const { cells } = parseNotebook(read().toString("utf8"), path);
        const text = cells.flatMap((cell) => (cell.cell_type === "markdown" ? [cell.source] : []));
        return { path, text: text.join("\n") };
      }),
    ),
    ...texts.map(({ path, read }) => ({ path, text: read().toString("utf8") })),
  ];
  const led: string[] = [];
  for (const { path, text } of sources)
    for (const [, to] of text.matchAll(/\]\((?![a-z]+:|#)([^()\s#]+)(?:#[^()\s]*)?\)/g)) {
      const target = posix.normalize(posix.join(posix.dirname(path), to!));
      if (/\.(?:ipynb|md)$/.test(to!)) expect(all, `${path}: ${to}`).toContain(target);
      led.push(target);
    }
  // The plan sends whoever gives the course to pages of their own.
  for (const text of ["instructor.md", "README.md", "psets/README.md", "REFERENCES.md"])
    expect(led).toContain(text);
});
