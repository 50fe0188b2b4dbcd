/** A site for tests: the kernel, the library and their types, served over HTTP, and a page of it in Chromium. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Page } from "playwright-core";
import type { Site } from "../../../lib/host/browser/site.js";
import { projectRoot } from "../../support/shared.js";
import { bundle } from "./bundles.js";

/** What the page's worker says beside its answers; see kernel-worker.js. */
export type Event = { readonly event: string; readonly cell?: string | number } & Readonly<
  Record<string, unknown>
>;

const PAGE = "<!doctype html><meta charset=utf-8><title>The kernel in a browser</title>";

const SITE: Site = {
  modules: {
    chainrule: "chainrule.js",
    "shipped-module": "shipped-module.js",
  },
  workers: { language: "language.js" },
  plugins: [
    {
      specifier: "chainrule/plugin",
      module: "plugin.js",
      home: { name: "chainrule", root: "/course/node_modules/chainrule" },
    },
  ],
  types: "types.json",
  files: {
    "/course/shipped.ts": "import { twice } from './twice.js';\nexport const four: number = twice(2);\n",
    "/course/twice.js":
      "export function twice(n) {\n  if (!n) throw new RangeError('nothing to double');\n  return 2 * n;\n}\n",
    "/course/numbers.json": '{ "three": 3 }',
  },
};

/** The declarations that cells see, by the path where the compiler looks for them. */
function types(): Record<string, string> {
  const found: Record<string, string> = {};
  const add = (folder: string, at: string, wanted: RegExp): void => {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
      if (wanted.test(name)) found[`${at}/${name}`] = readFileSync(path.join(folder, name), "utf8");
  };
  const modules = path.join(projectRoot, "node_modules");
  const typescript = "typescript/lib";
  add(
    path.join(modules, typescript),
    `/node_modules/${typescript}`,
    /^lib\.(?:es|decorators|webworker)[\w.]*\.d\.ts$/,
  );
  add(path.join(projectRoot, "dist/lib"), "/course/node_modules/chainrule/dist/lib", /\.d\.ts$/);
  add(
    path.join(modules, "@types/ndarray"),
    "/course/node_modules/@types/ndarray",
    /(?:\.d\.ts|package\.json)$/,
  );
  found["/course/node_modules/chainrule/package.json"] = readFileSync(
    path.join(projectRoot, "package.json"),
    "utf8",
  );
  found["/course/node_modules/shipped-module/index.d.ts"] = "export declare const shipped: string;";
  return found;
}

export interface ServedSite {
  readonly address: string;
  close(): Promise<void>;
}

export interface SiteOptions {
  /** Whether the pages are isolated from other origins, so that their threads may share memory. */
  readonly isolated: boolean;
}

/** Bundles and serves everything. */
export async function serveSite({ isolated }: SiteOptions): Promise<ServedSite> {
  const names = { keepNames: true };
  const library = existsSync(path.join(projectRoot, "dist/lib/index.js"));
  if (!library) throw new Error("There is no dist/lib/index.js: npm run build.");
  const [kernel, language] = await Promise.all([
    bundle(
      {
        kernel: "test/kernel/browser/kernel-worker.js",
        chainrule: "dist/lib/index.js",
        plugin: "dist/lib/plugin.js",
      },
      names,
    ),
    bundle({ language: "dist/kernel/language/worker.js" }),
  ]);
  const files = new Map<string, readonly [type: string, text: string]>([["/", ["text/html", PAGE]]]);
  for (const [name, text] of [...kernel.scripts, ...language.scripts])
    files.set(`/${name}`, ["text/javascript", text]);
  files.set("/shipped-module.js", ["text/javascript", 'export const shipped = "from the site";']);
  files.set("/types.json", ["application/json", JSON.stringify(types())]);
  const server: Server = createServer((request, response) => {
    const file = files.get((request.url ?? "/").replace(/\?.*$/, ""));
    if (isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": file[0] }).end(file[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** The kernel on a page, whose worker answers. */
export class BrowserKernel {
  readonly #page: Page;
  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(page: Page, address: string, site: Partial<Site> = {}): Promise<BrowserKernel> {
    const kernel = new BrowserKernel(page);
    await page.goto(address);
    await page.evaluate(`(() => {
      const waiting = new Map();
      globalThis.events = [];
      const worker = new Worker("kernel.js", { type: "module" });
      worker.onmessage = ({ data }) => {
        if ("event" in data) return void events.push(data);
        const { resolve, reject } = waiting.get(data.id);
        waiting.delete(data.id);
        if ("error" in data) reject(new Error(data.error));
        else resolve(data.value);
      };
      worker.onerror = (event) => events.push({ event: "worker failed", message: event.message });
      globalThis.ask = (method, ...parts) => new Promise((resolve, reject) => {
        const id = crypto.randomUUID();
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, method, parts });
      });
    })()`);
    await kernel.ask("start", { ...SITE, ...site });
    return kernel;
  }

  /** Calls a method of kernel-worker.js. */
  ask<T>(method: string, ...parts: unknown[]): Promise<T> {
    return this.#page.evaluate(`ask(...${JSON.stringify([method, ...parts])})`) as Promise<T>;
  }

  /** What came beside the answers, in order. */
  events(): Promise<readonly Event[]> {
    return this.#page.evaluate("events");
  }

  /** What a cell printed on a stream. */
  async printed(name: "stdout" | "stderr", cell: string | number): Promise<string> {
    return (await this.events())
      .filter((one) => one.event === "stream" && one["name"] === name && one.cell === cell)
      .map((one) => String(one["text"]))
      .join("");
  }
}
