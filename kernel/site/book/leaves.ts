/** The pages of chainrule's own book: the course, the talks, and the texts that go with them. */
import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseNotebook } from "../../notebook/format.js";
import type { Notebook } from "../../notebook/format.js";
import { readShelf } from "../../server/course/shelf.js";
import type { Section } from "../../server/course/shelf.js";
import { titleOf } from "../pack/notebooks.js";
import type { Leaf } from "./book.js";

/** Texts beside the notebooks, which become pages when they are there. */
const TEXTS: readonly (readonly [path: string, section: string])[] = [
  ["README.md", "The course"],
  ["PLAN.md", "The course"],
  ["instructor.md", "For who gives the course"],
  ["GLOSSARY.md", "To look things up"],
  ["REFERENCES.md", "To look things up"],
  ["psets/README.md", "For who gives the course"],
];

/** @param folder the package's folder of notebooks */
export function courseLeaves(folder: string): Leaf[] {
  const texts = TEXTS.filter(([name]) => existsSync(path.join(folder, name))).map(([name, section]): Leaf => {
    const notebook = textNotebook(readFileSync(path.join(folder, name), "utf8"));
    return { path: name, section, title: titleOf(notebook) ?? name, notebook };
  });
  const shelf = readShelf(folder);
  const course = shelf.filter(({ id }) => id !== "talks").flatMap(leavesOf);
  const talks = shelf.filter(({ id }) => id === "talks").flatMap(leavesOf);
  const of = (section: string): Leaf[] => texts.filter((leaf) => leaf.section === section);
  return [
    ...of("The course"),
    ...course,
    ...of("To look things up"),
    ...of("For who gives the course"),
    ...talks,
  ];
}

function leavesOf({ title: section, notebooks }: Section): Leaf[] {
  return notebooks.map(({ path: name, title, read }): Leaf => {
    return { path: name, title, section, notebook: parseNotebook(read().toString("utf8"), name) };
  });
}

/** A text as a notebook of one cell. */
export function textNotebook(source: string): Notebook {
  const cell = { cell_type: "markdown" as const, id: "text", metadata: {}, source };
  return { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] };
}

/** minisearch as a script, with its licence in it. */
export function readMinisearch(): string {
  const folder = path.resolve(path.dirname(createRequire(import.meta.url).resolve("minisearch")), "../..");
  const licence = readFileSync(path.join(folder, "LICENSE.txt"), "utf8").trim();
  const script = readFileSync(path.join(folder, "dist/umd/index.js"), "utf8");
  return `/* minisearch:\n${licence.replaceAll("*/", "* /")}\n*/\n${script.replace(/^\/\/# sourceMappingURL=.*$/m, "")}`;
}
