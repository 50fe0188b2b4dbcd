/** Copies are found whatever was renamed, moved or laid out anew; what everybody was given is none; honest work is none. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assign } from "../../../../kernel/grade/assign.js";
import { alike } from "../../../../kernel/grade/likeness/likeness.js";
import { likenessToHtml } from "../../../../kernel/grade/likeness/page.js";
import { tokensOfCode, tokensOfProse } from "../../../../kernel/grade/likeness/tokens.js";
import { winnow } from "../../../../kernel/grade/likeness/winnow.js";
import { smallAssignment, withCell, withExplanation } from "../../../support/small-assignment.js";
import { LOOP, RENAMED } from "./copies.js";

const texts = (code: string) => tokensOfCode(code).map(({ text }) => text);

describe("the tokens of code", () => {
  it("know no names, numbers, types, comments, layout and parentheses", () => {
    const one = "const sum: number = (first + 2) * third[0]; // the sum";
    expect(texts("let x = (y + 77) * (z)[i as any]!;").length).toBe(texts(one).length);
    expect(texts("let total=(a+1)*b[9]")).toEqual(texts(one));
    expect(texts("let total=(a-1)*b[9]")).not.toEqual(texts(one));
  });

  it("are there for code with mistakes", () => {
    expect(texts("const x: = 3; for (").length).toBeGreaterThan(2);
    expect(tokensOfCode("")).toEqual([]);
  });
});

it("takes prose by its words", () => {
  expect(tokensOfProse("The gradient — of x₁!").map(({ text }) => text)).toEqual([
    "the",
    "gradient",
    "of",
    "x₁",
  ]);
});

describe("winnowing", () => {
  const word = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const some = fc.array(word, { maxLength: 9 });
  const tokens = (all: readonly string[]) => all.map((text, i) => ({ text, start: i, end: i + 1 }));
  const lengths = { run: 4, window: 3 };

  it("finds every run of six that two texts share, wherever it stands", () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 6, maxLength: 12 }),
        some,
        some,
        some,
        some,
        (shared, before, behind, other, last) => {
          const [one, two] = [
            [...before, ...shared, ...behind],
            [...other, ...shared, ...last],
          ].map((all) => winnow(tokens(all), lengths));
          const hashes = new Set(one.map(({ hash }) => hash));
          expect(two.some(({ hash }) => hashes.has(hash))).toBe(true);
        },
      ),
      { seed: 24 },
    );
  });

  it("keeps fewer than all, with their places, and nothing of what is shorter than a run", () => {
    const kept = winnow(tokens([..."abcdefabcdefabcdeffedcba"]), lengths);
    expect(kept.length).toBeLessThan(21);
    for (const { start, end } of kept) expect(end - start).toBe(4);
    expect(winnow(tokens(["a", "b", "c"]), lengths)).toEqual([]);
    expect(winnow(tokens(["a", "b", "c", "d"]), lengths)).toHaveLength(1);
  });
});

/** The copy with other numbers and a comment. */
const renamed = `// All mine.\n${RENAMED.replace(/\d/g, (digit) => String(Number(digit) + 3))}`;
const recursive = `function double(x: number): number {
  const add = (left: number, right: number): number =>
    right <= 0 ? left : add(left + Math.sign(right), right - 1);
  while (x < 0) return -double(-x);
  switch (typeof x) {
    case "number":
      return Number.isInteger(x) ? add(x, x) : x + x;
    default:
      throw new TypeError("no number");
  }
}`;
const source = withExplanation(smallAssignment);
const release = assign(source);
const by = (name: string, code: string, answer = "") => ({
  ...{ who: name, name },
  notebook: withCell("explain", answer || "YOUR ANSWER HERE", withCell("double", code, release)),
});
const pairs = (...all: ReturnType<typeof by>[]) => alike(source, all).map(({ names }) => names.join("+"));

describe("likeness", () => {
  it("finds the one who renamed everything, and not the one who thought for herself", () => {
    const [pair, ...others] = alike(source, [by("ada", LOOP), by("ben", recursive), by("cleo", renamed)]);
    expect(others).toEqual([]);
    expect(pair).toMatchObject({ names: ["ada", "cleo"], share: 1 });
    const [one, two] = pair.cells.map(([cell]) => cell);
    expect([one.name, two.name]).toEqual(["double", "double"]);
    expect(one.source.slice(...one.places[0])).toContain("total += x");
    expect(two.source.slice(...two.places[0])).toContain("s += (value)");
  });

  it("leaves out what was released, and what many have", () => {
    const stub = release.cells.find((cell) => cell.id === "double")!.source;
    expect(pairs(by("ada", stub), by("ben", stub))).toEqual([]);
    const many = Array.from({ length: 11 }, (_, i) => by(`s${i}`, LOOP));
    expect(pairs(...many)).toEqual([]);
    expect(pairs(...many.slice(0, 3))).toEqual(["s0+s1", "s0+s2", "s1+s2"]);
  });

  it("compares sentences too, and no two submissions of one person", () => {
    const said =
      "The derivative of a sum is the sum of the derivatives, so each of the two terms gives one and together they give two.";
    const mine =
      "Look at the line through the origin: wherever you stand, going one step right takes you two steps up.";
    expect(pairs(by("ada", recursive, said), by("ben", LOOP, `Well. ${said.toUpperCase()}`))).toEqual([]);
    const stub = release.cells.find((cell) => cell.id === "double")!.source;
    expect(
      pairs(by("ada", stub, said), by("ben", stub, `Well: ${said.toUpperCase()}`), by("cleo", stub, mine)),
    ).toEqual(["ada+ben"]);
    expect(pairs(by("ada", LOOP), by("ada", renamed))).toEqual([]);
  });

  it("shows both texts on a page in which nothing runs", () => {
    const html = likenessToHtml(
      new Map([["small", alike(source, [by("<b>ada", LOOP), by("cleo", renamed)])]]),
    );
    expect(html).toContain("&lt;b&gt;ada and cleo: 100 % of the shorter one");
    expect(html).toContain("a question and not a verdict");
    expect(html.match(/<mark>/g)!.length).toBeGreaterThan(1);
    expect(html).not.toContain("<script");
    expect(likenessToHtml(new Map([["small", []]]))).toContain(
      "No two submissions are more alike than others.",
    );
  });
});
