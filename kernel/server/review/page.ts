/** The page on which a person marks one part: its question, the rubric, and all answers side by side. */
import { escape } from "html-escaper";
import { MarkdownRenderer } from "../../notebook/markdown.js";
import { mathStyle } from "../../notebook/math-style.js";
import { STYLE } from "../../notebook/style.js";
import type { PartOnDesk, PartToMark, Paper } from "./desk.js";

/** Answers come from students: they are shown in frames in which nothing runs. The page's own script is a file. */
export const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; font-src data:; " +
  "style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

const OWN_STYLE = `
body { font-size: 1rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1rem; padding: 0.75rem 1.25rem; border-bottom: 1px solid var(--faint); }
header h1 { font-size: 1.2rem; margin: 0; }
header nav { display: flex; flex-wrap: wrap; gap: 0.25rem 0.9rem; margin-left: auto; }
header nav a[aria-current] { font-weight: 600; color: var(--text); text-decoration: none; }
.desk { display: grid; grid-template-columns: 21rem minmax(0, 1fr); }
aside { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 1rem 1.25rem; border-right: 1px solid var(--faint); font-size: 0.9375rem; }
aside h2 { font-size: 1rem; margin: 1.2em 0 0.4em; padding: 0; border: 0; }
aside table { width: 100%; } aside td { padding: 0.15rem 0.25rem; border: 0; }
aside input { font: inherit; padding: 0.15rem 0.3rem; border: 1px solid var(--faint); border-radius: 4px; background: var(--page); color: var(--text); width: 100%; }
aside .worth { width: 4rem; } kbd { font: 0.8125rem var(--mono); padding: 0 0.3em; border: 1px solid var(--faint); border-radius: 4px; background: var(--wash); }
.papers { display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1rem; padding: 1rem 1.25rem 50vh; align-items: start; }
article { border: 1px solid var(--faint); border-radius: 8px; background: var(--page); scroll-margin: 1rem; }
article:focus, article:focus-within { outline: 3px solid var(--accent); outline-offset: 1px; }
article h3 { display: flex; gap: 0.5rem; font-size: 0.9375rem; margin: 0; padding: 0.5rem 0.75rem; background: var(--wash); border-radius: 8px 8px 0 0; }
article h3 output { margin-left: auto; font-variant-numeric: tabular-nums; }
article.open h3 output { color: var(--muted); font-weight: 400; }
article iframe { display: block; width: 100%; height: 9rem; border: 0; }
article .marking { padding: 0.5rem 0.75rem; border-top: 1px solid var(--faint); font-size: 0.875rem; display: grid; gap: 0.35rem; }
article .items { display: flex; flex-wrap: wrap; gap: 0.3rem; }
article button { font: inherit; text-align: left; padding: 0.1rem 0.45rem; border: 1px solid var(--faint); border-radius: 4px; background: var(--page); color: var(--text); cursor: pointer; }
article button[aria-pressed="true"] { background: var(--accent); color: var(--page); border-color: var(--accent); }
article label { display: flex; gap: 0.5rem; align-items: center; }
article input, article textarea { font: inherit; padding: 0.15rem 0.35rem; border: 1px solid var(--faint); border-radius: 4px; background: var(--page); color: var(--text); }
article input { width: 5rem; } article textarea { flex: 1; min-height: 2.1em; resize: vertical; field-sizing: content; }
.changed { margin: 0; color: var(--muted); }
#status { min-height: 1.4em; color: var(--muted); } #status.bad { color: var(--bad); font-weight: 600; }
.question { max-height: 40vh; overflow-y: auto; }
.none { padding: 2rem 1.25rem; }
@media (max-width: 60rem) { .desk { grid-template-columns: minmax(0, 1fr); } aside { position: static; max-height: none; border-right: 0; border-bottom: 1px solid var(--faint); } }
`;

/** @param shown undefined when there is nothing to mark */
export function reviewPage(parts: readonly PartToMark[], shown: PartOnDesk | undefined): string {
  const links = parts.map(({ assignment, id, count, open }) => {
    const isHere = shown?.assignment === assignment && shown.question.id === id;
    const address = `?${new URLSearchParams({ assignment, part: id }).toString()}`;
    return `<a href="${escape(address)}"${isHere ? ' aria-current="page"' : ""}>${escape(id)} <span class="left">${count - open} of ${count}</span></a>`;
  });
  const body = `<header>
<h1>${shown ? `${escape(shown.assignment)}: ${escape(shown.question.id)}, ${shown.question.points} points` : "Nothing to mark"}</h1>
<nav aria-label="Parts">${links.join("\n")}</nav>
</header>
${shown ? deskToHtml(shown) : '<p class="none">No answer in this folder is to be read by a person. Grade submissions first, with <code>--out</code> or a report.</p>'}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${shown ? escape(shown.question.id) : "Nothing to mark"} · marking by hand</title>
<style>${mathStyle(body)}${STYLE}${OWN_STYLE}</style>
<script type="module" src="review.js"></script>
</head>
<body>
${body}
</body>
</html>
`;
}

function deskToHtml({ assignment, question, rubric, papers, comments }: PartOnDesk): string {
  const markdown = new MarkdownRenderer();
  const key =
    question.key.cell_type === "code"
      ? `<pre>${escape(question.key.source)}</pre>`
      : markdown.render(question.key.source);
  return `<div class="desk" data-assignment="${escape(assignment)}" data-part="${escape(question.id)}" data-points="${question.points}">
<aside>
<p id="status" role="status"></p>
<h2>Rubric</h2>
<table id="rubric" data-items="${escape(JSON.stringify(rubric))}"></table>
<h2>Keys</h2>
<p><kbd>j</kbd> <kbd>k</kbd> next, previous answer; <kbd>n</kbd> next unmarked; <kbd>1</kbd> to <kbd>9</kbd> item of the rubric; <kbd>f</kbd> full, <kbd>0</kbd> no points; <kbd>p</kbd> points; <kbd>c</kbd> comment; <kbd>r</kbd> repeat the last mark; <kbd>u</kbd> unmark; <kbd>[</kbd> <kbd>]</kbd> part; <kbd>a</kbd> new item. <kbd>Esc</kbd> leaves a field.</p>
<details><summary>Question</summary><div class="question prose">${markdown.render(question.asked)}</div></details>
<details><summary>The worked answer</summary><div class="question prose">${key}</div></details>
<datalist id="comments">${comments.map((text) => `<option value="${escape(text)}"></option>`).join("")}</datalist>
</aside>
<main class="papers" style="max-width: none; margin: 0">
${papers.map((paper) => paperToHtml(paper, { assignment, part: question.id, outOf: question.points })).join("\n")}
${papers.length === 0 ? "<p>Nobody has answered this part.</p>" : ""}
</main>
</div>`;
}

function paperToHtml(
  { key, title, mark, points, isChanged }: Paper,
  { assignment, part, outOf }: { assignment: string; part: string; outOf: number },
): string {
  const address = `answer?${new URLSearchParams({ assignment, part, key }).toString()}`;
  return `<article tabindex="0" class="${points === undefined ? "open" : "marked"}" data-key="${key}" data-mark="${escape(JSON.stringify(mark ?? { items: [] }))}" aria-label="${escape(title)}">
<h3><span>${escape(title)}</span><output>${points ?? "–"} of ${outOf}</output></h3>
<iframe sandbox="allow-same-origin" loading="lazy" src="${escape(address)}" title="What ${escape(title)} wrote" tabindex="-1"></iframe>
<div class="marking">
${isChanged ? '<p class="changed">An earlier answer was marked; this one is another.</p>' : ""}<div class="items"></div>
<label>Points <input class="points" inputmode="decimal" autocomplete="off" value="${mark?.own ?? ""}" placeholder="rubric"></label>
<label>Comment <textarea class="comment" rows="1">${escape(mark?.comment ?? "")}</textarea></label>
<div class="earlier"></div>
</div>
</article>`;
}
