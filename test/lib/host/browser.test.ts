/**
 * The library in a browser: bundled as it is, run in Chromium in a page and in workers, with and without isolation from
 * other origins, and compared with Node to the last bit.
 */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openChromium } from "../../support/chromium.js";
import { projectRoot, withTool } from "../../support/shared.js";
import { ISOLATED, serveFolder, type WebFolder } from "../../support/web-folder.js";
import { perform, type TaskName, type tasks } from "./browser/tasks.js";

/** An IDX file of unsigned bytes. */
function idx(shape: readonly number[], value: (i: number) => number): Buffer {
  const size = shape.reduce((a, b) => a * b, 1);
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((length, i) => header.writeUInt32BE(length, 4 + 4 * i));
  return Buffer.concat([header, Buffer.from(Array.from({ length: size }, (_, i) => value(i)))]);
}

/** A WAV file of 16 bits, one channel. */
function wav(samples: readonly number[]): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(16000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => bytes.writeInt16LE(sample, 44 + 2 * i));
  return bytes;
}

withTool("chromium", "the library in a browser", ({ command: executablePath }) => {
  let folder: string;
  let site: string;
  let browser: BrowserContext;
  let isolated: WebFolder;
  let plain: WebFolder;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "chainrule-browser-"));
    site = join(folder, "site");
    mkdirSync(join(site, "assets"), { recursive: true });
    writeFileSync(join(site, "index.html"), `<!doctype html><title>chainrule</title><h1>chainrule</h1>`);
    await build({
      entryPoints: {
        tasks: join(projectRoot, "test/lib/host/browser/tasks.ts"),
        worker: join(projectRoot, "test/lib/host/browser/worker.ts"),
        search: join(projectRoot, "dist/lib/train/search/worker.js"),
      },
      ...{ bundle: true, splitting: true, platform: "browser", format: "esm", outdir: site },
      absWorkingDir: projectRoot,
    });
    const packages = createRequire(import.meta.url);
    copyFileSync(packages.resolve("@resvg/resvg-wasm/index_bg.wasm"), join(site, "assets/resvg.wasm"));
    for (const font of ["DejaVuSansCondensed", "DejaVuSansCondensed-Bold", "DejaVuSansCondensed-Oblique"])
      copyFileSync(packages.resolve(`dejavu-fonts-ttf/ttf/${font}.ttf`), join(site, `assets/${font}.ttf`));
    writeFileSync(join(site, "train.js"), "export const train = ({ lr }, { seed }) => lr + (seed % 7);\n");
    [isolated, plain] = [await serveFolder(site, ISOLATED), await serveFolder(site, {})];
    browser = await openChromium(join(folder, "profile"), executablePath);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    for (const one of [isolated, plain]) await one?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  type Options<T extends TaskName> = Parameters<(typeof tasks)[T]>[0];
  type Result<T extends TaskName> = Awaited<ReturnType<(typeof tasks)[T]>>;
  interface Where {
    readonly url?: string;
    readonly settings?: Record<string, string>;
    /** In the page's own thread rather than in a worker. */
    readonly inPage?: boolean;
  }

  /** Does a task in a page that is opened for it. */
  async function inBrowser<T extends TaskName>(
    name: T,
    options: Options<T>,
    { url = isolated.url, settings = {}, inPage = false }: Where = {},
  ): Promise<Result<T>> {
    const page = await browser.newPage();
    try {
      await page.goto(url);
      const order = JSON.stringify({
        name,
        options,
        settings: { CHAINRULE_SEARCH_WORKER: "/search.js", ...settings },
      });
      const program = inPage
        ? `(async ({ settings, name, options }) => {
            globalThis.chainruleSettings = settings;
            return (await import("/tasks.js")).perform(name, options);
          })(${order})`
        : `new Promise((resolve, reject) => {
            const worker = new Worker("/worker.js", { type: "module" });
            worker.onmessage = ({ data }) => ("value" in data ? resolve(data.value) : reject(new Error(data.error)));
            worker.onerror = ({ message }) => reject(new Error(message));
            worker.postMessage(${order});
          })`;
      return await page.evaluate<Result<T>>(program);
    } finally {
      await page.close();
    }
  }
  /** Does the same in Node. */
  const inNode = async <T extends TaskName>(name: T, options: Options<T>): Promise<Result<T>> =>
    JSON.parse(JSON.stringify(await perform(name, options as object))) as Result<T>;

  describe("training", () => {
    let losses: readonly number[];
    beforeAll(async () => ({ losses } = await inNode("train", {})));

    it("gives Node's losses in an isolated worker, with one thread and with three", async () => {
      expect(losses).toHaveLength(Math.ceil((0.9 * 600) / 32));
      const [one, three] = [
        await inBrowser("train", { threads: 1 }),
        await inBrowser("train", { threads: 3 }),
      ];
      expect(one).toEqual({ engine: "wasm", threads: 1, losses });
      expect(three).toEqual({ engine: "wasm", threads: 3, losses });
    });

    it("takes all cores where it may, and one where it may not", async () => {
      expect((await inBrowser("train", {})).threads).toBeGreaterThan(1);
      expect((await inBrowser("train", {}, { settings: { CHAINRULE_THREADS: "1" } })).threads).toBe(1);
      const { url } = plain;
      for (const threads of [undefined, 2])
        expect(await inBrowser("train", { threads }, { url })).toEqual({
          engine: "wasm",
          threads: 1,
          losses,
        });
    });

    it("gives them in a page's own thread, which must not sleep", async () => {
      expect(await inBrowser("train", { threads: 2 }, { inPage: true })).toEqual({
        engine: "wasm",
        threads: 2,
        losses,
      });
    });

    it("goes on from a checkpoint that an earlier page kept", async () => {
      const checkpoint = "runs/net.safetensors";
      expect(await inBrowser("trainFrom", { checkpoint, steps: 7 })).toEqual(losses.slice(0, 7));
      expect(await inBrowser("trainFrom", { checkpoint })).toEqual(losses);
    });
  });

  describe("a search", () => {
    it("has its trials in workers, and goes on from its journal", async () => {
      const wanted = await inNode("search", { workers: 0 });
      const journal = "search.jsonl";
      expect(await inBrowser("search", { workers: 2, journal })).toEqual(wanted);
      // A worker that cannot be had is not missed: all trials are in the journal.
      const settings = { CHAINRULE_SEARCH_WORKER: "/nowhere.js" };
      expect(await inBrowser("search", { workers: 2, journal }, { settings })).toEqual(wanted);
      const [failed] = await inBrowser("search", { workers: 1 }, { settings });
      expect(failed).toMatchObject({
        status: "failed",
        reason: expect.stringContaining("its worker ended") as string,
      });
    });

    it("takes a module of the site", async () => {
      const trials = await inBrowser("search", { workers: 2, module: "train.js" }, { url: plain.url });
      expect(trials.map(({ status }) => status)).toEqual(["done", "done", "done", "done"]);
      expect(new Set(trials.map(({ score }) => score)).size).toBe(4);
    });
  });

  describe("data", () => {
    it("comes from the site, once", async () => {
      const data = join(site, "data/mnist");
      mkdirSync(data, { recursive: true });
      const put = (name: string, bytes: Buffer): void => writeFileSync(join(data, name), bytes);
      put("train-images-idx3-ubyte.gz", gzipSync(idx([12, 28, 28], (i) => i % 256)));
      put(
        "train-labels-idx1-ubyte",
        idx([12], (i) => i % 10),
      );
      put("t10k-images-idx3-ubyte.gz", gzipSync(idx([4, 28, 28], (i) => (3 * i) % 256)));
      const missing = await inBrowser("mnist", {});
      expect(missing).toContain(`${isolated.url}/data/mnist has no t10k-labels-idx1-ubyte`);
      put(
        "t10k-labels-idx1-ubyte",
        idx([4], (i) => i),
      );
      const wanted = await inNode("mnist", { folder: data });
      expect(await inBrowser("mnist", {})).toEqual(wanted);
      rmSync(data, { recursive: true });
      expect(await inBrowser("mnist", {})).toEqual(wanted);
      const nowhere = await inBrowser("mnist", {}, { settings: { CHAINRULE_DATA: "/elsewhere/" } });
      expect(nowhere).toContain(
        `no MNIST files in ${isolated.url}/elsewhere/mnist, ${isolated.url}/elsewhere, browser-cache:/mnist`,
      );
    });

    it("is listed by a file where all that fits is read", async () => {
      const data = join(site, "recordings");
      mkdirSync(data);
      const names = [0, 1, 5, 6].map((i) => `${i % 3}_ann_${i}.wav`);
      names.forEach((name, k) =>
        writeFileSync(
          join(data, name),
          wav(Array.from({ length: 900 }, (_, i) => ((i * (k + 3)) % 200) - 100)),
        ),
      );
      const wanted = await inNode("spokenDigits", { folder: data });
      const folder = "/recordings";
      expect(await inBrowser("spokenDigits", { folder })).toContain("no Free Spoken Digit Dataset files");
      writeFileSync(join(data, "index.json"), JSON.stringify(names));
      expect(await inBrowser("spokenDigits", { folder })).toEqual(wanted);
    });

    it("is fetched from elsewhere, checked, and kept", async () => {
      const bytes = Buffer.from("some data of somebody's");
      writeFileSync(join(site, "published"), bytes);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const order = { url: `${isolated.url}/published`, sha256 };
      expect(await inBrowser("download", { ...order, sha256: "0".repeat(64) })).toContain(
        `with the SHA-256 ${sha256}, expected 000`,
      );
      const sum = bytes.reduce((a, b) => a + b, 0);
      expect(await inBrowser("download", order)).toBe(sum);
      rmSync(join(site, "published"));
      expect(await inBrowser("download", order)).toBe(sum);
    });

    it("is made of pictures that the page was given", async () => {
      expect(await inBrowser("pictures", undefined)).toEqual(await inNode("pictures", undefined));
      expect((await inBrowser("refusals", undefined)).imageFolder).toBe(
        "ValueError: imageFolder: pictures cannot be read (a browser has no folders; give imageFiles the files that the user chose in the page, or run this in Node).",
      );
    });
  });

  describe("a figure", () => {
    it("is Node's PNG, byte for byte, where the page has what draws it", async () => {
      const settings = { CHAINRULE_ASSETS: "/assets" };
      const wanted = await inNode("figure", undefined);
      expect(Object.keys(wanted.bundle)).toEqual(["image/png", "text/plain"]);
      expect(await inBrowser("figure", undefined, { settings })).toEqual(wanted);
    });

    it("is an SVG where it has not", async () => {
      const { bundle, metadata } = await inBrowser("figure", undefined);
      expect(bundle["image/svg+xml"]).toMatch(/^<svg/);
      expect(bundle["image/png"]).toBeUndefined();
      expect(Object.keys(metadata)).toEqual(["image/svg+xml"]);
    });
  });
});
