/**
 * Problem sets: the key earns all points, here and by nbgrader's rules; the release gives nothing away; the classic
 * mistakes earn what they deserve, and their feedback names them.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assign } from "../../../kernel/grade/assign.js";
import {
  checksumOf,
  CODE_STUB,
  isManual,
  isTest,
  roleOf,
  TEXT_STUB,
} from "../../../kernel/grade/nbgrader.js";
import { CHECKS } from "../../../kernel/grade/plan.js";
import { formatNotebook, hasTag, parseNotebook } from "../../../kernel/notebook/format.js";
import type { Notebook } from "../../../kernel/notebook/format.js";
import { projectRoot } from "../../support/shared.js";
import { runProgram } from "../support.js";
import { changed, readSource, tryMistakes, tryWithSeeds } from "./mistakes.js";
import { checksum, determineGrade, metadataOf, overwrite, schemaFaults } from "./nbgrader.js";
import * as p1 from "./p1.js";
import * as p2 from "./p2.js";
import * as p3 from "./p3.js";
import * as p4 from "./p4.js";
import * as p5 from "./p5.js";
import * as p6 from "./p6.js";
import * as p7 from "./p7.js";
import * as p8 from "./p8.js";

describe.each([
  ["p1-convolution-1d", p1.mistakes],
  ["p2-max-pooling-1d", p2.mistakes],
  ["p3-convolution-2d", p3.mistakes],
  ["p4-batch-norm", p4.mistakes],
  ["p5-softmax-hinge", p5.mistakes],
  ["p6-graph-and-linear", p6.mistakes],
  ["p7-dropout-contrast", p7.mistakes],
  ["p8-transposed-convolution", p8.mistakes],
])("%s", (name, mistakes) => {
  const source = readSource(name);
  const release = assign(source);

  it("has fifteen mistakes or more", () => {
    expect(mistakes.length).toBeGreaterThanOrEqual(15);
    expect(new Set(mistakes.map((one) => `${one.part} ${one.name}`)).size).toBe(mistakes.length);
  });

  it("gives every mistake its points and names it", { timeout: 300_000 }, async () => {
    const results = await tryMistakes(name, mistakes);
    expect(results.map(({ points }, i) => [mistakes[i].name, points])).toEqual(
      mistakes.map(({ name, points }) => [name, points]),
    );
    mistakes.forEach(({ says, name }, i) => expect(results[i].feedback, name).toContain(says));
    // Every answer that is wrong in its numbers shows them all in one small case.
    results.forEach(({ feedback }, i) => {
      if (!/wrong\.|central differences/.test(feedback) || feedback.startsWith("training")) return;
      expect(feedback, mistakes[i].name).toMatch(/To follow with a pencil, .*:\n(.*\n)*? +.* must be .*\n/);
    });
  });

  it("is what nbgrader's schema asks for", () => {
    expect(schemaFaults(source)).toEqual([]);
    expect(schemaFaults(release)).toEqual([]);
    for (const cell of release.cells.filter((one) => metadataOf(one)?.checksum !== undefined)) {
      expect(checksumOf(cell)).toBe(checksum(cell));
      expect(metadataOf(cell)!.checksum).toBe(checksum(cell));
    }
    const signed = release.cells.filter((one) => roleOf(one)?.locked || isManual(one));
    expect(signed.every((one) => metadataOf(one)!.checksum)).toBe(true);
  });

  it("has a rubric for every answer that a person reads, before it", () => {
    source.cells.forEach((cell, i) => {
      if (isManual(cell)) expect(source.cells[i - 1].source).toMatch(/\d points?/);
    });
  });

  it("lets a student use nothing at home that is not there when it is graded, but what the tests themselves call", () => {
    const checks = source.cells.find((cell) => hasTag(cell, CHECKS))!.source;
    const visible = [...checks.matchAll(/^(?:function|const) (?:(\w+)|\{([^}]*)\})/gm)].flatMap(
      ([, one, many]) => (one ?? many).split(",").map((name) => name.trim()),
    );
    const imported = /^import \{([^}]*)\} from/m
      .exec(checks)![1]
      .split(",")
      .map((name) => name.trim());
    expect(visible).toContain("forwardTrial");
    for (const name of [...visible, ...imported].filter(Boolean))
      expect(name).toMatch(/^(seed|marks|draw(Ties)?|\w+Trial)$/);
    expect(checks).toContain("your code cannot use it");
  });

  it("says in its first cell how many points there are", () => {
    const points = (cells: Notebook["cells"]) =>
      cells.reduce((sum, cell) => sum + (roleOf(cell)?.points ?? 0), 0);
    const manual = points(source.cells.filter(isManual));
    const automatic = points(source.cells.filter(isTest));
    expect(source.cells[0].source).toContain(
      `${manual + automatic} points: ${manual} for the derivation, which a person reads, and ${automatic} for the code`,
    );
  });

  it("gives nothing away in the release", () => {
    const text = formatNotebook(release);
    for (const word of ["BEGIN SOLUTION", "HIDDEN TESTS", "execute_result"]) expect(text).not.toContain(word);
    for (const cell of release.cells) {
      const role = roleOf(cell);
      if (role?.solution)
        expect(cell.source).toContain(cell.cell_type === "code" ? CODE_STUB.split("\n")[1] : TEXT_STUB);
      if (cell.cell_type === "code") expect(cell.outputs).toEqual([]);
    }
  });

  it("has no line of code that leaves the page's box", () => {
    for (const cell of release.cells)
      if (cell.cell_type === "code" && !hasTag(cell, CHECKS))
        for (const line of cell.source.split("\n")) expect(line.length, line).toBeLessThanOrEqual(84);
  });

  it("gives the key all points by nbgrader's rules, and says nothing on stderr", () => {
    for (const cell of source.cells.filter(isTest)) expect(determineGrade(cell)).toBe(roleOf(cell)!.points);
    for (const cell of source.cells)
      if (cell.cell_type === "code")
        expect(cell.outputs.some((one) => one.output_type === "stream" && one.name === "stderr")).toBe(false);
  });

  it("leaves answers that nobody gave at 0 by nbgrader's rules", () => {
    for (const cell of release.cells.filter(isManual)) expect(determineGrade(cell)).toBe(0);
    for (const cell of source.cells.filter(isManual)) expect(determineGrade(cell)).toBeNull();
  });
});

it("gives no point for a forgotten ε, whatever the seed", { timeout: 300_000 }, async () => {
  const forgotten = p4.mistakes.filter(({ name, part }) => name === "ε forgotten" && part !== "p4-test-test");
  expect(forgotten.map(({ part }) => part)).toEqual(["p4-forward-test", "p4-dx-test", "p4-dgamma-test"]);
  for (const results of await tryWithSeeds("p4-batch-norm", forgotten, [1, 2, 3]))
    expect(results.map(({ points }) => points)).toEqual([0, 0, 0]);
});

it("gives no point for the last sample ignored, whatever the seed", { timeout: 300_000 }, async () => {
  const ignored = p2.mistakes.filter(({ name }) => name === "last sample ignored");
  expect(ignored.map(({ part }) => part)).toEqual(["p2-forward-test", "p2-dx-test"]);
  for (const results of await tryWithSeeds("p2-max-pooling-1d", ignored, [2, 3, 17]))
    expect(results.map(({ points }) => points)).toEqual([0, 0]);
});

it(
  "gives a gate that waits for one input only the same points, whatever the seed",
  { timeout: 300_000 },
  async () => {
    const early = p6.mistakes.filter(({ name }) => name === "one input is enough");
    expect(early).toHaveLength(1);
    for (const [{ points }] of await tryWithSeeds("p6-graph-and-linear", early, [2, 3, 17]))
      expect(points).toBe(early[0].points);
  },
);

it.each([
  ["p1-convolution-1d", "", "p1-update-test"],
  ["p5-softmax-hinge", "p5", "p5-hinge-dscores-test"],
  ["p6-graph-and-linear", "p6", "p6-reverse-test"],
  ["p7-dropout-contrast", "p7", "p7-dx-test"],
  ["p8-transposed-convolution", "p8", "p8-dx-test"],
])("the samples of %s are its release with answers", (pset, folder, forged) => {
  const release = assign(readSource(pset));
  for (const name of ["key", "half-right", "attack"]) {
    const path = join(projectRoot, "notebooks", "psets", "samples", folder, `${name}.ipynb`);
    const sample = parseNotebook(readFileSync(path, "utf8"), path);
    const changed = release.cells.filter((cell, i) => {
      const isAnswer = roleOf(cell)?.solution === true;
      return !isAnswer && sample.cells[i].source !== cell.source;
    });
    expect(changed.map((cell) => roleOf(cell)?.id)).toEqual(name === "attack" ? [forged] : []);
  }
});

it("earns by nbgrader's rules what it earns here", { timeout: 300_000 }, async () => {
  const source = readSource("p4-batch-norm");
  const wrong = ["statistics as constants", "r forgotten", "mean of the batches' variances"];
  const chosen = p4.mistakes.filter(({ name, part }) => wrong.includes(name) && part !== "p4-dx-test");
  expect(chosen).toHaveLength(2);
  const submission = changed(assign(source), []);
  // The students' cells are the key's with two mistakes; everything locked is the release's until it is put back.
  const answers = changed(
    source,
    chosen.map(({ change }) => change),
  );
  submission.cells.forEach((cell, i) => {
    if (roleOf(cell)?.solution) cell.source = answers.cells[i].source;
  });
  const folder = mkdtempSync(join(tmpdir(), "chainrule-nbgrader-"));
  try {
    const file = join(folder, "submission.ipynb");
    const restored = overwrite(submission, source);
    restored.metadata.execution = { allow_errors: true };
    writeFileSync(file, formatNotebook(restored));
    const cli = join(projectRoot, "dist", "kernel", "cli.js");
    const env = { ...process.env, CHAINRULE_SEED: "4711" };
    await runProgram(process.execPath, [cli, "run", file, "--out", file], { env });
    const run = parseNotebook(readFileSync(file, "utf8"), file);
    const grades = Object.fromEntries(
      run.cells.filter(isTest).map((cell) => [roleOf(cell)!.id, determineGrade(cell)]),
    );
    expect(grades).toMatchObject({ "p4-forward-test": 5, "p4-dx-test": 5, "p4-dbeta-test": 1 });
    for (const { part, points } of chosen) expect(grades[part]).toBe(points);
    // Its wrong gradient spoils what it learns.
    expect(grades["p4-train-test"]).toBeLessThan(3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
