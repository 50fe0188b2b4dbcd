/** A packed website in Chromium, from a host that sets no header, as a test uses it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";
import { listenOn, siteServer } from "../../../kernel/site/serve.js";
import { projectRoot } from "../../support/shared.js";
import { CHROMIUM_FLAGS } from "../support/notebook-server.js";

/** The path that the site is below. */
export const BASE = "/course/";

/** In the page: whether a notebook is open and its kernel has said what it is. */
export const IS_READY =
  "globalThis.jupyterapp?.shell?.currentWidget?.context?.sessionContext?.session?.kernel?.info !== undefined";

/** In the page: settles when the kernel has answered. */
export const WHEN_READY =
  "jupyterapp.shell.currentWidget.context.sessionContext.ready.then(() => jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.info).then(() => null)";

/** In the page: runs all cells as the menu does; what went wrong in the first cell that failed, or undefined. */
export const RUN_ALL = `(async () => {
  const widget = jupyterapp.shell.currentWidget;
  await jupyterapp.commands.execute("notebook:run-all-cells");
  for (const { model } of widget.content.widgets) {
    if (model.type !== "code") continue;
    const tags = model.getMetadata("tags") ?? [];
    for (const output of model.outputs.toJSON())
      if (output.output_type === "error" && !tags.includes("raises-exception"))
        return model.sharedModel.getSource().slice(0, 200) + "\\n" + output.traceback.join("\\n");
    if (model.executionCount === null && model.sharedModel.getSource().trim() !== "")
      return "not run: " + model.sharedModel.getSource().slice(0, 200);
  }
})()`;

/** A notebook's file: a source that begins with # is text, any other one a cell; their ids are c0, c1 and so on. */
export const notebookOf = (...sources: string[]): string =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { display_name: "TypeScript (chainrule)", language: "typescript", name: "chainrule" },
    },
    cells: sources.map((source, i) => ({
      cell_type: source.startsWith("#") ? "markdown" : "code",
      id: `c${i}`,
      metadata: {},
      source,
      ...(!source.startsWith("#") && { outputs: [], execution_count: null }),
    })),
  });

export interface CellOutcome {
  readonly status: string;
  /** What iopub said, by type, in order. */
  readonly outputs: readonly { readonly type: string; readonly content: Record<string, unknown> }[];
}

/** The website, its host, and a browser; pages come and go. */
export class SiteJourney {
  readonly #around: string;
  readonly #server: Server;
  readonly #port: number;
  readonly #command: readonly string[];
  /** What was asked of the host, below the site. */
  readonly asked = new Set<string>();
  readonly browser: BrowserContext;

  private constructor(
    around: string,
    command: readonly string[],
    server: Server,
    port: number,
    browser: BrowserContext,
  ) {
    this.#around = around;
    this.#command = command;
    this.#server = server;
    this.#port = port;
    server.on("request", ({ url = "" }: { url?: string }) =>
      this.asked.add(decodeURIComponent(url.replace(/[?#].*$/, "").slice(BASE.length))),
    );
    this.browser = browser;
  }

  /**
   * Packs with the command, as a lecturer does.
   * @param files of the lecturer's folder, or beside it ("../…"); the project's own course when absent
   * @param flags of the command; it runs beside the lecturer's folder
   */
  static async start(
    executablePath: string,
    files?: Readonly<Record<string, string>>,
    flags: readonly string[] = [],
  ): Promise<SiteJourney> {
    const around = mkdtempSync(join(tmpdir(), "chainrule-site-"));
    writeInto(join(around, "course"), files ?? {});
    const folder = files ? [join(around, "course")] : [];
    const cli = join(projectRoot, "dist/kernel/cli.js");
    const command = [cli, "site", ...folder, "--out", join(around, "public"), ...flags];
    execFileSync(process.execPath, command, { cwd: around, stdio: "pipe" });
    const server = siteServer(join(around, "public"), BASE);
    const [port, browser] = await Promise.all([
      listenOn(server, 0),
      chromium.launchPersistentContext(join(around, "profile"), {
        executablePath,
        args: [...CHROMIUM_FLAGS],
        viewport: { width: 1200, height: 900 },
      }),
    ]);
    return new SiteJourney(around, command, server, port, browser);
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}${BASE}`;
  }

  /** The website's folder. */
  get folder(): string {
    return join(this.#around, "public");
  }

  async open(path?: string, browser: BrowserContext = this.browser): Promise<SitePage> {
    const page = await SitePage.new(browser);
    await page.goto(path === undefined ? this.address : `${this.address}?path=${path}`);
    return page;
  }

  /** The lecturer changes files and makes the website again. */
  change(files: Readonly<Record<string, string>>): void {
    writeInto(join(this.#around, "course"), files);
    execFileSync(process.execPath, this.#command, { cwd: this.#around, stdio: "pipe" });
  }

  /** Switches the host off. */
  async hostOff(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.hostOff();
    rmSync(this.#around, { recursive: true, force: true });
  }
}

function writeInto(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** One page of the site. */
export class SitePage {
  readonly page: Page;
  /** Errors of the console and of scripts, and answers that were none. */
  readonly troubles: string[] = [];
  /** The hosts that were asked for anything. */
  readonly hosts = new Set<string>();

  private constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => {
      if (message.type() === "error") this.troubles.push(message.text());
    });
    page.on("pageerror", (error) => this.troubles.push(String(error.stack ?? error)));
    page.on("request", (request) => {
      const { protocol, host } = new URL(request.url());
      if (/^(http|ws)/.test(protocol)) this.hosts.add(host);
    });
  }

  static async new(browser: BrowserContext): Promise<SitePage> {
    return new SitePage(await browser.newPage());
  }

  async goto(address: string): Promise<void> {
    await this.page.goto(address, { waitUntil: "commit", timeout: 60_000 });
  }

  /** Waits until a notebook is open, and its kernel has answered. */
  async ready(): Promise<void> {
    await this.page.waitForFunction(IS_READY, undefined, { timeout: 120_000 });
    await this.page.evaluate(WHEN_READY);
  }

  /** Sends a cell to the notebook's kernel by JupyterLab's own client. */
  execute(code: string): Promise<CellOutcome> {
    return this.page.evaluate(`(async () => {
      const outputs = [];
      const { kernel } = jupyterapp.shell.currentWidget.context.sessionContext.session;
      const future = kernel.requestExecute({ code: ${JSON.stringify(code)} });
      future.onIOPub = ({ header, content }) => outputs.push({ type: header.msg_type, content });
      const { content } = await future.done;
      return { status: content.status, outputs };
    })()`) as Promise<CellOutcome>;
  }

  /** The text of a cell's result. @throws what the cell threw */
  async value(code: string): Promise<unknown> {
    const { status, outputs } = await this.execute(code);
    const failure = outputs.find(({ type }) => type === "error")?.content["traceback"];
    if (status !== "ok") throw new Error(Array.isArray(failure) ? failure.join("\n") : status);
    const result = outputs.find(({ type }) => type === "execute_result")?.content["data"];
    return (result as Record<string, unknown> | undefined)?.["text/plain"];
  }

  /** Runs the open notebook's cells in order. @returns what went wrong, in the first cell that failed */
  runAll(): Promise<string | undefined> {
    return this.page.evaluate(RUN_ALL) as Promise<string | undefined>;
  }
}
