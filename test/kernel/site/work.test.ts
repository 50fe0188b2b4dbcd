/**
 * A reader's work on a website is safe: two tabs do not write over each other, a full disk is said and loses nothing, a
 * new version of the site arrives and leaves her own, and what she has she can take out and bring back.
 */
import { readFileSync } from "node:fs";
import type { BrowserContext } from "playwright-core";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openChromium } from "../../support/chromium.js";
import { withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { SiteJourney, notebookOf } from "./site-page.js";
import type { SitePage } from "./site-page.js";

const MINUTE = 60_000;

const files = {
  "both.ipynb": notebookOf("# Both", "1 + 1"),
  "full.ipynb": notebookOf("# Full", "1 + 1"),
  "new.ipynb": notebookOf("# New", "'first build'"),
  "long.ipynb": notebookOf(
    "# Long",
    ...Array.from({ length: 40 }, (_, i) => `${i}`),
    "## The end & after",
    "'end'",
  ),
};

/** In the page: writes into the first code cell. */
const write = (source: string): string =>
  `void jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource(${JSON.stringify(source)})`;
const SAVE = "void jupyterapp.commands.execute('docmanager:save')";
const SOURCE = "jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.getSource()";
const STORED = (path: string): string =>
  `jupyterapp.serviceManager.contents.get("${path}").then(({ content }) => content.cells[1].source)`;

/** In the page: whether it is the user's own copy. */
const IS_OWN = (path: string): string =>
  `jupyterapp.serviceManager.contents.get("${path}", { content: false }).then(({ hash_algorithm }) => hash_algorithm === "revision")`;
const MODEL = "jupyterapp.shell.currentWidget.context.model";
/** In the page: writes what the front end writes of a kernel; whether that is a change that would be saved. */
const OTHER_LANGUAGE = `(async () => {
  ${MODEL}.setMetadata("language_info", { name: "another" });
  await new Promise((resolve) => setTimeout(resolve));
  return ${MODEL}.dirty;
})()`;

withFrontEnd("a reader's work on a website", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let site: SiteJourney;
    const opened = async (path: string, browser?: BrowserContext): Promise<SitePage> => {
      const page = await site.open(path, browser);
      await page.ready();
      return page;
    };
    beforeAll(async () => {
      needsBuild();
      site = await SiteJourney.start(command, files);
    });
    afterAll(() => site?.stop());

    it(
      "is not written over by another tab: the second to save is asked",
      { timeout: 3 * MINUTE },
      async () => {
        const [one, two] = [await opened("both.ipynb"), await opened("both.ipynb")];
        await one.page.evaluate(write("'of one'"));
        await one.page.evaluate(SAVE);
        await expect.poll(() => one.page.evaluate(STORED("both.ipynb"))).toBe("'of one'");
        await two.page.evaluate(write("'of two'"));
        await two.page.evaluate(SAVE);
        const dialog = two.page.locator(".jp-Dialog");
        await dialog.getByText("changed on disk").waitFor({ timeout: MINUTE });
        expect(await two.page.evaluate(STORED("both.ipynb"))).toBe("'of one'");
        await dialog.locator("button", { hasText: "Cancel" }).click();
        expect(await two.page.evaluate(SOURCE)).toBe("'of two'");
        await one.page.close();
        await two.page.close();
      },
    );

    it("stays whole when the browser has no more room, which is said", { timeout: 3 * MINUTE }, async () => {
      const page = await opened("full.ipynb");
      await page.page.evaluate(write("'saved'"));
      await page.page.evaluate(SAVE);
      await expect.poll(() => page.page.evaluate(STORED("full.ipynb"))).toBe("'saved'");
      // A browser keeps a bound on what a site may store, and says so by this error.
      await page.page.evaluate(`(() => {
        globalThis.put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
      })()`);
      await page.page.evaluate(write("'too much'"));
      await page.page.evaluate(SAVE);
      const dialog = page.page.locator(".jp-Dialog");
      await dialog
        .getByText("This browser has no more room, so full.ipynb was not saved")
        .waitFor({ timeout: MINUTE });
      await dialog.locator("button").first().click();
      expect(await page.page.evaluate(SOURCE)).toBe("'too much'");
      expect(await page.page.evaluate(STORED("full.ipynb"))).toBe("'saved'");
      await page.page.evaluate("IDBObjectStore.prototype.put = globalThis.put");
      await page.page.evaluate(SAVE);
      await expect.poll(() => page.page.evaluate(STORED("full.ipynb"))).toBe("'too much'");
      await page.page.close();
    });

    it("is in a browser that may delete it, which is said once", { timeout: 2 * MINUTE }, async () => {
      const page = await opened("full.ipynb");
      const told = "Object.keys(localStorage).filter((key) => key.startsWith('chainrule told '))";
      const isPersistent = await page.page.evaluate("navigator.storage.persisted()");
      expect(await page.page.evaluate(told)).toHaveLength(isPersistent ? 0 : 1);
      await page.page.close();
    });

    it("goes out as a file and comes back by an upload", { timeout: 3 * MINUTE }, async () => {
      const page = await opened("full.ipynb");
      await page.page.evaluate(write("'taken home'"));
      await page.page.evaluate(SAVE);
      await expect.poll(() => page.page.evaluate(STORED("full.ipynb"))).toBe("'taken home'");
      const coming = page.page.waitForEvent("download");
      await page.page.evaluate("void jupyterapp.commands.execute('docmanager:download')");
      const taken = readFileSync(await (await coming).path());
      await page.page.evaluate("void jupyterapp.commands.execute('filebrowser:activate')");
      const choosing = page.page.waitForEvent("filechooser");
      await page.page.locator(".jp-FileBrowser-toolbar [data-jp-item-name='uploader']").click();
      await (await choosing).setFiles({ name: "brought.ipynb", mimeType: "application/json", buffer: taken });
      const isThere = "jupyterapp.serviceManager.contents.get('brought.ipynb').then(() => true, () => false)";
      await expect.poll(() => page.page.evaluate(isThere)).toBe(true);
      expect(await page.page.evaluate(STORED("brought.ipynb"))).toBe("'taken home'");
      expect(page.troubles.filter((one) => !one.includes("404"))).toEqual([]);
      await page.page.close();
    });

    it.each([
      ["a cell's place", "cell-30", 29],
      ["a cell's id", "c35", 35],
      ["a heading", "The-end-after", 41],
    ])("is linked to by %s", { timeout: 2 * MINUTE }, async (_, anchor, index) => {
      const page = await opened(`long.ipynb#${anchor}`);
      const active = "jupyterapp.shell.currentWidget.content.activeCellIndex";
      await expect.poll(() => page.page.evaluate(active)).toBe(index);
      const cell = page.page.locator(`.jp-Notebook [data-windowed-list-index="${index}"]`);
      await expect
        .poll(() =>
          cell.evaluate((element) => {
            const { top, bottom } = element.getBoundingClientRect();
            return top >= 0 && bottom <= innerHeight;
          }),
        )
        .toBe(true);
      expect(new URL(page.page.url()).hash).toBe(`#${anchor}`);
      await page.page.close();
    });

    it(
      "stays hers when a new build arrives, and what she has not changed is new",
      { timeout: 4 * MINUTE },
      async () => {
        const page = await opened("new.ipynb");
        expect(await page.page.evaluate(SOURCE)).toBe("'first build'");
        // The front end has written of which kernel it is, and saves; that is no change of hers.
        await expect
          .poll(() => page.page.evaluate(`${MODEL}.getMetadata("language_info")?.name`))
          .toBe("typescript");
        expect(await page.page.evaluate(OTHER_LANGUAGE)).toBe(false);
        await page.page.evaluate("jupyterapp.commands.execute('docmanager:save').then(() => null)");
        expect(await page.page.evaluate(IS_OWN("new.ipynb"))).toBe(false);
        expect(await page.page.evaluate(IS_OWN("full.ipynb"))).toBe(true);
        await page.page.waitForFunction("navigator.serviceWorker.controller !== null");
        await site.change({
          "new.ipynb": notebookOf("# New", "'second build'"),
          "full.ipynb": notebookOf("# Full", "'second build'"),
        });
        await page.page.reload({ waitUntil: "commit" });
        await page.ready();
        expect(await page.page.evaluate(SOURCE)).toBe("'second build'");
        expect(await page.page.evaluate(STORED("full.ipynb"))).toBe("'taken home'");
        // What the old build had kept goes.
        const builds =
          "caches.keys().then((names) => names.filter((name) => name.startsWith('chainrule ')).length)";
        await expect.poll(() => page.page.evaluate(builds)).toBe(1);
        await page.page.close();
      },
    );

    it(
      "runs where no service worker may: one thread, and what waits can be stopped",
      { timeout: 4 * MINUTE },
      async () => {
        const profile = mkdtempSync(join(tmpdir(), "chainrule-plain-"));
        const plain = await openChromium(profile, command, { serviceWorkers: "block" });
        try {
          const page = await opened("both.ipynb", plain);
          expect(await page.value("crossOriginIsolated")).toBe("false");
          const engine = 'import { compute } from "chainrule"; [compute.engine.name, compute.threads].join()';
          expect(await page.value(engine)).toBe("'wasm,1'");
          const interrupt =
            "jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.interrupt().then(() => null)";
          const ename = ({ outputs }: Awaited<ReturnType<SitePage["execute"]>>): unknown =>
            outputs.find(({ type }) => type === "error")?.content["ename"];
          const waiting = page.execute("let n = 3; await new Promise(() => {})");
          await page.page.waitForTimeout(300);
          await page.page.evaluate(interrupt);
          expect(ename(await waiting)).toBe("KeyboardInterrupt");
          expect(await page.value("n")).toBe("3");
          const { outputs } = await page.execute("prompt('How many?')");
          const said = outputs.find(({ type }) => type === "error")?.content["evalue"];
          expect(said).toMatch(/prompt\(\) needs a page that is isolated/);
          // Nothing reaches a bare loop; the cell says what to do, and a restart does it.
          const heard = page.page.evaluate(`(async () => {
          const { kernel } = jupyterapp.shell.currentWidget.context.sessionContext.session;
          const future = kernel.requestExecute({ code: "while (true);" });
          const said = new Promise((resolve) => (future.onIOPub = ({ header, content }) => header.msg_type === "stream" && resolve(content.text)));
          await new Promise((resolve) => setTimeout(resolve, 300));
          await kernel.interrupt();
          const text = await said;
          await kernel.restart();
          return text;
        })()`);
          expect(await heard).toMatch(
            /cannot be interrupted: this browser did not isolate the page.* Restart the kernel/,
          );
          await page.ready();
          expect(await page.value("1 + 1")).toBe("2");
        } finally {
          await plain.close();
          rmSync(profile, { recursive: true, force: true });
        }
      },
    );
  });
});
