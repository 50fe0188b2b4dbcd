/** Marked cells become slides as nbconvert makes them, and a notebook without marks is told how to get them. */
import { describe, expect, it } from "vitest";
import { checkNotebook } from "../../../../kernel/notebook/format.js";
import { deckOf, minutesOfDeck } from "../../../../kernel/notebook/slides/deck.js";

const deck = (...cells: [type: unknown, source?: string][]) =>
  deckOf(
    checkNotebook({
      nbformat: 4,
      cells: cells.map(([type, source = "text"]) => ({
        cell_type: "markdown",
        source,
        metadata: type === undefined ? {} : { slideshow: { slide_type: type } },
      })),
    }),
    "talk.ipynb",
  );
/** Of each column the slides: cells from 0, fragments in brackets, notes behind a bar. */
const shape = (columns: ReturnType<typeof deck>) =>
  columns.map((slides) =>
    slides
      .map(({ parts, notes }) => {
        const shown = parts.map(({ cells, isFragment }) => (isFragment ? `[${cells.join()}]` : cells.join()));
        return shown.join(" ") + (notes.length > 0 ? ` | ${notes.join()}` : "");
      })
      .join(" / "),
  );

describe("the marks", () => {
  it("begin slides and sub-slides; what has none belongs to the slide or the fragment before it", () => {
    const cells = deck(
      ["slide"],
      [undefined],
      ["fragment"],
      ["-"],
      ["fragment"],
      ["subslide"],
      [""],
      ["slide"],
      [null],
    );
    expect(shape(cells)).toEqual(["0,1 [2,3] [4] / 5,6", "7,8"]);
  });

  it("leave cells out, and make speaker notes of others, wherever these stand", () => {
    const cells = deck(["skip"], ["slide"], ["notes"], [undefined], ["skip"], ["notes"], ["slide"]);
    expect(shape(cells)).toEqual(["1,3 | 2,5", "6"]);
  });

  it("let a talk begin with cells before the first slide, and empty cells be nothing", () => {
    expect(shape(deck([undefined], ["slide", ""], ["slide"]))).toEqual(["0", "2"]);
  });

  it("are asked for when a notebook has none, and refused by cell when they are wrong", () => {
    expect(() => deck([undefined], ["notes"])).toThrow(
      'talk.ipynb has no slides: mark the cells that begin one, in Jupyter by the property inspector (Slide Type: Slide), or write "slideshow": { "slide_type": "slide" }',
    );
    expect(() => deck(["slide"], ["slides"])).toThrow(
      'talk.ipynb: cell 2 has the slide type "slides"; it may be slide, subslide, fragment, skip, notes or "-".',
    );
  });
});

describe("minutes", () => {
  it("stand at the beginning of a note, and add up", () => {
    const timed = deck(
      ["slide"],
      ["notes", "2 min. Say it."],
      ["notes", "1 min more"],
      ["slide"],
      ["notes", "**1.5 min**"],
      ["slide"],
      ["notes", "It took 4 min once."],
    );
    expect(timed.flat().map(({ minutes }) => minutes)).toEqual([3, 1.5, undefined]);
    expect(minutesOfDeck(timed)).toBe(4.5);
  });
});
