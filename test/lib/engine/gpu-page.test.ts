/**
 * The WebGPU engine in a page, on Chromium's own card in software: the tests of the engine (gpu.test.ts and gpu/) run once more, in a
 * page's worker; and where a page cannot have the engine, it says why.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openChromium, SOFTWARE_CARD } from "../../support/chromium.js";
import type { Outcome } from "../../support/page-vitest.js";
import { projectRoot, withTool } from "../../support/shared.js";
import { ISOLATED, serveFolder, type WebFolder } from "../../support/web-folder.js";

/** The files of the engine's tests, which run in Node and in a page. */
const FILES = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => /^gpu(\/.+)?\.test\.ts$/.test(name));

/** A module whose `test` runs one of them. */
const runner = (file: string): string =>
  `import { runTests } from "vitest"; export const test = () => runTests("${file}", () => import("./${file}"));`;

/** What somebody reads who asks for the engine: its text, or the words of the error. */
const ASKED = `
import { compute } from "../../../lib/engine/compute.js";
const said = async (ask) => { try { return String(await ask()); } catch (error) { return error.message; } };
export const open = () => said(() => compute.open("gpu"));
export const use = () => said(() => compute.use("gpu"));
export const chosen = () => [compute.engine.name, ...warnings];
`;

withTool("chromium", "the WebGPU engine in a page", ({ command: executablePath }) => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-gpu-page-"));
  let isolated: WebFolder;
  let plain: WebFolder;
  let browser: BrowserContext;
  let bare: BrowserContext;

  beforeAll(async () => {
    writeFileSync(join(folder, "index.html"), "<!doctype html><title>chainrule</title>");
    const bundled = (name: string, contents: string): Promise<unknown> =>
      build({
        stdin: { contents, resolveDir: import.meta.dirname, loader: "js" },
        // Names are kept, as a website keeps them.
        ...{ bundle: true, platform: "browser", format: "esm", keepNames: true, minify: true },
        alias: {
          vitest: join(projectRoot, "test/support/page-vitest.ts"),
          "#host": join(projectRoot, "lib/host/browser"),
        },
        outfile: join(folder, `${name}.js`),
        logLevel: "warning",
      });
    await Promise.all([bundled("asked", ASKED), ...FILES.map((file) => bundled(file, runner(file)))]);
    [isolated, plain] = [await serveFolder(folder, ISOLATED), await serveFolder(folder, {})];
    browser = await openChromium(join(folder, "with-card"), executablePath, { args: SOFTWARE_CARD });
    bare = await openChromium(join(folder, "without"), executablePath);
  });
  afterAll(async () => {
    await browser?.close();
    await bare?.close();
    await isolated?.stop();
    await plain?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Where {
    readonly url?: string;
    readonly inBrowser?: BrowserContext;
    /** In the page's own thread rather than in a worker. */
    readonly inPage?: boolean;
    /** A script that runs before the bundle is loaded. */
    readonly before?: string;
  }

  /** What a bundle's function gives in a page that is opened for it. */
  async function inTab<T>(
    bundle: string,
    name: string,
    { url = isolated.url, inBrowser = browser, inPage = false, before = "" }: Where = {},
  ): Promise<T> {
    const page = await inBrowser.newPage();
    const called = `import("${url}/${bundle}.js").then((bundle) => bundle.${name}())`;
    const program = `${before} ${called}.then((value) => postMessage({ value }), (error) => postMessage({ error: String(error.stack) }))`;
    try {
      await page.goto(url);
      return await page.evaluate<T>(
        inPage
          ? `${before} ${called}`
          : `new Promise((resolve, reject) => {
              const source = new Blob([${JSON.stringify(program)}], { type: "text/javascript" });
              const worker = new Worker(URL.createObjectURL(source), { type: "module" });
              worker.onmessage = ({ data }) => ("value" in data ? resolve(data.value) : reject(new Error(data.error)));
              worker.onerror = ({ message }) => reject(new Error(message));
            })`,
      );
    } finally {
      await page.close();
    }
  }

  for (const file of FILES)
    it(`passes ${file} in a worker`, async ({ skip }) => {
      const opened = await inTab<string>("asked", "open");
      if (opened.includes("finds no graphics card") && process.env.CI !== "true")
        skip(`in Chromium ${opened}`);
      expect(opened).toMatch(/^engine gpu on ./);
      const outcomes = await inTab<Outcome[]>(file, "test");
      expect(outcomes.filter(({ state }) => state !== "pass")).toEqual([]);
      expect(outcomes.length).toBeGreaterThan(5);
    });

  it("says in a worker that it must be opened first, which does not wait", async () => {
    expect(await inTab("asked", "use")).toBe(
      'compute: engine "gpu" cannot be used: a page cannot wait until it is open; use await compute.open("gpu").',
    );
  });

  it("is not opened at import, and CHAINRULE_COMPUTE=gpu says so on the console", async () => {
    const before = `
      globalThis.chainruleSettings = { CHAINRULE_COMPUTE: "gpu" };
      globalThis.warnings = [];
      console.warn = (text) => warnings.push(text);`;
    for (const inPage of [false, true]) {
      expect(await inTab("asked", "chosen", { inPage, before })).toEqual([
        "wasm",
        expect.stringMatching(/^compute: CHAINRULE_COMPUTE is "gpu", .* await compute\.open\("gpu"\)\.$/),
      ]);
    }
  });

  it("says that a page's main thread may not wait", async () => {
    for (const name of ["open", "use"])
      expect(await inTab("asked", name, { inPage: true })).toMatch(
        /^compute: engine "gpu" cannot be used: a page's main thread may not wait .*; run the library in a worker/,
      );
  });

  it("says that the page is not isolated, and how it would be", async () => {
    for (const inPage of [false, true])
      expect(await inTab("asked", "open", { url: plain.url, inPage })).toMatch(
        /: the page is not isolated .*; serve it .* Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp\.$/,
      );
  });

  it("says that the browser finds no card, and what to do", async () => {
    expect(await inTab("asked", "open", { inBrowser: bare })).toMatch(
      /: WebGPU finds no graphics card that it can use; chrome:\/\/gpu .* --enable-unsafe-webgpu\.$/,
    );
  });
});
