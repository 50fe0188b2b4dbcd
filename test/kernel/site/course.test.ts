/**
 * The project's own course as a website: lectures run to their end in Chromium, in Firefox and in WebKit, and what a reader loads
 * stays small. `npm run site:check` runs every notebook in each.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { Firefox } from "./firefox.js";
import {
  FIRST_NET,
  IS_READY,
  LIMITS,
  PACKED,
  RUN_ALL,
  SiteJourney,
  WHEN_READY,
  executed,
  valueOf,
} from "./site-page.js";
import type { CellOutcome } from "./site-page.js";
import { LOOK, lookAt, step, until } from "./steps.js";
import type { Browser, Tab } from "./tab.js";
import { WebKit } from "./webkit.js";

const MINUTE = 60_000;
const LONG = { timeout: 20 * MINUTE };

/** Both browsers and the machine may be busy with other tests. */
const OPEN = 3 * MINUTE;

const isWhole = process.env.CHAINRULE_SITE_CHECK === "all";

/** One about what a convolution is, which trains nothing. */
const SHORT = "lectures/10-convolution-forward-backward.ipynb";
/** One that is changed and left. */
const LEFT = "lectures/06-computational-graphs.ipynb";
/** One that trains. */
const TRAINING = "lectures/02-losses-svm-softmax.ipynb";

/** They read a folder of the disk, or come with data that the site has not. */
const NEEDS_DISK = ["experiments/own-pictures.ipynb"];

const notebooksOf = (folder: string): string[] =>
  readdirSync(join(projectRoot, "notebooks", folder))
    .filter((name) => name.endsWith(".ipynb"))
    .map((name) => `${folder}/${name}`);

const all = [...notebooksOf("lectures"), ...notebooksOf("experiments")].filter(
  (path) => !NEEDS_DISK.includes(path),
);

/** The most that a reader loads until a first net is trained, in bytes with brotli. */
const BUDGET = { frontEnd: 2.5e6, kernel: 1.5e6 };

/** In the page: the trace of an error that a cell throws, and the name of what ends a loop that is interrupted. */
const ERROR_AND_INTERRUPT = `(async () => {
  const { kernel } = jupyterapp.shell.currentWidget.context.sessionContext.session;
  const run = (code, printed = () => {}) => new Promise((resolve) => {
    const future = kernel.requestExecute({ code });
    future.onIOPub = ({ header, content }) => {
      if (header.msg_type === "stream") printed();
      if (header.msg_type === "error") resolve(content);
    };
  });
  const failed = await run("function far(n: number): void {\\n  if (n > 1) throw new RangeError('too far');\\n}\\nfar(2);");
  const stopped = await run("let k = 0; console.log('it runs'); while (true) k++;", () => void kernel.interrupt());
  return [failed.traceback.join("\\n"), stopped.ename];
})()`;

/** What a reader writes at the end of the first cell: its result. */
const OWN = '\n;"mine"';

/** In the page: writes that, runs the cell, and saves the notebook; how many outputs the cell has. */
const CHANGE_AND_SAVE = `(async () => {
  const { content, context } = jupyterapp.shell.currentWidget;
  content.activeCellIndex = content.widgets.findIndex(({ model }) => model.type === "code");
  const { model } = content.activeCell;
  model.sharedModel.setSource(model.sharedModel.getSource() + ${JSON.stringify(OWN)});
  await jupyterapp.commands.execute("notebook:run-cell");
  await context.save();
  // The next page says by this that it is another one.
  globalThis.isOld = true;
  return model.outputs.length;
})()`;

/** A cell with many searches, one after the other; its result is how many trials were done. */
const SEARCHES = `import { choice, search } from "chainrule";
let done = 0;
for (let i = 0; i < 30; i++) {
  const { trials } = await search({ a: choice([1, 2, 3, 4]) }, async ({ a }) => a, { strategy: "grid", live: false });
  done += trials.filter(({ status }) => status === "done").length;
}
done`;

/** A cell that needs the library. */
const SUM = 'import { sum, tensor } from "chainrule"; sum(tensor([1, 2]))';

/** In the page: whether the reader's line is there, and how many outputs its cell has. */
const KEPT = `(() => {
  const { model } = jupyterapp.shell.currentWidget.content.widgets.find((one) => one.model.type === "code");
  return [model.sharedModel.getSource().endsWith(${JSON.stringify(OWN)}), model.outputs.length];
})()`;

/** In the page: writes the reader's line, and saves nothing; whether that is a change. */
const CHANGE = `(() => {
  const { content, context } = jupyterapp.shell.currentWidget;
  const { sharedModel } = content.widgets.find(({ model }) => model.type === "code").model;
  sharedModel.setSource(sharedModel.getSource() + ${JSON.stringify(OWN)});
  return context.model.dirty;
})()`;

/** In the page: whether that notebook is shown, and its kernel is there. */
const shows = (path: string): string =>
  `${IS_READY} && jupyterapp.shell.currentWidget.context.path === ${JSON.stringify(path)}`;

/** In the page: whether the website keeps the reader's line. */
const keepsOwn = (path: string): string => `jupyterapp.serviceManager.contents.get(${JSON.stringify(path)})
  .then(({ content }) => content.cells.find((one) => one.cell_type === "code").source.endsWith(${JSON.stringify(OWN)}))`;

/** A reader changes a notebook and goes on to another one at once, and back. A browser may have kept the first page, frozen. */
async function leaveAndReturn(tab: Tab, name: string): Promise<void> {
  const look = (): Promise<unknown> => tab.look();
  const asked = (what: string, expression: string): Promise<unknown> =>
    step(`${what} in ${name}`, OPEN, tab.evaluate(expression), look);
  const sum = async (): Promise<unknown> => valueOf((await asked("A cell", executed(SUM))) as CellOutcome);
  expect(await asked("To change a cell", CHANGE)).toBe(true);
  await asked("To leave it", `void setTimeout(() => location.assign(${JSON.stringify(`?path=${SHORT}`)}))`);
  await until(`${SHORT} after ${LEFT} in ${name}`, OPEN, () => tab.evaluate(shows(SHORT)), look);
  expect(await sum()).toBe("3");
  expect(await asked("What is kept", keepsOwn(LEFT))).toBe(true);
  await asked("To go back", "void setTimeout(() => history.back())");
  await until(`${LEFT} again in ${name}`, OPEN, () => tab.evaluate(shows(LEFT)), look);
  expect((await asked("What it shows", KEPT)) as unknown[]).toContain(true);
  const isSaved = "jupyterapp.shell.currentWidget.context.model.dirty === false";
  await until(
    `${LEFT} without a change that is not saved in ${name}`,
    OPEN,
    () => tab.evaluate(isSaved),
    look,
  );
  expect(await asked("What is kept", keepsOwn(LEFT))).toBe(true);
  expect(await sum()).toBe("3");
}

withFrontEnd("the course on a website", () => {
  withTool("chromium", "in Chromium", ({ command }) => {
    let site: SiteJourney;
    beforeAll(async () => {
      needsBuild();
      site = await SiteJourney.start(command);
    }, PACKED);
    afterAll(() => site?.stop());

    it("needs little until a first net is trained", { timeout: 3 * MINUTE }, async () => {
      const page = await site.open(SHORT);
      await page.ready();
      expect(Number(await page.value(FIRST_NET))).toBeGreaterThan(0);
      await page.page.close();
      const sizes = await site.weight();
      console.log(`front end ${sizes.frontEnd} bytes, kernel and library ${sizes.kernel} bytes (brotli)`);
      expect(sizes.frontEnd).toBeGreaterThan(500_000);
      expect(sizes.frontEnd).toBeLessThan(BUDGET.frontEnd);
      expect(sizes.kernel).toBeGreaterThan(500_000);
      expect(sizes.kernel).toBeLessThan(BUDGET.kernel);
    });

    it.each(isWhole ? all : [TRAINING])("%s runs to its end", LONG, async (path) => {
      const page = await site.open(path);
      await page.ready(OPEN);
      expect(await page.runAll()).toBeUndefined();
      await page.page.close();
    });

    it("is left for another notebook with a change that is not saved", LONG, async () => {
      const { page } = await site.open(LEFT);
      // Chromium asks whether she really wants to leave.
      page.on("dialog", (dialog) => void dialog.accept());
      const evaluate = (expression: string): Promise<unknown> => page.evaluate(expression);
      const look = (): Promise<unknown> => lookAt(evaluate(LOOK), page.screenshot());
      await until(`${LEFT} in Chromium`, OPEN, () => evaluate(shows(LEFT)), look);
      await leaveAndReturn({ evaluate, look, close: () => page.close() }, "Chromium");
      await page.close();
    });

    describe("and the same website", () => {
      withTool("firefox-esr", "in Firefox", (tool) => inAnother(() => Firefox.start(tool.command)));
      withTool("webkit2gtk-driver", "in WebKit", (tool) => inAnother(() => WebKit.start(tool.command)));
    });

    /** What is tried in every other browser. */
    function inAnother(start: () => Promise<Browser>): void {
      let browser: Browser;
      beforeAll(async () => void (browser = await start()));
      afterAll(() => browser?.stop());

      const opened = async (path: string): Promise<Tab> => {
        const address = `${site.address}?path=${path}`;
        const nothing = (): Promise<unknown> => Promise.resolve("not yet there");
        const name = `A tab of ${browser.name} for ${path}`;
        const tab = await step(name, MINUTE, browser.open(address), nothing);
        await answers(tab, path);
        return tab;
      };

      const answers = async (tab: Tab, path: string): Promise<void> => {
        const look = (): Promise<unknown> => tab.look();
        // The first visit loads the page twice, and what is asked in between has no answer.
        const isReady = `${IS_READY} && globalThis.isOld === undefined`;
        await until(`${path} with a kernel in ${browser.name}`, OPEN, () => tab.evaluate(isReady), look);
        await step(`The first answer of the kernel of ${path}`, OPEN, tab.evaluate(WHEN_READY), look);
      };

      it.each(isWhole ? all : [SHORT])("%s runs to its end", LONG, async (path) => {
        const tab = await opened(path);
        const look = (): Promise<unknown> => tab.look();
        const isIsolated = tab.evaluate("crossOriginIsolated");
        expect(await step(`Whether ${path} is isolated`, MINUTE, isIsolated, look)).toBe(true);
        const run = tab.evaluate(RUN_ALL);
        const name = `To run all cells of ${path} in ${browser.name}`;
        expect(await step(name, LIMITS.run, run, look)).toBeUndefined();
        await step(`To close the tab of ${path}`, MINUTE, tab.close(), look);
      });

      it("shows errors by the user's own lines, and interrupts a loop", { timeout: 9 * MINUTE }, async () => {
        const tab = await opened(SHORT);
        const both = tab.evaluate(ERROR_AND_INTERRUPT);
        const [failed, stopped] = (await step("An error and an interrupt", MINUTE, both, () =>
          tab.look(),
        )) as [string, string];
        const text = stripVTControlCharacters(failed);
        expect(text).toMatch(/→ 2 │ {3}if \(n > 1\) throw new RangeError\('too far'\);/);
        expect(text).toMatch(/at far \(cell\[\d+\]:2:\d+\)/);
        expect(text).not.toMatch(/kernel\/|chunks\//);
        expect(stopped).toBe("KeyboardInterrupt");
        await tab.close();
      });

      it("is left for another notebook with a change that is not saved", LONG, async () => {
        const tab = await opened(LEFT);
        await leaveAndReturn(tab, browser.name);
        await tab.close();
      });

      // A worker of Firefox stood still when others that it had started ended and began.
      it("searches again and again", { timeout: 9 * MINUTE }, async () => {
        const tab = await opened(SHORT);
        const searched = tab.evaluate(executed(SEARCHES));
        const outcome = await step("Thirty searches", 3 * MINUTE, searched, () => tab.look());
        expect(valueOf(outcome as CellOutcome)).toBe("120");
        await tab.close();
      });

      it("keeps what is saved, and opens without its host", { timeout: 9 * MINUTE }, async () => {
        const tab = await opened(SHORT);
        const asked = (name: string, on: Tab, expression: string): Promise<unknown> =>
          step(name, MINUTE, on.evaluate(expression), () => on.look());
        const outputs = await asked("To change a cell, and to save", tab, CHANGE_AND_SAVE);
        expect(outputs).toBeGreaterThan(0);
        await asked("To load the page again", tab, "void setTimeout(() => location.reload())");
        await answers(tab, SHORT);
        expect(await asked("What was kept", tab, KEPT)).toEqual([true, outputs]);
        await asked(
          "To close the tab",
          tab,
          "jupyterapp.shell.currentWidget.context.sessionContext.shutdown()",
        );
        await tab.close();
        await site.hostOff();
        try {
          const again = await opened(SHORT);
          expect(await asked("What was kept, without a host", again, KEPT)).toEqual([true, outputs]);
          const outcome = await asked("A cell, without a host", again, executed(SUM));
          expect(valueOf(outcome as CellOutcome)).toBe("3");
          await again.close();
        } finally {
          await site.hostOn();
        }
      });
    }
  });
});
