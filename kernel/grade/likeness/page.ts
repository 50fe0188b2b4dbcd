/** The pairs that are alike on one page, both texts side by side, for the lecturer alone. It runs no script. */
import { escape } from "html-escaper";
import { pageToHtml } from "../../notebook/page.js";
import { STYLE } from "../../notebook/style.js";
import type { Pair, SharedCell } from "./likeness.js";

/** The most pairs that are shown. */
const MOST = 50;

const OWN_STYLE = `
main { max-width: none; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.pair > div { min-width: 0; }
.pair pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.75rem 1rem; border-radius: 6px; background: var(--wash); }
mark { background: color-mix(in srgb, var(--accent) 22%, transparent); color: inherit; }
`;

/** @param found the pairs of each assignment */
export function likenessToHtml(found: ReadonlyMap<string, readonly Pair[]>): string {
  const sections = [...found].map(
    ([assignment, pairs]) => `<h2>${escape(assignment)}</h2>
${pairs.length === 0 ? "<p>No two submissions are more alike than others.</p>" : ""}${pairs.length > MOST ? `<p>The ${MOST} most alike of ${pairs.length} pairs.</p>` : ""}
${pairs.slice(0, MOST).map(pairToHtml).join("\n")}`,
  );
  const body = `<body>
<main>
<h1>Which submissions are alike?</h1>
<p>These pairs share more than others do, in the syntax of their code without its names, or in their sentences. What the release gave to everybody is left out, and what many of the class have. <strong>It is a question and not a verdict:</strong> two who learn together, read the same book or see the only short way write alike. Read both texts, and ask.</p>
${sections.join("\n")}
</main>
</body>`;
  return pageToHtml({ title: "Which submissions are alike?", style: `${STYLE}${OWN_STYLE}`, body });
}

function pairToHtml({ names, share, runs, cells }: Pair): string {
  const columns = names.map(
    (name, i) => `<div><h4>${escape(name)}</h4>\n${cells[i].map(cellToHtml).join("\n")}</div>`,
  );
  return `<h3>${names.map((name) => escape(name)).join(" and ")}: ${Math.round(100 * share)} % of the shorter one, ${runs} places</h3>
<div class="pair">${columns.join("\n")}</div>`;
}

function cellToHtml({ name, source, places }: SharedCell): string {
  let at = 0;
  let html = "";
  for (const [start, end] of places) {
    html += `${escape(source.slice(at, start))}<mark>${escape(source.slice(start, end))}</mark>`;
    at = end;
  }
  return `<p>${escape(name)}</p>\n<pre>${html}${escape(source.slice(at))}</pre>`;
}
