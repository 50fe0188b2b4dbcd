/** Shows a derivation, or any other Markdown with LaTeX, as a value that a notebook typesets. */
import { Figure } from "../figure/figure.js";

/** Shows Markdown, typeset where the front end can (`$…$` and `$$…$$` are LaTeX), and as source elsewhere. */
export function derivationView(markdown: string): Figure {
  const heading = /^#+\s+(.*)$/m.exec(markdown)?.[1];
  return new Figure({
    alt: heading === undefined ? "A derivation." : `A derivation: ${heading}.`,
    text: markdown,
    mime: { "text/markdown": markdown },
  });
}
