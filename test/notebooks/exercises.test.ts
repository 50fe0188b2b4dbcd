/**
 * The exercises of the lectures: each has a hint and a solution that are folded until somebody asks, each lecture has three
 * questions to answer before a cell is run, and the code of the solutions fits to the lecture (it is run by
 * `npm run check:solutions`).
 */
import path from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { hasTag } from "../../kernel/notebook/format.js";
import { notebookToHtml } from "../../kernel/notebook/html.js";
import { projectRoot } from "../support/shared.js";
import { codeOf, folds, moduleOf, tagged, wordsOf } from "./exercises.js";
import { notebookPaths, readNotebook } from "./support.js";

const lectures = notebookPaths().filter((path) => /lectures\/([01]\d|2[0-6])-/.test(path));

describe.each(lectures)("%s", (path) => {
  const notebook = readNotebook(path);
  const { cells } = notebook;
  const exercises = tagged(notebook, "exercise");

  it("has a hint and a solution for each thing to try", () => {
    expect(exercises.length).toBeGreaterThanOrEqual(3);
    exercises.forEach((cell, i) => {
      expect(cell.source).toMatch(new RegExp(`^\\*\\*${i + 1}\\. [^*]+\\*\\*:? `));
      expect(folds(cell.source).map(({ summary }) => summary)).toEqual(["Hint"]);
      const behind = cells.slice(cells.indexOf(cell) + 1);
      const solution = behind.find((one) => !hasTag(one, "check"))!;
      expect(hasTag(solution, "solution")).toBe(true);
      const found = folds(solution.source);
      expect(found.map(({ summary }) => summary)).toEqual([`Solution of ${i + 1}`]);
      expect(wordsOf(found[0]!.body)).toBeGreaterThanOrEqual(40);
      expect(wordsOf(found[0]!.body)).toBeLessThanOrEqual(150);
    });
    expect(tagged(notebook, "solution")).toHaveLength(exercises.length);
    // No thing to try stands outside.
    expect(cells.filter(({ source }) => /Things to try$/m.test(source))).toHaveLength(1);
    expect(cells.find(({ source }) => /Things to try$/m.test(source))!.source).not.toMatch(/^\d+\. /m);
  });

  it("is no longer than 3,500 words, without what is folded", () => {
    const texts = cells.filter(({ cell_type }) => cell_type === "markdown");
    const open = texts.map(({ source }) => source.replace(/<details>[^]*?<\/details>/g, " "));
    expect(open.join(" ").split(/\s+/).filter(Boolean).length).toBeLessThanOrEqual(3500);
  });

  it("asks three questions, each before a cell, and answers every choice", () => {
    const questions = tagged(notebook, "question");
    expect(questions).toHaveLength(3);
    for (const cell of questions) {
      expect(cell.source).toMatch(/^\*\*Predict, then run\.\*\* /);
      expect(cells[cells.indexOf(cell) + 1]!.cell_type).toBe("code");
      const choices = folds(cell.source);
      expect(choices.map(({ summary }) => summary.slice(0, 3))).toEqual(["A. ", "B. ", "C. "]);
      // A formula in a summary is not read as one everywhere.
      for (const { summary } of choices) expect(summary).not.toMatch(/[$`*]/);
      expect(choices.filter(({ body }) => /^Right\b/.test(body))).toHaveLength(1);
      for (const { body } of choices) expect(body).toMatch(/^(Right|No)\b.{20}/);
    }
  });

  it("shows them folded on its page, with their formulas and code, and leaves its contents as they were", () => {
    const page = notebookToHtml(notebook, { name: path });
    const main = page.slice(page.indexOf("<main>"));
    const count = (text: string) => main.split(text).length - 1;
    expect(count("<summary>Hint</summary>")).toBe(exercises.length);
    expect(count("<summary>Solution of ")).toBe(exercises.length);
    expect(main).not.toMatch(/<details open/);
    const bodies = [
      ...main.matchAll(
        /<details><summary>(?:Hint|Solution of \d+|[ABC]\. [^]*?)<\/summary>([^]*?)<\/details>/g,
      ),
    ];
    expect(bodies).toHaveLength(2 * exercises.length + 9);
    for (const [, body] of bodies)
      expect(body!.replace(/<(pre|code)\b[^]*?<\/\1>|<[^>]*>/g, "")).not.toMatch(/\$|```|\*\*/);
    const solutions = tagged(notebook, "solution").filter((cell) => codeOf(cell) !== undefined);
    expect(bodies.filter(([, body]) => body!.includes("<pre"))).toHaveLength(solutions.length);
    const headings = (of: typeof cells) =>
      of.flatMap(({ source, cell_type }) =>
        cell_type === "markdown" ? (source.match(/^#+ .*$/gm) ?? []) : [],
      );
    const tags = ["exercise", "solution", "question"];
    expect(
      headings(
        cells
          .filter((cell) => tags.some((tag) => hasTag(cell, tag)))
          .filter((cell) => codeOf(cell) === undefined),
      ),
    ).toEqual([]);
  });
});

it("the code of the solutions and of the checks has the lecture's types", () => {
  const modules = new Map(
    lectures.map((name) => [
      path.join(projectRoot, name.replace(/\.ipynb$/, ".ts")),
      moduleOf(readNotebook(name)),
    ]),
  );
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowUnreachableCode: true },
    ...{ target: ts.ScriptTarget.ES2022, lib: ["lib.es2023.d.ts", "lib.dom.d.ts"], types: ["node"] },
    ...{ module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
    ...{ allowImportingTsExtensions: false, esModuleInterop: true, customConditions: [] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => modules.has(file) || fileExists(file);
  host.readFile = (file) => modules.get(file)?.text ?? readFile(file);
  host.getSourceFile = (file, target) => {
    const text = modules.get(file)?.text;
    return text === undefined ? getSourceFile(file, target) : ts.createSourceFile(file, text, target);
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  const wrong = [...modules].flatMap(([file, { solutions }]) =>
    [
      ...program.getSemanticDiagnostics(program.getSourceFile(file)),
      ...program.getSyntacticDiagnostics(program.getSourceFile(file)),
    ]
      .filter(({ start = 0 }) => solutions.some(([from, to]) => start >= from && start < to))
      .map(({ messageText, start }) => {
        const { text } = modules.get(file)!;
        return `${path.basename(file)}: ${text.slice(start, start! + 60)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
      }),
  );
  expect(wrong).toEqual([]);
  expect([...modules.values()].flatMap(({ solutions }) => solutions).length).toBeGreaterThan(lectures.length);
});
