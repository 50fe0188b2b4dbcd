/** `chainrule lab` over a folder of its own, and its page in Chromium, as a test uses them. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { expect, onTestFailed } from "vitest";
import { openChromium } from "../../support/chromium.js";
import { projectRoot } from "../../support/shared.js";

/** The server and the browser; pages come and go. */
export class LabJourney {
  /** What the server shows. */
  readonly folder: string;
  readonly #around: string;
  readonly #server: ChildProcess;
  readonly #browser: BrowserContext;
  /** With the token. */
  readonly address: URL;

  private constructor(around: string, server: ChildProcess, browser: BrowserContext, address: string) {
    this.#around = around;
    this.folder = join(around, "notebooks");
    this.#server = server;
    this.#browser = browser;
    this.address = new URL(address);
  }

  static async start(executablePath: string, files: Readonly<Record<string, string>>): Promise<LabJourney> {
    const around = mkdtempSync(join(tmpdir(), "chainrule-lab-"));
    mkdirSync(join(around, "notebooks"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(around, "notebooks", name), text);
    const places = Object.fromEntries(
      [
        "HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "XDG_CONFIG_HOME",
        "JUPYTER_DATA_DIR",
        "JUPYTER_CONFIG_DIR",
      ].map((name) => [name, join(around, "home")]),
    );
    const server = spawn(
      process.execPath,
      [
        join(projectRoot, "dist/kernel/cli.js"),
        "lab",
        join(around, "notebooks"),
        "--no-browser",
        "--port",
        "0",
      ],
      { env: { ...process.env, ...places }, stdio: ["ignore", "pipe", "pipe"] },
    );
    const [address, browser] = await Promise.all([
      addressOf(server),
      openChromium(join(around, "profile"), executablePath, { viewport: { width: 1280, height: 860 } }),
    ]);
    return new LabJourney(around, server, browser, address);
  }

  /**
   * Opens `lab`, or a file, and waits until the page can be used; for a notebook, until its kernel can.
   *
   * @param early opens a notebook and waits for no kernel
   */
  async open(file?: string, { early = false } = {}): Promise<LabPage> {
    const page = await this.#browser.newPage();
    const lab = new LabPage(page, this.folder);
    onTestFailed(async ({ task }) => {
      if (!page.isClosed()) await lab.picture(`failed: ${task.name}`);
    });
    const address = new URL(this.address);
    if (file !== undefined) address.pathname += `/tree/${encodeURIComponent(file)}`;
    // Without the tabs of the last visit, which would come between.
    address.searchParams.set("reset", "");
    await page.goto(address.href);
    await page.locator("#jp-main-dock-panel").waitFor();
    if (file?.endsWith(".ipynb") && !early) await lab.isIdle();
    return lab;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    const ended = new Promise((resolve) => this.#server.once("exit", resolve));
    this.#server.kill("SIGTERM");
    await ended;
    rmSync(this.#around, { recursive: true, force: true });
  }
}

function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    server.stdout!.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      const address = /^http:\S+$/m.exec(said)?.[0];
      if (address) resolve(address);
    });
    server.stderr!.on("data", (bytes: Buffer) => (said += bytes.toString()));
    server.once("exit", (code) => reject(new Error(`chainrule lab ended with ${code}:\n${said}`)));
  });
}

/** One tab of the browser. */
export class LabPage {
  readonly page: Page;
  /** The paths of what the page has asked for. */
  readonly asked = new Set<string>();
  /** What the page complained of: errors nobody caught, and messages of the console that are errors. */
  readonly complaints: string[] = [];
  readonly #folder: string;

  constructor(page: Page, folder: string) {
    this.page = page;
    this.#folder = folder;
    page.on("request", (request) => this.asked.add(new URL(request.url()).pathname));
    page.on("pageerror", (error) => this.complaints.push(error.stack ?? String(error)));
    page.on("console", (message) => {
      // A kernel tells every page that it closed a comm; the pages that did not open it complain.
      const isForeign = message.text().startsWith("Comm not found for comm id");
      if (message.type() === "error" && !isForeign) this.complaints.push(message.text());
    });
  }

  /** The notebook in front. */
  get notebook(): Locator {
    return this.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook");
  }

  /** A cell by its place among the code cells. */
  codeCell(index: number): Locator {
    return this.notebook.locator(".jp-CodeCell").nth(index);
  }

  /** The text of a code cell's outputs. */
  output(index: number): Locator {
    return this.codeCell(index).locator(".jp-OutputArea-output");
  }

  /** Waits until the kernel is there and has nothing to do. */
  async isIdle(): Promise<void> {
    const panel = this.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)");
    await panel.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").waitFor({ timeout: 60_000 });
  }

  /** Puts text in place of a code cell's and leaves the cursor at its end. */
  async write(index: number, text: string): Promise<void> {
    await this.codeCell(index).locator(".cm-content").click();
    await this.page.keyboard.press("ControlOrMeta+A");
    await this.page.keyboard.press("Delete");
    await this.page.keyboard.insertText(text);
  }

  /** Chooses from the menu bar: `menu("Run", "Run All Cells")`. */
  async menu(...names: readonly string[]): Promise<void> {
    const [bar, ...items] = names;
    await this.page.locator(".lm-MenuBar-itemLabel", { hasText: new RegExp(`^${bar}$`) }).click();
    for (const [depth, name] of items.entries()) {
      const label = this.page.locator(".lm-Menu").nth(depth).locator(".lm-Menu-itemLabel");
      await label
        .filter({ hasText: new RegExp(`^${name}`) })
        .first()
        .click();
    }
  }

  /** The notebook's file, when it has been saved. */
  file(name: string): { cells: { source: string[]; outputs?: unknown[] }[] } {
    return JSON.parse(readFileSync(join(this.#folder, name), "utf8")) as ReturnType<LabPage["file"]>;
  }

  /** Keeps a picture of the page in build/lab, to be looked at. */
  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(projectRoot, "build/lab", `${name}.png`) });
  }

  hasNoComplaints(): void {
    expect(this.complaints).toEqual([]);
  }
}
