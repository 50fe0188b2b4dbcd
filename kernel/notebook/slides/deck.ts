/**
 * The slides of a notebook, by the marks that Jupyter's editors write into the cells (`metadata.slideshow.slide_type`) and
 * that `jupyter nbconvert --to slides` reads.
 */
import { FileError } from "../files.js";
import { asObject } from "../format.js";
import type { Notebook, NotebookCell } from "../format.js";

/** A piece of a slide that is there from the start, or comes with a key. */
export interface Part {
  /** Positions of its cells in the notebook, from 0. */
  readonly cells: number[];
  readonly isFragment: boolean;
}

/** What is seen at once. */
export interface Slide {
  readonly parts: Part[];
  /** Positions of the cells of speaker notes. */
  readonly notes: number[];
  /** What the notes begin with, "2 min"; undefined when they say nothing of time. */
  minutes: number | undefined;
}

/** Slides that stand below each other: one, or one and its sub-slides. */
export type Column = Slide[];

const TYPES = ["slide", "subslide", "fragment", "skip", "notes"] as const;
type SlideType = (typeof TYPES)[number] | "";

/**
 * @param name of the notebook, for messages
 * @throws FileError when no cell begins a slide, or a cell has a mark that is none
 */
export function deckOf(notebook: Notebook, name: string): Column[] {
  const types = notebook.cells.map((cell, position) => typeOf(cell, position, name));
  if (!types.includes("slide"))
    throw new FileError(
      `${name} has no slides: mark the cells that begin one, in Jupyter by the property inspector (Slide Type: Slide), ` +
        `or write "slideshow": { "slide_type": "slide" } into their metadata.`,
    );
  const columns: Column[] = [];
  notebook.cells.forEach((cell, position) => {
    const type = types[position]!;
    if (type === "skip" || cell.source.trim() === "") return;
    if (type === "slide" || columns.length === 0) columns.push([newSlide()]);
    else if (type === "subslide") columns.at(-1)!.push(newSlide());
    const slide = columns.at(-1)!.at(-1)!;
    if (type === "notes") {
      slide.notes.push(position);
      const minutes = minutesOf(cell.source);
      if (minutes !== undefined) slide.minutes = (slide.minutes ?? 0) + minutes;
      return;
    }
    // What follows a fragment without a mark of its own comes together with it.
    if (type === "fragment") slide.parts.push({ cells: [], isFragment: true });
    else if (slide.parts.length === 0) slide.parts.push({ cells: [], isFragment: false });
    slide.parts.at(-1)!.cells.push(position);
  });
  return columns;
}

const newSlide = (): Slide => ({ parts: [], notes: [], minutes: undefined });

function typeOf(cell: NotebookCell, position: number, name: string): SlideType {
  const given = asObject(cell.metadata.slideshow).slide_type;
  if (given === undefined || given === null || given === "-" || given === "") return "";
  const found = TYPES.find((type) => type === given);
  if (found === undefined)
    throw new FileError(
      `${name}: cell ${position + 1} has the slide type ${JSON.stringify(given)}; it may be ${TYPES.join(", ")} or "-".`,
    );
  return found;
}

/** The minutes at the beginning of a note: `2 min`, `**1.5 min.**`. */
function minutesOf(note: string): number | undefined {
  const found = /^[\s*_]*(\d+(?:\.\d+)?) min\b/.exec(note)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The minutes of all slides together; 0 when the notes say nothing of time. */
export function minutesOfDeck(deck: readonly Column[]): number {
  return deck.flat().reduce((sum, { minutes = 0 }) => sum + minutes, 0);
}
