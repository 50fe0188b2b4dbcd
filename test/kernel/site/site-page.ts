/** A packed website in Chromium, from a host that sets no header, as a test uses it. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import type { BrowserContext, Page } from "playwright-core";
import { listenOn, siteServer } from "../../../kernel/site/serve.js";
import { onceARun } from "../../support/once-a-run.js";
import { openChromium } from "../../support/chromium.js";
import { projectRoot } from "../../support/shared.js";
import { LOOK, lookAt, step } from "./steps.js";

/** The path that the site is below. */
export const BASE = "/course/";

/** Milliseconds that a notebook has to open with a kernel that answers, and that all its cells have. */
export const LIMITS = { open: 110_000, run: 1_500_000 } as const;

/** Milliseconds that the course may take until it is packed: it has a hundred charts, which are drawn one after the other. */
export const PACKED = 1_200_000;

const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

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

/** A cell that makes a small network and trains it; its result is how many steps that took. */
export const FIRST_NET = `import { Conv2d, Linear, MaxPool2d, ReLU, SGD, Sequential, digits, fit } from "chainrule";
const net = new Sequential({ c: new Conv2d({ in: 1, out: 4, size: 5, pad: 2 }), r: new ReLU(), p: new MaxPool2d({ size: 2 }), fc: new Linear({ in: 784, out: 10 }) }, { input: [1, 28, 28] });
const run = await fit(net, digits({ train: 100, test: 50 }), { optimizer: new SGD({ lr: 0.01 }), epochs: 1 }); run.steps.length`;

/** In the page: the outcome of a cell that the notebook's kernel runs. */
export const executed = (code: string): string => `(async () => {
  const outputs = [];
  const { kernel } = jupyterapp.shell.currentWidget.context.sessionContext.session;
  const future = kernel.requestExecute({ code: ${JSON.stringify(code)} });
  future.onIOPub = ({ header, content }) => outputs.push({ type: header.msg_type, content });
  const { content } = await future.done;
  return { status: content.status, outputs };
})()`;

/** The text of a cell's result. @throws what the cell threw */
export function valueOf({ status, outputs }: CellOutcome): unknown {
  const failure = outputs.find(({ type }) => type === "error")?.content["traceback"];
  if (status !== "ok") throw new Error(Array.isArray(failure) ? failure.join("\n") : status);
  const result = outputs.find(({ type }) => type === "execute_result")?.content["data"];
  return (result as Record<string, unknown> | undefined)?.["text/plain"];
}

/** Packs with the command, as a lecturer does. @param words beside `chainrule site`, which runs in a folder */
async function pack(words: readonly string[], cwd: string): Promise<void> {
  const cli = join(projectRoot, "dist/kernel/cli.js");
  await promisify(execFile)(process.execPath, [cli, "site", ...words], { cwd });
}

/** The project's own course as a website: to draw its charts takes as long as many tests. */
const packedCourse = (): Promise<string> =>
  onceARun("course-site", (folder) => pack(["--out", join(folder, "public")], folder));

/** The website, its host, and a browser; pages come and go. */
export class SiteJourney {
  readonly #around: string;
  readonly #server: Server;
  readonly #port: number;
  /** How the lecturer's files were packed; undefined for the course, which stays as it is. */
  readonly #words: readonly string[] | undefined;
  /** What was asked of the host, below the site. */
  readonly asked = new Set<string>();
  readonly browser: BrowserContext;
  /** The website's folder. */
  readonly folder: string;

  private constructor(
    around: string,
    folder: string,
    words: readonly string[] | undefined,
    server: Server,
    port: number,
    browser: BrowserContext,
  ) {
    this.#around = around;
    this.folder = folder;
    this.#words = words;
    this.#server = server;
    this.#port = port;
    server.on("request", ({ url = "" }: { url?: string }) =>
      this.asked.add(decodeURIComponent(url.replace(/[?#].*$/, "").slice(BASE.length))),
    );
    this.browser = browser;
  }

  /**
   * @param files of the lecturer's folder, or beside it ("../…"); the project's own course when absent
   * @param flags of the command; it runs beside the lecturer's folder
   * @param args of the browser
   */
  static async start(
    executablePath: string,
    files?: Readonly<Record<string, string>>,
    flags: readonly string[] = [],
    args: string[] = [],
  ): Promise<SiteJourney> {
    const around = mkdtempSync(join(tmpdir(), "chainrule-site-"));
    const words = files && [join(around, "course"), "--out", join(around, "public"), ...flags];
    if (files) {
      writeInto(join(around, "course"), files);
      await pack(words!, around);
    }
    const folder = join(files ? around : await packedCourse(), "public");
    const server = siteServer(folder, BASE);
    const [port, browser] = await Promise.all([
      listenOn(server, 0),
      openChromium(join(around, "profile"), executablePath, { viewport: { width: 1200, height: 900 }, args }),
    ]);
    return new SiteJourney(around, folder, words, server, port, browser);
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}${BASE}`;
  }

  async open(path?: string, browser: BrowserContext = this.browser): Promise<SitePage> {
    const page = await SitePage.new(browser);
    await page.goto(path === undefined ? this.address : `${this.address}?path=${path}`);
    return page;
  }

  /**
   * What was asked for so far, compressed as hosts do it (brotli), in bytes. Two steps below the best quality: a tenth of its time for
   * files that are a tenth larger, so what is small enough here is so at a host.
   */
  async weight(): Promise<{ readonly frontEnd: number; readonly kernel: number }> {
    const parts = { frontEnd: 0, kernel: 0 };
    const weigh = async (path: string): Promise<void> => {
      const file = join(this.folder, path);
      const part = path.startsWith("lab/") ? "frontEnd" : path.startsWith("kernel/") ? "kernel" : undefined;
      if (part && existsSync(file))
        parts[part] += (await promisify(brotliCompress)(readFileSync(file), QUALITY)).length;
    };
    await Promise.all([...this.asked].map(weigh));
    return parts;
  }

  /** The lecturer changes files and makes the website again. */
  async change(files: Readonly<Record<string, string>>): Promise<void> {
    if (!this.#words) throw new Error("The course is packed once for all tests: give files of your own.");
    writeInto(join(this.#around, "course"), files);
    await pack(this.#words, this.#around);
  }

  /** Switches the host off. */
  async hostOff(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Switches it on again, at the same address. */
  async hostOn(): Promise<void> {
    await listenOn(this.#server, this.#port);
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
  async ready(limit: number = LIMITS.open): Promise<void> {
    const open = this.page.waitForFunction(IS_READY, undefined, { timeout: 0 });
    await this.#step(
      "To open a notebook whose kernel answers",
      limit,
      open.then(() => this.page.evaluate(WHEN_READY)),
    );
  }

  #step<T>(name: string, limit: number, work: Promise<T>): Promise<T> {
    return step(name, limit, work, () => lookAt(this.page.evaluate(LOOK), this.page.screenshot()));
  }

  /** Sends a cell to the notebook's kernel by JupyterLab's own client. */
  execute(code: string): Promise<CellOutcome> {
    return this.page.evaluate(executed(code)) as Promise<CellOutcome>;
  }

  /** The text of a cell's result. @throws what the cell threw */
  async value(code: string): Promise<unknown> {
    return valueOf(await this.execute(code));
  }

  /** Writes into the open notebook's cells: source by `grade_id`. */
  async write(answers: Readonly<Record<string, string>>): Promise<void> {
    await this.page.evaluate(`(() => {
      const answers = ${JSON.stringify(answers)};
      for (const { model } of jupyterapp.shell.currentWidget.content.widgets) {
        const source = answers[model.getMetadata("nbgrader")?.grade_id];
        if (source !== undefined) model.sharedModel.setSource(source);
      }
    })()`);
  }

  /** Saves the open notebook and downloads it. @returns the file's text */
  async download(): Promise<string> {
    await this.page.evaluate("jupyterapp.shell.currentWidget.context.save().then(() => null)");
    const coming = this.page.waitForEvent("download");
    await this.page.evaluate("jupyterapp.commands.execute('docmanager:download').then(() => null)");
    return readFileSync(await (await coming).path(), "utf8");
  }

  /** Runs the open notebook's cells in order. @returns what went wrong, in the first cell that failed */
  runAll(limit: number = LIMITS.run): Promise<string | undefined> {
    const run = this.page.evaluate(RUN_ALL) as Promise<string | undefined>;
    return this.#step("To run all cells", limit, run);
  }
}
