/** The website's page of one live cell, for frames in other pages. */
import { escape } from "html-escaper";
import { pageToHtml } from "../../notebook/page.js";
import { CHOSEN_STYLE, STYLE } from "../../notebook/style.js";

export interface CellPageOptions {
  /** The website's title. */
  readonly title: string;
  /** The page's script, below kernel/. */
  readonly script: string;
  /** What lib/host/browser/site.ts knows of the site, but for its address. */
  readonly site: object;
}

/**
 * No script but the website's, and nothing from anywhere else: what an output holds cannot run in the page. A worker has its
 * own policy, in which cells are evaluated.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src data: blob:",
  "media-src data:",
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const LOOK = `
body { padding: 2px; font-size: 1rem; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin: 0.5rem 0 0; font-size: 0.875rem; }
.bar button { font: inherit; color: var(--accent); background: none; border: 1px solid var(--accent); border-radius: 6px; padding: 0.25em 0.9em; cursor: pointer; }
.bar button:disabled { color: var(--muted); border-color: var(--faint); cursor: default; }
.bar [role="status"] { color: var(--muted); }
.bar a { margin-left: auto; color: var(--muted); }
#outputs { overflow-x: auto; }
/* Formulas are drawn by the browser, from MathML. */
.katex-html { display: none; }
`;

export function cellPage({ title, script, site }: CellPageOptions): string {
  const json = JSON.stringify({ ...site, base: "../kernel/" }).replace(/</g, "\\u003c");
  return pageToHtml({
    title: `A live cell of ${escape(title)}`,
    style: STYLE + CHOSEN_STYLE + LOOK,
    policy: POLICY,
    head: `<meta name="robots" content="noindex">
<script id="chainrule-site" type="application/json">${json}</script>
<script type="module" src="../kernel/${escape(script)}"></script>
`,
    body: `<body>
<div id="editor"></div>
<div class="bar">
<button id="run" type="button">Run</button>
<button id="stop" type="button" hidden>Stop</button>
<button id="restart" type="button" hidden>Restart</button>
<span id="status" role="status"></span>
<a href="../" target="_blank" rel="noopener">${escape(title)}</a>
</div>
<div id="outputs" role="region" aria-label="Output of the cell"></div>
<noscript>This cell runs with JavaScript, which is turned off.</noscript>
</body>`,
  });
}
