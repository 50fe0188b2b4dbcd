/** reveal.js as texts that go into a page: the scripts, the styles, the licence. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

export interface Reveal {
  /** The presentation. */
  readonly script: string;
  /** The speaker's window, which the key S opens. */
  readonly notes: string;
  /** The script of the speaker's window itself, which the page's content policy must allow as well. */
  readonly window: string;
  readonly style: string;
  readonly licence: string;
}

export function readReveal(): Reveal {
  const folder = path.dirname(path.dirname(createRequire(import.meta.url).resolve("reveal.js")));
  const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");
  const notes = read("dist/plugin/notes.js");
  return {
    script: read("dist/reveal.js"),
    notes,
    window: windowScript(notes),
    style: read("dist/reset.css") + read("dist/reveal.css"),
    licence: read("LICENSE").trim(),
  };
}

/** The plugin writes its window as one template of HTML with one script in it. */
function windowScript(notes: string): string {
  const found = /<script>([^]*?)<\\\/script>/.exec(notes)?.[1];
  if (found === undefined)
    throw new Error(
      "The notes of this version of reveal.js are written otherwise; see kernel/notebook/slides/reveal.ts.",
    );
  return found.replace(/\\([^])/g, "$1");
}
