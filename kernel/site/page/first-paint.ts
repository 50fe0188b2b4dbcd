/**
 * What a reader sees first: the notebook as a page, with the outputs that it was stored with, while the editor and the
 * kernel are on their way. One line says what is being fetched.
 */
import { page } from "./page.js";

/** The first sight of a notebook. */
export interface FirstPaint {
  /** Says what is going on, for screen readers too. */
  say(words: string): void;
  /** Goes away when the notebook is there. */
  leave(): Promise<void>;
}

/** Milliseconds after which the editor is shown even if its notebook is not there. */
const LONG = 20_000;

/**
 * @param path of the notebook, whose page lies below pages/
 * @param hash the place in it, "" or with its #
 */
export function showStored(base: string, path: string, build: string, hash = ""): FirstPaint {
  const { document } = page;
  const name = path
    .split("/")
    .map(encodeURIComponent)
    .join("/")
    .replace(/\.ipynb$/, ".html");
  const frame = document.createElement("iframe");
  frame.setAttribute("src", `${new URL(`pages/${name}`, base).href}?${build}${hash}`);
  frame.setAttribute("title", "The notebook with its stored outputs");
  frame.setAttribute("style", "flex: 1; border: 0; width: 100%");
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  line.setAttribute(
    "style",
    "margin: 0; padding: 6px 12px; font: 14px sans-serif; background: #1976d2; color: #fff",
  );
  const cover = document.createElement("div");
  cover.id = "chainrule-first-paint";
  cover.setAttribute(
    "style",
    "position: fixed; inset: 0; z-index: 20000; display: flex; flex-direction: column; background: #fff",
  );
  cover.append(line, frame);
  document.body.append(cover);
  const say = (words: string): void => void (line.textContent = words);
  say("This notebook can be run: the editor is on its way …");
  return {
    say,
    async leave() {
      say("Opening the notebook …");
      const end = performance.now() + LONG;
      while (!isThere() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
      cover.remove();
    },
  };
}

/** Whether the front end shows a notebook. */
function isThere(): boolean {
  return page.document.querySelector(".jp-Notebook .jp-Cell") !== null;
}
