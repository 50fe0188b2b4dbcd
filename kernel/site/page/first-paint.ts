/**
 * What a reader sees first: the notebook as a page, with the outputs that it was stored with, while the editor and the
 * kernel are on their way; the contents of all pages where the address names no notebook. One line says what is being fetched.
 */
import { page } from "./page.js";
import type { PageElement } from "./page.js";

/** The first sight of a notebook, or of the website. */
export interface FirstPaint {
  /** Says what is going on, for screen readers too. */
  say(words: string): void;
  /** Goes away when the front end shows what the address names. */
  leave(): Promise<void>;
}

/** Milliseconds after which the editor is shown even if its notebook is not there. */
const LONG = 20_000;

/** What the front end has when it shows something: by what the address names. */
const THERE = { notebook: ".jp-Notebook .jp-Cell", other: ".jp-LauncherCard, .jp-Document" };

/** What the front end shows instead until then. */
const SPINNER = ".jp-MainAreaWidget:not(.lm-mod-hidden) > .jp-Spinner";

/**
 * @param path that the address names: of a notebook, whose page lies below pages/, or another one or ""
 * @param hash the place in it, "" or with its #
 */
export function showStored(base: string, path: string, build: string, hash = ""): FirstPaint {
  const { document } = page;
  const isNotebook = path.endsWith(".ipynb");
  const name = isNotebook ? path.split("/").map(encodeURIComponent).join("/") : "index.ipynb";
  const stored = `pages/${name.replace(/\.ipynb$/, ".html")}`;
  const frame = document.createElement("iframe");
  frame.setAttribute("src", `${new URL(stored, base).href}?${build}${isNotebook ? hash : ""}`);
  frame.setAttribute("title", isNotebook ? "The notebook with its stored outputs" : "Contents");
  frame.setAttribute("style", "flex: 1; border: 0; width: 100%");
  frame.addEventListener("load", () => ready(frame));
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
    "position: fixed; inset: 0; z-index: 20000; display: flex; flex-direction: column; color-scheme: light dark; background: Canvas",
  );
  cover.append(line, frame);
  document.body.append(cover);
  const say = (words: string): void => void (line.textContent = words);
  say(`${isNotebook ? "This notebook" : "Every notebook"} can be run: the editor is on its way …`);
  return {
    say,
    async leave() {
      say(`Opening the ${isNotebook ? "notebook" : "editor"} …`);
      const there = isNotebook ? THERE.notebook : THERE.other;
      const isThere = (): boolean =>
        document.querySelector(there) !== null && document.querySelector(SPINNER) === null;
      const end = performance.now() + LONG;
      while (!isThere() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
      cover.remove();
    },
  };
}

/** The frame goes away in a moment: what a reader chooses in it opens in its place. A reader's own notebook has no stored page. */
function ready(frame: PageElement): void {
  const stored = frame.contentDocument;
  if (!stored?.querySelector("main")) return frame.setAttribute("hidden", "");
  for (const link of stored.querySelectorAll('a:not([href^="#"])')) link.setAttribute("target", "_top");
}
