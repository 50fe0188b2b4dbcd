/**
 * Nothing that a user typed is lost, in Chromium with the real front end: the server killed and started again, the kernel
 * killed, the file changed by another program, one notebook in two windows, a large notebook, a full disk.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium } from "../../support/chromium.js";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { KILLED_CELL } from "./support.js";

/** The part of JupyterLab that the tests ask; it is the page's `jupyterapp`. */
interface Application {
  readonly commands: { execute(command: string): Promise<unknown> };
  readonly shell: {
    readonly currentWidget?: {
      readonly sessionContext?: { readonly session?: { readonly kernel?: { readonly status: string } } };
    };
  };
}
declare const jupyterapp: Application;

withTool("chromium", "nothing is lost", ({ command }) => {
  withFrontEnd("with the front end", (frontEnd) => {
    let folder: string;
    let file: string;
    let server: ChildProcess;
    let address: URL;
    let browser: Browser;
    let context: BrowserContext;

    /** @param before is said to the shell first */
    async function startServer(port: string, before = ":"): Promise<void> {
      const cli = join(projectRoot, "dist/kernel/cli.js");
      const words = [process.execPath, cli, "lab", join(folder, "root"), "--no-browser", "--port", port];
      server = spawn("sh", ["-c", `${before}; exec "$@"`, "sh", ...words], {
        env: { ...process.env, CHAINRULE_LAB: frontEnd, CHAINRULE_STATE: join(folder, "state") },
        stdio: ["ignore", "pipe", "ignore"],
      });
      const line = await new Promise<string>((resolve) => {
        let text = "";
        server.stdout!.on("data", (chunk: Buffer) => {
          text += chunk.toString();
          if (text.includes("\n")) resolve(text.trim());
        });
      });
      address = new URL(line);
    }
    async function killServer(): Promise<void> {
      if (hasEnded()) return;
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGKILL");
      await ended;
    }
    const hasEnded = (): boolean => server.exitCode !== null || server.signalCode !== null;
    async function open(workspace: string, name = "a.ipynb"): Promise<Page> {
      const page = await context.newPage();
      await page.goto(new URL(`/lab/workspaces/${workspace}/tree/${name}${address.search}`, address).href);
      await page.waitForFunction(
        () =>
          (globalThis as never as { jupyterapp?: Application }).jupyterapp?.shell.currentWidget
            ?.sessionContext?.session?.kernel?.status === "idle",
      );
      return page;
    }
    async function type(page: Page, text: string): Promise<void> {
      await page.locator(".jp-CodeCell .cm-content").first().focus();
      await page.keyboard.press("Control+End");
      await page.keyboard.type(text);
    }
    /** Without waiting: a dialog may come first. */
    const save = (page: Page): Promise<void> =>
      page.evaluate(() => void jupyterapp.commands.execute("docmanager:save"));
    async function eventually(is: () => boolean): Promise<void> {
      while (!is()) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const onDisk = (): string => readFileSync(file, "utf8");

    beforeAll(async () => {
      needsBuild();
      folder = mkdtempSync(join(tmpdir(), "chainrule-lost-"));
      mkdirSync(join(folder, "root"));
      file = join(folder, "root", "a.ipynb");
      const cell = {
        cell_type: "code",
        id: "one",
        source: "let n = 1;",
        metadata: {},
        outputs: [],
        execution_count: null,
      };
      const kernelspec = {
        name: "chainrule",
        display_name: "TypeScript (chainrule)",
        language: "typescript",
      };
      writeFileSync(
        file,
        JSON.stringify({ cells: [cell], metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 }),
      );
      await startServer("0");
      browser = await launchChromium(command);
      context = await browser.newContext();
    });
    // A test that failed may have left none.
    beforeEach(async () => {
      if (hasEnded()) await startServer(address.port);
    });
    afterAll(async () => {
      await browser.close();
      await killServer();
      rmSync(folder, { recursive: true });
    });

    describe("of what was typed", () => {
      it("when the server is killed and started again: the page goes on, and saves", async () => {
        const page = await open("one");
        await type(page, "\n// typed before");
        await killServer();
        await type(page, "\n// typed without a server");
        // With another token, as every start has.
        const before = address;
        await startServer(before.port);
        expect(address.port).toBe(before.port);
        expect(address.search).not.toBe(before.search);
        await type(page, "\n// typed after");
        await save(page);
        await eventually(() => onDisk().includes("typed after"));
        expect(onDisk()).toMatch(/typed before.*typed without a server.*typed after/s);
        await page.close();
      });

      it("when another program has changed the file: the page asks", async () => {
        const page = await open("two");
        writeFileSync(file, onDisk().replace("typed before", "changed by another program"));
        await type(page, "\n// mine");
        await save(page);
        await page.locator(".jp-Dialog", { hasText: "has changed on disk" }).waitFor();
        expect(onDisk()).toContain("changed by another program");
        expect(onDisk()).not.toContain("// mine");
        await page.locator(".jp-Dialog button", { hasText: "Overwrite" }).click();
        await eventually(() => onDisk().includes("// mine"));
        await page.close();
      });

      it("when two windows have the notebook: the second to save is asked", async () => {
        const [first, second] = [await open("three"), await open("four")];
        await type(first, "\n// of the first");
        await save(first);
        await eventually(() => onDisk().includes("of the first"));
        await type(second, "\n// of the second");
        await save(second);
        await second.locator(".jp-Dialog", { hasText: "has changed on disk" }).waitFor();
        expect(onDisk()).toContain("of the first");
        expect(onDisk()).not.toContain("of the second");
        await first.close();
        await second.close();
      });

      it("when the kernel is killed: the page says so, and the next one runs", async () => {
        const page = await open("five");
        await page.evaluate(
          (code) =>
            void (
              jupyterapp.shell.currentWidget as never as {
                sessionContext: { session: { kernel: { requestExecute(content: object): unknown } } };
              }
            ).sessionContext.session.kernel.requestExecute({ code }),
          KILLED_CELL,
        );
        await page.locator(".jp-Dialog", { hasText: "appears to have died" }).waitFor();
        await page.locator(".jp-Dialog button").last().click();
        await page.waitForFunction(
          () => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle",
        );
        await page.evaluate(() => void jupyterapp.commands.execute("notebook:run-all-cells"));
        await page.locator(".jp-InputPrompt", { hasText: "[1]:" }).first().waitFor();
        await page.close();
      });

      it("when a notebook of 20 MB and 200 cells is opened, run and saved", async () => {
        const large = join(folder, "root", "large.ipynb");
        const text = "a line of some length\n".repeat(5_000);
        const cells = Array.from({ length: 200 }, (_, i) => ({
          cell_type: "code",
          id: `cell-${i}`,
          source: `const v${i} = ${i};\nv${i}`,
          metadata: {},
          outputs: [{ output_type: "stream", name: "stdout", text }],
          execution_count: null,
        }));
        const { metadata } = JSON.parse(onDisk()) as { metadata: object };
        writeFileSync(large, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }));
        expect(statSync(large).size).toBeGreaterThan(20e6);
        const page = await open("six", "large.ipynb");
        await page.evaluate(() => jupyterapp.commands.execute("notebook:run-all-cells").then(() => {}));
        await save(page);
        await eventually(() => statSync(large).size < 1e6);
        const saved = JSON.parse(readFileSync(large, "utf8")) as {
          cells: { outputs: { data: { "text/plain": string[] } }[] }[];
        };
        const results = saved.cells.map(({ outputs }) =>
          outputs.map(({ data }) => data["text/plain"].join("")),
        );
        expect(results).toEqual(Array.from({ length: 200 }, (_, i) => [String(i)]));
        await page.close();
      });

      it("when the disk is full: the page says so, and keeps it", async () => {
        await killServer();
        // Files of at most 32 kB: the system refuses as it does on a full disk.
        await startServer(address.port, "ulimit -f 64");
        const page = await open("seven");
        const before = onDisk();
        const cell = page.locator(".jp-CodeCell .cm-content").first();
        await cell.click();
        await page.keyboard.press("ControlOrMeta+A");
        await page.keyboard.insertText(`// ${"long ".repeat(10_000)}`);
        await save(page);
        await page.locator(".jp-Dialog", { hasText: "The file is as it was before." }).waitFor();
        expect(onDisk()).toBe(before);
        await page.locator(".jp-Dialog button").last().click();
        // What is short enough is saved again.
        await cell.click();
        await page.keyboard.press("ControlOrMeta+A");
        await page.keyboard.insertText("// short");
        await save(page);
        await eventually(() => onDisk().includes("// short"));
        await page.close();
      });
    });
  });
});
