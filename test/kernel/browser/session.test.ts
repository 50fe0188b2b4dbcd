/** The kernel in Chromium: the same session and compiler as in Node, on a page with and without isolation. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { Conv2d, Linear, MaxPool2d, ReLU, SGD, Sequential, digits, fit } from "chainrule";
import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExecuteResult } from "../../../kernel/cells/session.js";
import type { Completions, Inspection } from "../../../kernel/language/language.js";
import { openChromium } from "../../support/chromium.js";
import { withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { BrowserKernel, serveSite } from "./site.js";
import type { ServedSite } from "./site.js";

/** The losses of the README's net in its first epoch, here. */
async function nodeLosses(): Promise<number[]> {
  const net = new Sequential(
    {
      conv1: new Conv2d({ in: 1, out: 8, size: 5, pad: 2 }),
      relu1: new ReLU(),
      pool1: new MaxPool2d({ size: 2 }),
      conv2: new Conv2d({ in: 8, out: 16, size: 5, pad: 2 }),
      relu2: new ReLU(),
      pool2: new MaxPool2d({ size: 2 }),
      fc: new Linear({ in: 16 * 7 * 7, out: 10 }),
    },
    { input: [1, 28, 28] },
  );
  const optimizer = new SGD({ lr: 0.03, momentum: 0.9 });
  const run = await fit(net, digits({ train: 1000, test: 200 }), { optimizer, epochs: 1, live: false });
  return run.steps.map(({ loss }) => loss);
}

withTool("chromium", "in a browser", ({ command: executablePath }) => {
  describe.each([
    { isolated: true, page: "a page that is isolated" },
    { isolated: false, page: "a page on a plain host" },
  ])("on $page", ({ isolated }) => {
    const profile = mkdtempSync(path.join(tmpdir(), "chainrule-page-"));
    let site: ServedSite;
    let browser: BrowserContext;
    let kernel: BrowserKernel;
    let cell = 0;
    beforeAll(async () => {
      needsBuild();
      [site, browser] = await Promise.all([serveSite({ isolated }), openChromium(profile, executablePath)]);
      kernel = await BrowserKernel.open(await browser.newPage(), site.address);
    });
    afterAll(async () => {
      await browser?.close();
      await site?.close();
      rmSync(profile, { recursive: true, force: true });
    });

    const execute = (code: string): Promise<ExecuteResult> => kernel.ask("execute", code, ++cell);
    const value = async (code: string): Promise<unknown> => {
      const result = await execute(code);
      if (result.status === "error") throw new Error(stripVTControlCharacters(result.traceback.join("\n")));
      return result.result?.data["text/plain"];
    };
    /** The lines that a front end shows of an error, without colours. */
    const failure = async (code: string): Promise<string> => {
      const result = await execute(code);
      return result.status === "error"
        ? stripVTControlCharacters(result.traceback.join("\n"))
        : "it did not fail";
    };
    const moment = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

    it("runs on a page of that kind", async () => {
      expect(await value("crossOriginIsolated")).toBe(String(isolated));
    });

    it("shows values as Node prints them, and keeps variables from cell to cell", async () => {
      expect(await value("const point = { x: 1, y: [2, 3] }; let total = 40; point")).toBe(
        "{ x: 1, y: [ 2, 3 ] }",
      );
      expect(await value("total += 2; new Map([[total, new Set(['a'])]])")).toBe(
        "Map(1) { 42 => Set(1) { 'a' } }",
      );
      expect(await value("[{ a: 1, b: 'x' }, { a: 20, b: 'y' }]")).toContain("0   1  x");
    });

    it("shows long arrays of numbers by their ends", async () => {
      expect(await value("Float32Array.from({ length: 200 }, (_, i) => i)")).toBe(
        "Float32Array(200) [ 0, 1, 2, 3, 4, 5, …, 197, 198, 199 ]\nmin 0, mean 99.5, max 199",
      );
    });

    it("checks types before it runs anything", async () => {
      expect(await failure("total = 0; const text: string = total")).toMatch(
        /^cell\[\d+\]:1:18 - error TS2322: Type 'number' is not assignable to type 'string'\./,
      );
      expect(await value("total")).toBe("42");
    });

    it("knows the types of a worker's globals and of the library", async () => {
      expect(await value("const bytes: Uint8Array = new TextEncoder().encode('é'); bytes.length")).toBe("2");
      expect(await failure('fetch("x", { methode: "GET" })')).toContain("'methode'");
      expect(
        await failure('import { Conv2d } from "chainrule"; new Conv2d({ in: 1, out: 8, sizes: 5 })'),
      ).toContain("'sizes'");
    });

    it("completes and inspects", async () => {
      const { items } = await kernel.ask<Completions>("complete", "point.", 6);
      expect(items.map(({ text }) => text)).toEqual(["x", "y"]);
      await execute("/** Halves a number. */ function half(n: number) { return n / 2 }");
      const found = await kernel.ask<Inspection>("inspect", "half(", 5);
      expect(found).toMatchObject({
        signature: "function half(n: number): number",
        documentation: "Halves a number.",
      });
      expect(await kernel.ask("isComplete", "for (;;) {")).toEqual({ status: "incomplete", indent: "  " });
      expect(await kernel.ask("magics", "%ti", 3)).toMatchObject([{ text: "time" }, { text: "timeit" }]);
    });

    it("shows the line that failed, in the user's own text, and none of the kernel's frames", async () => {
      await execute(
        "interface Shape { sides: number }\nfunction sides(shape: Shape): number {\n  return shape.sides\n}",
      );
      const made = cell;
      const lines = await failure("const shapes = [1]\nsides(null!)");
      expect(lines).toContain("TypeError: Cannot read properties of null (reading 'sides')");
      expect(lines).toContain(`→ 3 │   return shape.sides`);
      expect(lines).toMatch(new RegExp(`at sides \\(cell\\[${made}\\]:3:16\\)`));
      expect(lines).toMatch(/at cell \(cell\[\d+\]:2:6\)$/);
      expect(lines).not.toMatch(/kernel\.js|eval/);
      expect(await failure("void 0;\n  throw new Error('here', { cause: new RangeError('why') })")).toMatch(
        /→ 2 │ {3}throw new Error[^]*Caused by:\n {2}RangeError: why/,
      );
    });

    it("awaits, and output that comes later belongs to its cell", async () => {
      expect(
        await value(
          "await new Promise((done) => setTimeout(done, 20)); const late = await Promise.resolve(7); late",
        ),
      ).toBe("7");
      await execute("setTimeout(() => console.log('later'), 50)");
      const first = cell;
      await execute("console.log('now')");
      await moment(150);
      expect(await kernel.printed("stdout", first)).toBe("later\n");
      expect(await kernel.printed("stdout", cell)).toBe("now\n");
    });

    it("prints what the console is given, as Node does", async () => {
      await execute(`console.log("%s has %d", "a", 2, { b: [1] }); console.info(null); console.error("wrong");
        console.group("in"); console.log("one\\ntwo"); console.groupEnd();
        console.table([{ a: 1, b: "x" }, { a: 2 }]); console.count(); console.assert(1 > 2, "sum");`);
      expect(await kernel.printed("stdout", cell)).toBe(
        [
          "a has 2 { b: [ 1 ] }",
          "null",
          ...["in", "  one", "  two"],
          ...["┌─────────┬───┬─────┐", "│ (index) │ a │ b   │", "├─────────┼───┼─────┤"],
          ...["│ 0       │ 1 │ 'x' │", "│ 1       │ 2 │     │", "└─────────┴───┴─────┘"],
          "default: 1",
          "",
        ].join("\n"),
      );
      expect(await kernel.printed("stderr", cell)).toBe("wrong\nAssertion failed: sum\n");
    });

    it("reports what no cell awaits, in the cell that caused it", async () => {
      await execute(
        "setTimeout(() => { throw new Error('in a timer') }, 10); void Promise.reject(new Error('unheard'))",
      );
      const culprit = cell;
      await execute("1");
      await moment(150);
      const reports = (await kernel.events()).filter(({ event }) => event === "error");
      expect(reports.map((one) => [one.cell, one["evalue"]])).toEqual([
        [culprit, "unheard"],
        [culprit, "in a timer"],
      ]);
    });

    it("displays, and updates what it displayed", async () => {
      const ended = await execute(
        "const shown = display({ 'text/html': '<b>1</b>', 'image/png': new Uint8Array([137, 80, 78, 71]) }); shown.update({ 'text/plain': '2' })",
      );
      expect(ended).toEqual({ status: "ok" });
      const displays = (await kernel.events()).filter((one) => one.event === "display" && one.cell === cell);
      expect(displays).toMatchObject([
        { data: { "text/html": "<b>1</b>", "image/png": "iVBORw==" }, update: false },
        { data: { "text/plain": "2" }, update: true },
      ]);
    });

    it("imports the site's modules, the notebook's own files, and what a cell wrote", async () => {
      expect(await value('import { shipped } from "shipped-module"; shipped')).toBe("'from the site'");
      expect(
        await value(
          'import { four } from "./shipped"; import numbers from "./numbers.json"; four + numbers.three',
        ),
      ).toBe("7");
      expect(await failure('import { twice } from "./twice.js"; twice(0)')).toMatch(
        /RangeError: nothing to double\n[^]*→ 2 │ {3}if \(!n\)[^]*at twice \(\/course\/twice\.js:2:1[0-9]\)/,
      );
      await execute("%%writefile notes/own.ts\nexport const own: number = 1");
      expect(await kernel.printed("stdout", cell)).toBe("Wrote notes/own.ts\n");
      expect(await value('import { own } from "./notes/own"; own')).toBe("1");
      await execute("%%writefile notes/own.ts\nexport const own: string = 'anew'");
      expect(await value('import { own } from "./notes/own"; own.length')).toBe("4");
    });

    it("says in a sentence what a browser has not", async () => {
      expect(await failure("!ls")).toContain("!ls: there is no shell in a browser");
      expect(await failure('await import("d3-array" as string)')).toContain(
        'Cannot find package "d3-array": this site ships chainrule, shipped-module.',
      );
      expect(await failure('import { max } from "d3-array"')).toContain("TS2307");
      expect(await failure("close()")).toContain("close() would end the notebook's kernel");
    });

    it("interrupts what waits, with its timers, and keeps the variables", async () => {
      await execute("let ticks = 0");
      const running = execute("setInterval(() => ticks++, 5); ticks = 1; await new Promise(() => {})");
      await moment(200);
      await kernel.ask("interrupt");
      expect(await running).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
      expect(
        await value("const was = ticks; await new Promise((r) => setTimeout(r, 50)); [was > 1, ticks - was]"),
      ).toBe("[ true, 0 ]");
    });

    it("trains the README's net for an epoch: a live panel, and Node's losses to the last bit", async () => {
      const training = `import { Conv2d, Linear, MaxPool2d, ReLU, SGD, Sequential, compute, digits, filters, fit } from "chainrule";
        const net = new Sequential({
          conv1: new Conv2d({ in: 1, out: 8, size: 5, pad: 2 }), relu1: new ReLU(), pool1: new MaxPool2d({ size: 2 }),
          conv2: new Conv2d({ in: 8, out: 16, size: 5, pad: 2 }), relu2: new ReLU(), pool2: new MaxPool2d({ size: 2 }),
          fc: new Linear({ in: 16 * 7 * 7, out: 10 }),
        }, { input: [1, 28, 28] });
        const run = await fit(net, digits({ train: 1000, test: 200 }), { optimizer: new SGD({ lr: 0.03, momentum: 0.9 }), epochs: 1 });
        [compute.engine.name, JSON.stringify(run.steps.map(({ loss }) => loss))].join()`;
      expect(await value(training)).toBe(`'wasm,${JSON.stringify(await nodeLosses())}'`);
      const shown = (await kernel.events()).filter((one) => one.event === "display" && one.cell === cell);
      expect(shown.map((one) => one["update"])).toEqual([false, ...shown.slice(1).map(() => true)]);
      expect(shown.length).toBeGreaterThan(1);
      expect(await value("net")).toMatch(/conv1 +Conv2d, 8 filters of 5×5, pad 2 +8×28×28/);
      const { result } = (await execute('filters(net.get("conv1"))')) as { result: { data: object } };
      expect(Object.keys(result.data)).toContain("image/svg+xml");
    });

    it("times a line", async () => {
      await execute("%time await new Promise((r) => setTimeout(r, 10))");
      expect(await kernel.printed("stdout", cell)).toMatch(/^Wall time: \d+(\.\d+)? ms\n$/);
    });

    it("says what is wrong when the site lacks its types, or the compiler's script", async () => {
      for (const [part, says] of [
        [
          { types: "no-types.json" },
          /The worker "language" failed: .*no-types\.json could not be loaded: 404/,
        ],
        [
          { workers: { language: "no-script.js" } },
          /The worker "language" failed: its script could not be loaded\./,
        ],
      ] as const) {
        const broken = await BrowserKernel.open(await browser.newPage(), site.address, {
          plugins: [],
          ...part,
        });
        const result = await broken.ask<ExecuteResult>("execute", "1", 1);
        expect(result).toMatchObject({ status: "error", evalue: expect.stringMatching(says) as string });
      }
    });

    it("gives the worker back when it closes", async () => {
      expect(await kernel.ask("close")).toBe(false);
      expect((await kernel.events()).filter(({ event }) => event === "worker failed")).toEqual([]);
    });
  });
});
