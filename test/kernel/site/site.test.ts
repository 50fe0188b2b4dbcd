/**
 * The website in Chromium, from a plain static host: a notebook is opened, run, changed, interrupted, saved, reset, and
 * opened again. Pictures stay in build/site/.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { assign } from "../../../kernel/grade/assign.js";
import { formatNotebook } from "../../../kernel/notebook/format.js";
import type { Notebook } from "../../../kernel/notebook/format.js";
import { smallAssignment, withCell } from "../../support/small-assignment.js";
import { needsBuild } from "../support/jupyter.js";
import { gradesOf } from "./grades.js";
import { SiteJourney, notebookOf } from "./site-page.js";
import type { SitePage } from "./site-page.js";

const MINUTE = 60_000;

const files = {
  "first.ipynb": notebookOf(
    "# First",
    'import assert from "node:assert/strict";\nimport { four } from "./helper";\nassert.equal(four, 4);\nfour',
    "const words: string[] = ['one', 'two'];\nconsole.log(words.join(' and '));",
  ),
  "helper.ts": "export const four: number = 4;\n",
  "set/small.ipynb": formatNotebook(smallAssignment),
  "more/second.ipynb": notebookOf("# Second", "1 + 1"),
  "node_modules/points/package.json":
    '{ "name": "points", "type": "module", "main": "index.js", "types": "index.d.ts" }',
  "node_modules/points/index.js": "export const middle = (n) => n / 2;",
  "node_modules/points/index.d.ts": "/** The half. */\nexport declare function middle(n: number): number;",
  "node_modules/old/package.json": '{ "name": "old", "main": "index.js" }',
  "node_modules/old/index.js": "exports.three = 3;",
  ...smallMnist("../data/mnist"),
};

/** Two images to train with and one to test with, in MNIST's files, of bytes that text can have. */
function smallMnist(folder: string): Record<string, string> {
  const bytes = (...numbers: number[]): string => String.fromCharCode(...numbers);
  const images = (count: number): string =>
    bytes(0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28) + bytes(127).repeat(count * 28 * 28);
  const labels = (...digits: number[]): string => bytes(0, 0, 8, 1, 0, 0, 0, digits.length, ...digits);
  return {
    [`${folder}/train-images-idx3-ubyte`]: images(2),
    [`${folder}/train-labels-idx1-ubyte`]: labels(3, 4),
    [`${folder}/t10k-images-idx3-ubyte`]: images(1),
    [`${folder}/t10k-labels-idx1-ubyte`]: labels(5),
  };
}

/** In every page from its beginning: keeps what the line above the first sight says. */
const HEAR_LINE = `globalThis.heardLine = [];
new MutationObserver((records) => {
  for (const { target, addedNodes } of records)
    if (target.getAttribute?.("role") === "status" && target.parentElement?.id === "chainrule-first-paint")
      heardLine.push(...[...addedNodes].map(({ textContent }) => textContent));
}).observe(document, { childList: true, subtree: true });`;

withFrontEnd("a website", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let site: SiteJourney;
    let page: SitePage;
    beforeAll(async () => {
      needsBuild();
      mkdirSync(join(projectRoot, "build/site"), { recursive: true });
      site = await SiteJourney.start(command, files, ["--with", "points,old", "--data", "data/mnist"]);
      await site.browser.addInitScript(HEAR_LINE);
      page = await site.open("first.ipynb");
      // The first sight is the notebook as it was stored.
      await page.page
        .frameLocator("#chainrule-first-paint iframe")
        .locator("h1")
        .waitFor({ timeout: MINUTE });
      await page.ready();
    });
    afterAll(() => site?.stop());

    it("opens the notebook that its address names, and runs it", { timeout: 2 * MINUTE }, async () => {
      expect(await page.runAll()).toBeUndefined();
      await page.page.screenshot({ path: join(projectRoot, "build/site/first.png") });
      const output = page.page.locator(".jp-OutputArea-output");
      await expect.poll(() => output.allInnerTexts()).toEqual(["4", "one and two\n"]);
      expect(page.page.url()).toBe(`${site.address}?path=first.ipynb`);
    });

    it("says in a line what is being fetched, until the notebook is there", async () => {
      await page.page.locator("#chainrule-first-paint").waitFor({ state: "detached", timeout: MINUTE });
      expect(await page.page.evaluate("heardLine")).toEqual([
        "This notebook can be run: the editor is on its way …",
        "Fetching the notebook editor …",
        "Opening the notebook …",
      ]);
    });

    it("shows the contents first when its address names no notebook", { timeout: 2 * MINUTE }, async () => {
      const bare = await site.open();
      const cover = bare.page.locator("#chainrule-first-paint");
      const contents = bare.page.frameLocator("#chainrule-first-paint iframe");
      const link = contents.getByRole("link", { name: "First" });
      // A link of the frame leaves with the frame, unless it opens in its place.
      await expect.poll(() => link.getAttribute("target")).toBe("_top");
      await cover.waitFor({ state: "detached", timeout: MINUTE });
      expect(await bare.page.locator(".jp-LauncherCard").count()).toBeGreaterThan(0);
      expect(await bare.page.evaluate("heardLine")).toEqual([
        "Every notebook can be run: the editor is on its way …",
        "Fetching the notebook editor …",
        "Opening the editor …",
      ]);
      await bare.page.close();
    });

    it("is isolated by its service worker: threads share memory", async () => {
      expect(await page.value("crossOriginIsolated")).toBe("true");
      const threads =
        'import { compute } from "chainrule"; compute.threads = 2; [compute.engine.name, compute.threads].join()';
      expect(await page.value(threads)).toBe("'wasm,2'");
    });

    it.each([
      ["a loop of a cell", "let n = 0; while (true) n++;"],
      [
        "a loop of a function that catches",
        "let n = 0; function spin() { for (;;) { try { for (;;) n++; } catch {} } } spin();",
      ],
      [
        "a loop after an await",
        "let n = 0; await null; await new Promise((done) => setTimeout(done, 10)); while (true) n++;",
      ],
      [
        "a loop of a timer",
        "let n = 0; setTimeout(() => { while (true) n++; }, 1); await new Promise(() => {});",
      ],
    ])("interrupts %s, and keeps the variables", async (_, code) => {
      const running = page.execute(code);
      await page.page.waitForTimeout(400);
      await page.page.evaluate(
        "jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.interrupt()",
      );
      const { outputs } = await running;
      expect(outputs.find(({ type }) => type === "error")?.content["ename"]).toBe("KeyboardInterrupt");
      expect(await page.value("n > 0")).toBe("true");
      // And nothing is left of the interrupt.
      expect(await page.value("let rounds = 0; for (let i = 0; i < 3; i++) rounds++; rounds")).toBe("3");
    });

    it("asks the user, and sleeps until the answer is there", async () => {
      const answer = page.page.evaluate(`(async () => {
        const { kernel } = jupyterapp.shell.currentWidget.context.sessionContext.session;
        const future = kernel.requestExecute({ code: "prompt('How many? ')", allow_stdin: true });
        let result;
        future.onIOPub = ({ header, content }) => { if (header.msg_type === "execute_result") result = content.data["text/plain"]; };
        future.onStdin = ({ content }) => future.sendInputReply({ status: "ok", value: content.prompt + "42" }, future.msg.header);
        await future.done;
        return result;
      })()`);
      expect(await answer).toBe("'How many? 42'");
    });

    it("checks types, completes and inspects", async () => {
      const { status, outputs } = await page.execute("const wrong: number = 'text'");
      expect(status).toBe("error");
      const [error] = outputs.filter(({ type }) => type === "error");
      expect(error!.content["evalue"]).toMatch(/TS2322/);
      const answers = await page.page.evaluate(`(async () => {
        const { kernel } = jupyterapp.shell.currentWidget.context.sessionContext.session;
        const [complete, inspect, whole, info] = await Promise.all([
          kernel.requestComplete({ code: "words.joi", cursor_pos: 9 }),
          kernel.requestInspect({ code: "words", cursor_pos: 3, detail_level: 0 }),
          kernel.requestIsComplete({ code: "for (;;) {" }),
          kernel.info,
        ]);
        return [complete.content.matches, inspect.content.data["text/plain"], whole.content.status, info.banner];
      })()`);
      expect(answers).toEqual([
        ["join"],
        expect.stringContaining("const words: string[]"),
        "incomplete",
        expect.stringMatching(/^chainrule \d.*: TypeScript on Chrome /),
      ]);
    });

    it("shows what a cell displays, and updates it", async () => {
      const { outputs } = await page.execute(
        "const shown = display({ 'text/plain': 'a' }); shown.update({ 'text/plain': 'b' });",
      );
      const types = outputs.map(({ type }) => type).filter((type) => type.includes("display"));
      expect(types).toEqual(["display_data", "update_display_data"]);
    });

    it("imports the packages and reads the data that the site was made with", async () => {
      expect(await page.value('import { middle } from "points"; middle(6)')).toBe("3");
      const { outputs } = await page.execute('import { middle as half } from "points"; half("6")');
      expect(outputs.find(({ type }) => type === "error")?.content["evalue"]).toMatch(/TS2345/);
      expect(await page.value('import { three } from "old"; three')).toBe("3");
      const data =
        'import { mnist } from "chainrule"; const { train, test } = await mnist(); [train.size, test.size].join()';
      expect(await page.value(data)).toBe("'2,1'");
    });

    it("remembers the cells that ran, in their order, and finds them by a pattern", async () => {
      for (const source of ["const remembered = 1", "remembered + 1"]) await page.execute(source);
      const asked = (wanted: object): Promise<unknown> =>
        page.page.evaluate(`jupyterapp.shell.currentWidget.context.sessionContext.session.kernel
          .requestHistory(${JSON.stringify({ raw: true, ...wanted })}).then(({ content }) => content.history)`);
      const number = expect.any(Number) as number;
      const cells = [
        [number, number, "const remembered = 1"],
        [number, number, "remembered + 1"],
      ];
      expect(await asked({ output: false, hist_access_type: "tail", n: 2 })).toEqual(cells);
      const found = { output: false, hist_access_type: "search", pattern: "*remembered*", n: 10 };
      expect(await asked(found)).toEqual(cells);
      const [[, , last]] = (await asked({ output: true, hist_access_type: "tail", n: 1 })) as [
        [0, 0, unknown],
      ];
      expect(last).toEqual(["remembered + 1", "2"]);
    });

    it("runs the magics that need nothing but the kernel", async () => {
      const printed = async (code: string): Promise<string> => {
        const { status, outputs } = await page.execute(code);
        expect([code, status]).toEqual([code, "ok"]);
        const streams = outputs.filter(({ type }) => type === "stream");
        return streams.map(({ content }) => content["text"] as string).join("");
      };
      expect(await page.value("%time 6 * 7")).toBe("42");
      // A browser says nothing of the processor's time.
      expect(await printed("%%time\nconst timed = [1, 2]")).toMatch(/^Wall time: [\d.]+ \S+\n$/);
      expect(await printed("%timeit -n 10 -r 2 Math.sqrt(timed.length)")).toMatch(
        / ± .* a loop \(2 runs of 10\)\n$/,
      );
      expect(await printed("%who Array")).toMatch(/\btimed\b/);
      expect(await printed("%whos Array")).toMatch(/timed +Array +\[1,2\]/);
      expect(await printed("%lsmagic")).toMatch(/%timeit +runs code many times/);
      expect(await page.value("%pwd")).toBe("'/course'");
      expect(await printed("%%writefile written.ts\nexport const five: number = 5;")).toBe(
        "Wrote written.ts\n",
      );
      expect(await page.value('import { five } from "./written"; five')).toBe("5");
    });

    it("refuses what a browser has not, and says what to do", async () => {
      const said = async (code: string): Promise<string> => {
        const { outputs } = await page.execute(code);
        const traceback = outputs.find(({ type }) => type === "error")?.content["traceback"] as string[];
        return stripVTControlCharacters(traceback.join("\n"));
      };
      const refused: Record<string, string> = {
        "!ls": "!ls: there is no shell in a browser; run this notebook in Jupyter for that.",
        "%%bash\nls": "%%bash: there is no bash in a browser; run this notebook in Jupyter for that.",
        "%npm install d3-array": "there is no npm in a browser; this site ships ",
        "%cd more": "%cd: a browser has no folders to go to; run this notebook in Jupyter for that.",
        "%ls": "%ls: a browser has no folders to list; run this notebook in Jupyter for that.",
        "%env HOME": "%env: a browser has no environment variables; run this notebook in Jupyter for that.",
        "%env A=1": "%env: a browser has no environment variables; run this notebook in Jupyter for that.",
      };
      for (const [code, sentence] of Object.entries(refused))
        expect([code, await said(code)]).toEqual([code, expect.stringContaining(sentence)]);
      expect(await said('import { createServer } from "node:http"; createServer')).toContain("node:http");
      expect(await said('import { readFileSync } from "node:fs"; readFileSync("/etc/passwd")')).toContain(
        "A website has no disk",
      );
    });

    it("interrupts what waits, and keeps the variables", async () => {
      await page.execute("let ticks = 0");
      const running = page.execute("setInterval(() => ticks++, 5); ticks = 1; await new Promise(() => {})");
      await page.page.waitForTimeout(300);
      await page.page.evaluate(
        "jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.interrupt()",
      );
      const { status, outputs } = await running;
      expect([status, outputs.find(({ type }) => type === "error")?.content["ename"]]).toEqual([
        "error",
        "KeyboardInterrupt",
      ]);
      expect(await page.value("ticks > 1")).toBe("true");
    });

    it(
      "keeps a change in the browser, and gives the lecturer's version back",
      { timeout: 3 * MINUTE },
      async () => {
        const second = await site.open("more/second.ipynb");
        await second.ready();
        const change = `(async () => {
        const { content, context } = jupyterapp.shell.currentWidget;
        content.widgets[1].model.sharedModel.setSource("40 + 2");
        await context.save();
      })()`;
        await second.page.evaluate(change);
        await second.page.reload({ waitUntil: "commit" });
        await second.ready();
        const source = "jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.getSource()";
        expect(await second.page.evaluate(source)).toBe("40 + 2");
        void second.page.evaluate("void jupyterapp.commands.execute('chainrule:reset-course-notebook')");
        await second.page.locator(".jp-Dialog button", { hasText: "Reset" }).click();
        await expect.poll(() => second.page.evaluate(source)).toBe("1 + 1");
        const kept = await second.page.evaluate(
          "jupyterapp.serviceManager.contents.get('more').then(({ content }) => content.map(({ name }) => name))",
        );
        expect(kept).toEqual(["second-Copy1.ipynb", "second.ipynb"]);
        expect(second.troubles).toEqual([]);
        await second.page.close();
      },
    );

    it(
      "downloads the reader's own version, and reminds who has not for a day",
      { timeout: 2 * MINUTE },
      async () => {
        const own = await site.open("more/second.ipynb");
        await own.ready();
        await own.page.evaluate(`(async () => {
        const { content, context } = jupyterapp.shell.currentWidget;
        content.widgets[1].model.sharedModel.setSource("7 * 6");
        await context.save();
      })()`);
        const changed =
          "Object.keys(localStorage).filter((key) => key.startsWith('chainrule changed ') && key.endsWith('second.ipynb'))";
        expect(await own.page.evaluate(changed)).toEqual([
          `chainrule changed ${site.address}more/second.ipynb`,
        ]);
        const coming = own.page.waitForEvent("download");
        await own.page.evaluate("jupyterapp.commands.execute('docmanager:download').then(() => null)");
        const download = await coming;
        expect(download.suggestedFilename()).toBe("second.ipynb");
        expect(readFileSync(await download.path(), "utf8")).toContain('"source": "7 * 6"');
        expect(await own.page.evaluate(changed)).toEqual([]);
        await own.page.evaluate(
          `localStorage.setItem("chainrule changed ${site.address}more/second.ipynb", String(Date.now() - 48 * 3600e3))`,
        );
        await own.page.reload({ waitUntil: "commit" });
        await own.ready();
        await own.page.getByText("have not been downloaded for a day").first().waitFor({ timeout: 20_000 });
        await own.page.close();
      },
    );

    it(
      "restarts its kernel: the variables are gone, the notebook stays",
      { timeout: 2 * MINUTE },
      async () => {
        expect(await page.value("words.length")).toBe("2");
        await page.page.evaluate(
          "jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()",
        );
        await page.ready();
        expect((await page.execute("words")).status).toBe("error");
        expect(await page.value("1 + 1")).toBe("2");
        await page.execute("const mine = 1");
        expect((await page.execute("%reset")).status).toBe("ok");
        expect((await page.execute("mine")).status).toBe("error");
      },
    );

    it("gives a solved problem set the marks that it gets in Node", { timeout: 4 * MINUTE }, async () => {
      const set = await site.open("set/small.ipynb");
      await set.ready();
      const solved = "function double(x: number): number { return 2 * x; }";
      const wrong = "function triple(x: number): number { return 4 * x; }";
      const { before, saved, marks } = (await set.page.evaluate(`(async () => {
        const { content, context } = jupyterapp.shell.currentWidget;
        const cell = (id) => content.widgets.find(({ model }) => model.getMetadata("nbgrader")?.grade_id === id).model;
        const before = content.widgets.map(({ model }) => model.sharedModel.getSource()).join("\\n");
        cell("double").sharedModel.setSource(${JSON.stringify(solved)});
        cell("triple").sharedModel.setSource(${JSON.stringify(wrong)});
        await jupyterapp.commands.execute("notebook:run-all-cells");
        await context.save();
        const { content: saved } = await jupyterapp.serviceManager.contents.get(context.path);
        return { before, saved, marks: cell("double-test").outputs.toJSON().map(({ data }) => data?.["text/plain"]) };
      })()`)) as { before: string; saved: Notebook; marks: string[] };
      expect(before).not.toContain("return 2 * x");
      expect(marks.at(-1)).toBe("2");
      const grades = (submission: string): unknown => gradesOf(submission, formatNotebook(smallAssignment));
      const inNode = withCell("triple", wrong, withCell("double", solved, assign(smallAssignment)));
      const own = grades(JSON.stringify(saved));
      expect(own).toEqual(grades(formatNotebook(inNode)));
      expect(JSON.stringify(own)).toMatch(/"points":2\b/);
      await set.page.close();
    });

    it("leaves other pages of its host alone", async () => {
      await page.page.waitForFunction("navigator.serviceWorker.controller !== null");
      mkdirSync(join(site.folder, "notes"));
      for (const text of ["first", "second"]) {
        writeFileSync(join(site.folder, "notes/index.html"), text);
        const asked = "fetch('notes/index.html', { cache: 'no-store' }).then((one) => one.text())";
        expect(await page.page.evaluate(asked)).toBe(text);
      }
    });

    it("opens and runs again when its host is switched off", { timeout: 3 * MINUTE }, async () => {
      // What a reader has seen is there; this page has run a cell that imports the library.
      await page.page.waitForFunction("navigator.serviceWorker.controller !== null");
      await site.hostOff();
      await page.page.reload({ waitUntil: "commit" });
      await page.ready();
      expect(await page.runAll()).toBeUndefined();
      expect(await page.value('import { tensor } from "chainrule"; tensor([1, 2]).shape[0]')).toBe("2");
    });

    it("asked no other host for anything, and nothing went wrong", () => {
      expect([...page.hosts]).toEqual([new URL(site.address).host]);
      // The page itself is asked for first, in vain, while the host is off.
      expect(page.troubles.filter((one) => !one.includes("ERR_CONNECTION_REFUSED"))).toEqual([]);
    });
  });
});
