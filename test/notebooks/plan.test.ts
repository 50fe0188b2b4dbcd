/** The plan, the instructor's page and the glossary: every lecture is there, and every link leads to a heading that exists. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MarkdownRenderer } from "../../kernel/notebook/markdown.js";
import { projectRoot } from "../support/shared.js";
import { readNotebook } from "./support.js";

const folder = join(projectRoot, "notebooks");
const textOf = (name: string): string => readFileSync(join(folder, name), "utf8");
const lectures = Array.from({ length: 26 }, (_, i) => String(i + 1).padStart(2, "0"));
const files = readdirSync(join(folder, "lectures")).filter((name) => name.endsWith(".ipynb"));
const fileOf = (number: string): string => files.find((name) => name.startsWith(number))!;

const known = new Map<string, readonly string[]>();
/** The ids of a notebook's or a text's headings. GitHub writes a text's in small letters and without signs. */
function anchorsOf(name: string): readonly string[] {
  const found = known.get(name);
  if (found) return found;
  const markdown = new MarkdownRenderer();
  if (name.endsWith(".ipynb")) {
    for (const cell of readNotebook(join("notebooks", name)).cells)
      if (cell.cell_type === "markdown") markdown.render(cell.source);
  } else markdown.render(textOf(name));
  const ids = markdown.headings.map(({ id }) => id);
  const anchors = name.endsWith(".ipynb")
    ? ids
    : ids.map((id) => id.toLowerCase().replace(/[^\p{L}\p{N}_-]/gu, ""));
  known.set(name, anchors);
  return anchors;
}

describe.each(["PLAN.md", "instructor.md", "GLOSSARY.md"])("%s", (name) => {
  const text = textOf(name);
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);

  it("names every lecture", () => {
    for (const number of lectures) expect(text).toContain(`lectures/${fileOf(number)}`);
  });

  it("links to what is there", () => {
    const lost = links.filter((link) => {
      const [path, anchor] = link.split("#").map(decodeURIComponent) as [string, string | undefined];
      if (!existsSync(join(folder, path))) return true;
      return anchor !== undefined && !anchorsOf(path).includes(anchor);
    });
    expect(lost).toEqual([]);
    expect(links.length).toBeGreaterThan(24);
  });
});

describe("the glossary", () => {
  const lines = textOf("GLOSSARY.md").split("\n");
  const entries = lines
    .filter((line) => line.startsWith("- "))
    .map((line) => /^- \*\*([^*]+)\*\*: (.+)$/.exec(line)!);

  it("explains each word once, in one or two sentences, with the heading where it is born", () => {
    expect(entries.length).toBeGreaterThan(100);
    const terms = entries.map(([, term]) => term!);
    expect(new Set(terms).size).toBe(terms.length);
    for (const [, term, text] of entries) {
      const see = /^see (.+)\.$/.exec(text!)?.[1];
      if (see !== undefined) expect(terms, term).toContain(see);
      else {
        expect(text, term).toMatch(/^.{10,260}\. \[\d\d, [^\]]+\]\(lectures\/[^)]+#[^)]+\)$/);
        expect(text!.split(/[.:?] (?=[A-Z])/).length, term).toBeLessThanOrEqual(4);
      }
    }
  });

  it("is in the order of the alphabet, a heading for each letter", () => {
    const terms = entries.map(([, term]) => term!.toLowerCase());
    expect(terms).toEqual([...terms].sort());
    const letters = lines.filter((line) => line.startsWith("## ")).map((line) => line.slice(3));
    expect(letters).toEqual([...new Set(terms.map((term) => term[0]!.toUpperCase()))]);
  });
});

describe("the instructor's page", () => {
  const text = textOf("instructor.md");
  const sections = text.split(/^## /m).slice(1);

  it.each(lectures)("has an aim, beliefs, questions and minutes for lecture %s", (number) => {
    const section = sections.find((one) => one.includes(`(lectures/${fileOf(number)})`))!;
    const title = readNotebook(`notebooks/lectures/${fileOf(number)}`)
      .cells[0]!.source.split("\n")[0]!
      .slice(2);
    expect(section.split("\n")[0]).toBe(title);
    expect(section).toMatch(/\), \d\d minutes\.\n\n\*\*Aim\.\*\* \S/);
    const [beliefs, questions] = section.split("**Questions to ask**");
    expect(beliefs!.match(/^- _.+\._ \S/gm)!.length).toBeGreaterThanOrEqual(2);
    expect(questions!.match(/^- .+\?/gm)!.length).toBeGreaterThanOrEqual(2);
  });
});

describe("the plan", () => {
  const plan = textOf("PLAN.md");
  const weeks = (heading: string): string => plan.split(`## ${heading}\n`)[1]!.split("\n## ")[0]!;

  it("gives every problem set in twelve weeks, each out before it is due", () => {
    for (let set = 1; set <= 8; set++) {
      const [out, due] = ["out", "due"].map((word) => weeks("Twelve weeks").indexOf(`P${set} ${word}`));
      expect(out, `P${set}`).toBeGreaterThan(0);
      expect(due, `P${set}`).toBeGreaterThan(out!);
    }
  });

  it("gives each lecture the minutes that the instructor's page says, and no class more than 75", () => {
    const minutes = new Map(
      [...textOf("instructor.md").matchAll(/^\[Lecture (\d\d)\]\([^)]+\), (\d+) minutes/gm)].map(
        ([, n, m]) => [n!, Number(m)],
      ),
    );
    for (const row of weeks("Twelve weeks").matchAll(
      /^\| \d+ +\| \[(\d\d)\].*?\| \[(\d\d)\].*?\| (\d+), (\d+) +\|/gm,
    ))
      expect([minutes.get(row[1]!), minutes.get(row[2]!)], row[0]).toEqual([Number(row[3]), Number(row[4])]);
    expect(Math.max(...minutes.values())).toBeLessThanOrEqual(75);
    const held = [...weeks("Twelve weeks").matchAll(/^\| \d+ +\| \[(\d\d)\].*?\| \[(\d\d)\]/gm)].flatMap(
      ([, a, b]) => [a!, b!],
    );
    // The last two are there to be held in the place of others.
    expect(held.sort()).toEqual(lectures.slice(0, 24));
  });
});
