/** Every derivation is Markdown that KaTeX can set, and every equation that the code cites stands in it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import katex from "katex";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../support/shared.js";

const files = ["layers", "losses", "optim", "models", "ad"].flatMap((room) =>
  readdirSync(join(projectRoot, "lib", room), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join("lib", room, name))
    .filter((file) => readFileSync(join(projectRoot, file), "utf8").includes("export const derivation")),
);

it("there are many", () => {
  expect(files.length).toBeGreaterThan(40);
});

describe.each(files)("%s", (file) => {
  const source = readFileSync(join(projectRoot, file), "utf8");

  it("has formulas that can be set", async () => {
    const { derivation } = (await import(join(projectRoot, file))) as { derivation: string };
    expect(derivation).toMatch(/^\s*### /);
    const displayed = [...derivation.matchAll(/\$\$([^$]+)\$\$/g)].map(([, formula]) => formula);
    const inline = [...derivation.replaceAll(/\$\$[^$]+\$\$/g, "").matchAll(/\$([^$]+)\$/g)].map(
      ([, formula]) => formula,
    );
    expect(displayed.length).toBeGreaterThan(0);
    // A dollar that is left over begins a formula that does not end.
    const rest = derivation.replaceAll(/\$\$[^$]+\$\$/g, "").replaceAll(/\$[^$]+\$/g, "");
    expect(rest).not.toContain("$");
    for (const formula of displayed) katex.renderToString(formula, { displayMode: true, strict: "error" });
    for (const formula of inline) katex.renderToString(formula, { strict: "error" });
  });

  it("has the equations that its code cites, numbered in order", async () => {
    const { derivation } = (await import(join(projectRoot, file))) as { derivation: string };
    const tags = [...derivation.matchAll(/\\tag\{(\d+)\}/g)].map(([, number]) => Number(number));
    expect(tags).toEqual(tags.map((_, i) => i + 1));
    const code = source.slice(source.indexOf("`;", source.indexOf("export const derivation")));
    const cited = [...code.matchAll(/\/\/ \(\d+\)[^\n]*/g)].flatMap(([comment]) =>
      [...comment.matchAll(/\((\d+)\)/g)].map(([, number]) => Number(number)),
    );
    expect(cited.length, "no line cites an equation").toBeGreaterThan(0);
    for (const number of cited) expect(tags, `cites (${number})`).toContain(number);
  });
});
