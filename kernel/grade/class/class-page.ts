/**
 * The class on one page, for the lecturer: for each assignment how the points are distributed, which parts are hardest,
 * which mistakes are commonest, and who has no graded notebook. It runs no script and needs no network.
 */
import { escape } from "html-escaper";
import { pageToHtml } from "../../notebook/page.js";
import { STYLE } from "../../notebook/style.js";
import type { Course } from "./course.js";
import { missingIn, totalOf } from "./exports.js";
import { worthOf } from "./gradebook.js";
import type { Entry, Gradebook } from "./gradebook.js";

const OWN_STYLE = `
.bars { border-collapse: collapse; }
.bars td, .bars th { padding: 0.15rem 0.6rem; text-align: left; vertical-align: middle; }
.bars td:first-child, .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.bar { display: inline-block; height: 0.9em; background: var(--accent); vertical-align: baseline; }
.track { width: 16rem; }
`;

/** The most mistakes that are listed. */
const MISTAKES = 15;

/**
 * @param unknown submissions that belong to nobody, in words
 */
export function classToHtml(course: Course, gradebook: Gradebook, unknown: readonly string[]): string {
  const sections = course.assignments
    .filter(({ name }) => gradebook.entriesOf(name).size > 0)
    .map(({ name }) => sectionOf(name, course, gradebook));
  const lost = unknown.length > 0 ? `<h2>Submissions that were not graded</h2>\n${list(unknown)}` : "";
  const body = `<body>
<div class="layout">
<main>
<h1>${escape(course.name)}</h1>
<p>${plural(course.roster.students.length, "student")}. Points are those by tests and those given by hand so far, with what lateness costs taken off.</p>
${sections.join("\n")}
${lost}
</main>
</div>
</body>`;
  return pageToHtml({ title: `${escape(course.name)}: the class`, style: `${STYLE}${OWN_STYLE}`, body });
}

function sectionOf(name: string, course: Course, gradebook: Gradebook): string {
  const entries = [...gradebook.entriesOf(name)].filter(([id]) =>
    course.roster.students.some((one) => one.id === id),
  );
  const totals = entries.map(([id]) => totalOf(gradebook, name, id)!).sort((a, b) => a - b);
  const outOf = Math.max(0, ...entries.map(([, entry]) => worthOf(entry)));
  const late = entries.filter(([id]) => gradebook.latenessOf(id).get(name)!.days > 0).length;
  const missing = missingIn(course, gradebook, name);
  const absent =
    missing.length > 0
      ? `<h3>No graded notebook</h3>\n${list(missing.map((one) => `${one.name} (${one.id})`))}`
      : "";
  return `<h2>${escape(name)}</h2>
<p>${entries.length} of ${course.roster.students.length} handed in, ${late} of them late. Of ${outOf} points the mean is ${rounded(mean(totals))}, the median ${rounded(median(totals))}.</p>
${distribution(totals, outOf)}
<h3>Parts, the hardest first</h3>
${parts(entries.map(([, entry]) => entry))}
<h3>The commonest mistakes</h3>
${mistakes(entries.map(([, entry]) => entry))}
${absent}`;
}

/** How many submissions have points in each tenth; all points are a row of their own. */
function distribution(totals: readonly number[], outOf: number): string {
  const counts = Array.from({ length: 11 }, () => 0);
  for (const total of totals)
    counts[outOf === 0 ? 10 : Math.min(10, Math.floor((10 * total) / outOf + 1e-9))]++;
  const most = Math.max(1, ...counts);
  const rows = counts.map((count, i) => {
    const what = i === 10 ? "all" : `${10 * i} to ${10 * (i + 1)} %`;
    return `<tr><td>${what}</td><td class="track">${bar(count / most)}</td><td class="number">${count}</td></tr>`;
  });
  return `<table class="bars"><tr><th>points</th><th></th><th>students</th></tr>\n${rows.reverse().join("\n")}</table>`;
}

function parts(entries: readonly Entry[]): string {
  const ids = [...new Set(entries.flatMap((entry) => entry.parts.map(({ id }) => id)))];
  const rows = ids
    .map((id) => {
      const all = entries.flatMap((entry) => entry.parts.filter((part) => part.id === id && part.outOf > 0));
      const shares = all.map(({ points, outOf }) => points / outOf);
      return {
        id,
        share: mean(shares),
        full: shares.filter((share) => share === 1).length,
        count: shares.length,
      };
    })
    .sort((a, b) => a.share - b.share)
    .map(
      ({ id, share, full, count }) =>
        `<tr><td>${escape(id)}</td><td class="track">${bar(share)}</td><td class="number">${Math.round(100 * share)} %</td><td class="number">${full} of ${count}</td></tr>`,
    );
  return `<table class="bars"><tr><th>part</th><th></th><th>points, mean</th><th>all points</th></tr>\n${rows.join("\n")}</table>`;
}

function mistakes(entries: readonly Entry[]): string {
  const counts = new Map<string, { id: string; sentence: string; count: number }>();
  for (const { parts } of entries)
    for (const { id, mistakes } of parts)
      for (const sentence of mistakes) {
        const place = JSON.stringify([id, sentence]);
        const before = counts.get(place)?.count ?? 0;
        counts.set(place, { id, sentence, count: before + 1 });
      }
  const common = [...counts.values()].sort((a, b) => b.count - a.count).slice(0, MISTAKES);
  if (common.length === 0) return "<p>No submission has a mistake that the tests know by name.</p>";
  const rows = common.map(
    ({ id, sentence, count }) =>
      `<tr><td>${count}</td><td>${escape(id)}</td><td>${escape(sentence)}</td></tr>`,
  );
  return `<table class="bars"><tr><th>students</th><th>part</th><th>mistake</th></tr>\n${rows.join("\n")}</table>`;
}

function bar(share: number): string {
  return share > 0 ? `<span class="bar" style="width: ${(100 * share).toFixed(1)}%"></span>` : "";
}

function list(items: readonly string[]): string {
  return `<ul>\n${items.map((item) => `<li>${escape(item)}</li>`).join("\n")}\n</ul>`;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param sorted in rising order */
function median(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : mean(sorted.slice(half - 1, half + 1));
}

function rounded(value: number): string {
  return String(Math.round(100 * value) / 100);
}

function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
