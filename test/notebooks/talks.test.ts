/** The talks: as long as a lecture, with minutes for every slide and figures of their own, and links that lead somewhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { deckOf, minutesOfDeck } from "../../kernel/notebook/slides/deck.js";
import { projectRoot } from "../support/shared.js";
import { readNotebook, runnableCells } from "./support.js";

const folder = "notebooks/talks";
const talks = readdirSync(join(projectRoot, folder)).filter((name) => name.endsWith(".ipynb"));

describe.each(talks.map((name) => join(folder, name)))("%s", (path) => {
  const notebook = readNotebook(path);
  const slides = deckOf(notebook, path).flat();

  it("lasts 45 minutes on 20 to 30 slides, none longer than seven", () => {
    expect(slides.length).toBeGreaterThanOrEqual(20);
    expect(slides.length).toBeLessThanOrEqual(30);
    expect(minutesOfDeck([slides])).toBe(45);
    for (const { minutes, parts } of slides) {
      const first = notebook.cells[parts[0]!.cells[0]!]!.source.slice(0, 40);
      expect(minutes, first).toBeGreaterThan(0);
      expect(minutes, first).toBeLessThanOrEqual(7);
    }
  });

  it("begins every slide with a heading, and shows figures, whose code both programs can hide", () => {
    for (const { parts } of slides) expect(notebook.cells[parts[0]!.cells[0]!]!.source).toMatch(/^##? \S/);
    const shown = new Set(slides.flatMap(({ parts }) => parts.flatMap(({ cells }) => cells)));
    const figures = runnableCells(notebook).filter((cell) => shown.has(notebook.cells.indexOf(cell)));
    expect(figures.length).toBeGreaterThanOrEqual(6);
    for (const { metadata, outputs, source } of figures) {
      expect(outputs, source).not.toEqual([]);
      expect(metadata).toMatchObject({ jupyter: { source_hidden: true }, tags: ["remove-input"] });
    }
  });

  it("links to lectures that are there", () => {
    const links = notebook.cells.flatMap(({ source }) =>
      [...source.matchAll(/\]\(([^)#]+\.ipynb)\)/g)].map(([, link]) => link!),
    );
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(existsSync(join(projectRoot, dirname(path), link)), link).toBe(true);
  });
});

it("are all named in the README of the notebooks", () => {
  const page = readFileSync(join(projectRoot, "notebooks/README.md"), "utf8");
  expect(talks.length).toBeGreaterThan(0);
  for (const name of talks) expect(page).toContain(`talks/${name}`);
});
