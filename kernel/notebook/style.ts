/** The look of an exported page: light and dark, wide and narrow, screen and paper. */

/** The colours of a light page, and those of a dark one. */
const LIGHT = `
  --page: #ffffff; --text: #1f2328; --muted: #626a73; --faint: #d5dae0; --wash: #f6f8fa; --accent: #0b5fa5;
  --bad: #b3261e; --bad-wash: #fdf1f0; --keyword: #a3267f; --string: #0f6b3c; --number: #8a4b00;
  --name: #5a3ec8; --type: #0b6a87; --comment: #6a737d;
  --red: #b3261e; --green: #11703d; --yellow: #8a6100; --blue: #0b5fa5; --magenta: #a3267f; --cyan: #0b6a87;
`;
const DARK = `
  --page: #14171c; --text: #e3e7ec; --muted: #9aa4af; --faint: #343b44; --wash: #1d2229; --accent: #6cb6ff;
  --bad: #ff8a80; --bad-wash: #2d1b1c; --keyword: #f49ad0; --string: #86d6a3; --number: #f0b86e;
  --name: #bda9ff; --type: #7fd0e6; --comment: #8b949e;
  --red: #ff8a80; --green: #7fd4a0; --yellow: #e6c07b; --blue: #6cb6ff; --magenta: #f49ad0; --cyan: #7fd0e6;
`;

/** A page's look when it is chosen by `data-theme` of its root, and not by the reader's system. */
export const CHOSEN_STYLE: string = `
:root[data-theme="light"] { color-scheme: light;${LIGHT}}
:root[data-theme="dark"] { color-scheme: dark;${DARK}}
`;

export const STYLE: string = `
:root {
  color-scheme: light dark;${LIGHT}  --body: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {${DARK}}
  .output > img { border-radius: 6px; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font: 1.0625rem/1.62 var(--body); }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 0.15em; }
.layout { display: grid; grid-template-columns: minmax(0, 1fr); max-width: 78rem; margin: 0 auto; }
main { min-width: 0; width: 100%; max-width: 52rem; padding: 1.5rem 1.25rem 4rem; margin: 0 auto; }
footer { margin-top: 4rem; padding-top: 0.75rem; border-top: 1px solid var(--faint); }
.run a { display: inline-block; padding: 0.35em 1em; border: 1px solid var(--accent); border-radius: 6px; text-decoration: none; }
footer, .toc { color: var(--muted); font-size: 0.875rem; }

.toc ol { list-style: none; margin: 0; padding: 0; line-height: 1.4; }
.toc li { margin: 0.4em 0; }
.toc .level-2 { padding-left: 0.9em; }
.toc .level-3 { padding-left: 1.8em; }
.toc a { color: inherit; text-decoration: none; }
.toc a:hover { color: var(--accent); text-decoration: underline; }
nav.toc { display: none; }
details.toc { margin: 0 0 1.5rem; padding: 0.5rem 0.9rem; border: 1px solid var(--faint); border-radius: 6px; }
summary { cursor: pointer; color: var(--muted); }
@media (min-width: 68rem) {
  .layout.with-toc { grid-template-columns: 15rem minmax(0, 1fr); column-gap: 1.5rem; }
  nav.toc { display: block; position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto;
    padding: 2rem 0 2rem 1.25rem; }
  details.toc { display: none; }
}

h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 2em 0 0.6em; text-wrap: balance; }
h1 { font-size: 2rem; letter-spacing: -0.015em; margin-top: 0.5em; }
h2 { font-size: 1.5rem; padding-bottom: 0.2em; border-bottom: 1px solid var(--faint); }
h3 { font-size: 1.2rem; }
h4, h5, h6 { font-size: 1.0625rem; }
.prose > :first-child { margin-top: 0; }
.prose > h2:first-child { margin-top: 2.75rem; }
.prose > h3:first-child { margin-top: 2rem; }
.output .prose > :first-child { margin-top: 0; }
p, ul, ol, blockquote, .wide, dl { margin: 0.9em 0; }
li > p { margin: 0.4em 0; }
blockquote { margin-left: 0; padding: 0.1em 1em; border-left: 3px solid var(--faint); color: var(--muted); }
hr { border: 0; border-top: 1px solid var(--faint); margin: 2em 0; }
img, video, svg { max-width: 100%; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3em 0.8em; border-bottom: 1px solid var(--faint); text-align: left; }
th { border-bottom-width: 2px; white-space: nowrap; }

pre, code { font-family: var(--mono); font-size: 0.875em; font-variant-ligatures: none; }
pre { margin: 0; line-height: 1.5; overflow-x: auto; tab-size: 4; }
pre code { font-size: 1em; }
:not(pre) > code { padding: 0.1em 0.3em; border-radius: 4px; background: var(--wash); overflow-wrap: break-word; }
.prose pre, .input { padding: 0.75rem 1rem; border-radius: 6px; background: var(--wash); }
.prose pre { margin: 0.9em 0; }
.cell { margin: 1.25rem 0; }
.code { position: relative; }
.count { position: absolute; right: calc(100% + 0.6rem); top: 0.8rem; font: 0.75rem/1.5 var(--mono);
  color: var(--muted); user-select: none; }
.output { margin: 0.7rem 0; }
.output > pre { padding: 0 1rem; }
.output > img, .output > video { display: block; }
.chart > div { overflow-x: auto; }
.chart svg { display: block; max-width: none; }
.chart .narrow { display: none; }
.stream { max-height: 32rem; overflow-y: auto; }
/* Sentences are wrapped, as Jupyter does it. */
.stream, .error { white-space: pre-wrap; overflow-wrap: break-word; }
.stderr { border-left: 3px solid var(--yellow); }
.error, .failure { background: var(--bad-wash); border-left: 3px solid var(--bad); border-radius: 0 6px 6px 0; }
.output > .error { padding: 0.75rem 1rem; }
.failure { margin: 0 0 1.5rem; padding: 0.6rem 1rem; }
.html table { margin: 0; }
.widget { display: inline-flex; align-items: center; gap: 0.5rem; margin: 0.15rem 0.75rem 0.15rem 0; max-width: 100%; }
.widgets { display: flex; flex-wrap: wrap; gap: 0.15rem 0.75rem; }
.widgets.vbox { flex-direction: column; align-items: flex-start; }

.katex { font-size: 1.12em; }
.katex-block { overflow-x: auto; overflow-y: hidden; margin: 0.9em 0; padding: 0.2em 0; }
.katex-block .katex-display { margin: 0; }
/* Numbers are those that the author gave; room for them on both sides keeps the formula in the middle. */
.katex .eqn-num::before { content: none; }
.katex-display > .katex > .katex-html:has(> .tag) { padding: 0 3em; min-width: max-content; }
.nowrap { white-space: nowrap; }
.katex-error { color: var(--bad); }

.hljs-comment, .hljs-quote { color: var(--comment); font-style: italic; }
.hljs-keyword, .hljs-literal, .hljs-meta, .hljs-selector-tag, .hljs-variable.language_ { color: var(--keyword); }
.hljs-string, .hljs-regexp, .hljs-addition { color: var(--string); }
.hljs-number, .hljs-symbol, .hljs-deletion { color: var(--number); }
.hljs-title, .hljs-section, .hljs-name { color: var(--name); }
.hljs-built_in, .hljs-type, .hljs-class .hljs-title, .hljs-title.class_, .hljs-attr { color: var(--type); }

.ansi-black-fg { color: var(--text); } .ansi-white-fg, .ansi-bright-black-fg { color: var(--muted); }
.ansi-red-fg, .ansi-bright-red-fg { color: var(--red); }
.ansi-green-fg, .ansi-bright-green-fg { color: var(--green); }
.ansi-yellow-fg, .ansi-bright-yellow-fg { color: var(--yellow); }
.ansi-blue-fg, .ansi-bright-blue-fg { color: var(--blue); }
.ansi-magenta-fg, .ansi-bright-magenta-fg { color: var(--magenta); }
.ansi-cyan-fg, .ansi-bright-cyan-fg { color: var(--cyan); }

@media (max-width: 60rem) {
  .count { right: 0.6rem; top: 0.25rem; }
  .count + .input, .count + details > .input { padding-top: 1.5rem; }
}
@media (max-width: 40rem) {
  body { font-size: 1rem; }
  main { padding: 1rem 1rem 3rem; }
  h1 { font-size: 1.6rem; }
  h2 { font-size: 1.3rem; }
  .chart.both > div { display: none; }
  .chart.both > .narrow { display: block; }
  /* A long formula in a sentence is wider than a phone. */
  .nowrap { white-space: normal; }
  .prose pre, .input, .output > pre { padding-left: 0.75rem; padding-right: 0.75rem; }
}
@media print {
  .toc, .count { display: none !important; }
  .layout { display: block; }
  main { max-width: none; padding: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .stream { max-height: none; }
  .output, .input, img { break-inside: avoid; }
}
`;
