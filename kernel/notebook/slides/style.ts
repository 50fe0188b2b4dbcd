/** The look of slides: that of an exported page, larger, on a stage of 16:9, light and dark, on screen and on paper. */
import { HEIGHT, WIDTH } from "./start.js";

export const SLIDES_STYLE: string = `
html, body { height: 100%; overflow: hidden; }
.reveal { width: 100%; height: 100%; background: var(--page); color: var(--text); font: 31px/1.4 var(--body); }
.reveal .slides { text-align: left; }
.reveal .slides section { box-sizing: border-box; }
.reveal .slides section.one { width: ${WIDTH}px; height: ${HEIGHT}px; padding: 28px 48px; overflow: hidden; }
.reveal .slides section.one.tall { overflow-y: auto; }
.reveal .slides section.one.title { padding-top: 230px; }
.reveal h1, .reveal h2, .reveal h3 { border: 0; padding: 0; margin: 0 0 0.5em; line-height: 1.15; font-weight: 700; }
.reveal h1 { font-size: 60px; } .reveal h2 { font-size: 42px; } .reveal h3 { font-size: 32px; }
.reveal p, .reveal ul, .reveal ol, .reveal blockquote, .reveal .wide { margin: 0.45em 0; }
.reveal ul, .reveal ol { padding-left: 1.2em; list-style: revert; } .reveal li { margin: 0.25em 0; }
.reveal strong { font-weight: 700; } .reveal em { font-style: italic; }
.reveal table { font-size: 25px; } .reveal th { font-weight: 700; }
.reveal .cell { margin: 0.4em 0; }
.reveal .prose > h2:first-child, .reveal .prose > h3:first-child { margin-top: 0; }
.reveal .count { display: none; }
.reveal pre { font-size: 20px; } .reveal .output > pre { padding: 0; }
.reveal code { font-size: 0.86em; } .reveal pre code { font-size: 1em; }
.reveal summary { font-size: 16px; }
.reveal .output > img { display: block; margin: 0 auto; border-radius: 10px; }
/* Figures have a white ground, which would dazzle in a dark room. */
:root[data-theme="dark"] .reveal .output > img { filter: brightness(0.9); }
@media screen and (prefers-color-scheme: dark) { :root:not([data-theme="light"]) .reveal .output > img { filter: brightness(0.9); } }
.reveal .stream { max-height: none; }
.reveal .katex-block { margin: 0.35em 0; }
.reveal .slide-number { background: none; color: var(--muted); font: 16px var(--body);
  right: auto; left: 12px; bottom: 10px; }
.reveal .slide-number a { color: inherit; text-decoration: none; }
.reveal .controls, .reveal .progress { color: var(--accent); }
.reveal .controls { font-size: 6px; }
aside.notes { display: none; }
/* While figures are measured all slides lie below each other, each as wide as it will be. */
.reveal.measured, .reveal.measured .slides { position: static; width: ${WIDTH}px; height: auto; display: block; }
.reveal.measured .slides section { position: static; display: block !important; visibility: visible; }
.reveal.measured .slides section.one { overflow: hidden; }
@page { size: ${WIDTH}px ${HEIGHT}px; margin: 0; }
@media print {
  html, body, .reveal-viewport { height: auto !important; overflow: visible !important; position: static !important; }
  .reveal, .reveal .slides { position: static !important; width: ${WIDTH}px !important; height: auto !important;
    transform: none !important; zoom: 1 !important; inset: auto !important; margin: 0 !important; overflow: visible !important; }
  .reveal .slides section { position: static !important; display: block !important; visibility: visible !important;
    transform: none !important; opacity: 1 !important; margin: 0 !important; top: auto !important; }
  .reveal .slides section.one { break-inside: auto; break-after: page; min-height: 0 !important; padding: 28px 48px !important;
    height: ${HEIGHT}px !important; width: ${WIDTH}px !important; }
  .reveal .slides section.one.title { padding-top: 230px !important; }
  .reveal .slides section.one.tall { height: auto !important; overflow: visible; }
  .reveal .slides > section.one:last-child, .reveal .slides > section:last-child > section.one:last-child { break-after: auto; }
  .reveal .fragment { opacity: 1 !important; visibility: visible !important; }
  .reveal .controls, .reveal .progress, .reveal .slide-number, .reveal .backgrounds, .reveal aside, .speaker-notes, .reveal summary
    { display: none !important; }
  .reveal .output, .reveal .input, .reveal img { break-inside: auto; }
  .reveal .output > img { filter: none !important; }
}
`;
