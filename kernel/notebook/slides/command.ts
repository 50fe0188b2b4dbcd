/** `chainrule slides`: writes a notebook, with the outputs that it has, as slides. No cell runs. */
import { basename, dirname, resolve } from "node:path";
import { FileError, makeFolderOf, readIfThere, readNotebook, writeWhole } from "../files.js";
import { linkOnPage } from "../links.js";
import { deckOf, minutesOfDeck } from "./deck.js";
import { deckToHtml } from "./page.js";
import { readReveal } from "./reveal.js";

export interface SlidesCommandOptions {
  /** The file of the slides; default: beside the notebook, with the ending .slides.html. */
  readonly out?: string;
  readonly theme?: "light" | "dark";
}

/**
 * @param print is given a line for the file written
 * @throws FileError when the notebook cannot be read or has no slides, or the file must not be written over
 */
export function slidesCommand(
  given: string,
  options: SlidesCommandOptions,
  print: (line: string) => void,
): void {
  const file = resolve(given);
  const page = resolve(options.out ?? `${given.replace(/\.ipynb$/i, "")}.slides.html`);
  if (page === file)
    throw new FileError(
      `--out ${options.out} would overwrite the notebook; give the slides a name of their own.`,
    );
  const notebook = readNotebook(file, given);
  const deck = deckOf(notebook, given);
  makeFolderOf(page);
  const html = deckToHtml(notebook, deck, {
    name: basename(file),
    readPicture: (name) => readIfThere(resolve(dirname(file), name)),
    resolveLink: (address) => linkOnPage(address, { notebook: file, page }),
    reveal: readReveal(),
    theme: options.theme,
  });
  writeWhole(page, html);
  const count = deck.flat().length;
  const minutes = minutesOfDeck(deck);
  print(
    `slides: ${page} (${count === 1 ? "1 slide" : `${count} slides`}${minutes > 0 ? `, ${minutes} minutes` : ""})`,
  );
}
