/** The page starts the workers that the worker of the cells asks for, hands their messages on, and ends them. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

interface Said {
  readonly data: unknown;
  readonly ports: readonly unknown[];
}

const made: Fake[] = [];

class Fake {
  readonly heard: unknown[] = [];
  isOver = false;
  #listen: ((event: Said) => void) | undefined;
  constructor(
    readonly address: string,
    readonly options: object,
  ) {
    made.push(this);
  }
  addEventListener(event: string, listener: (event: Said) => void): void {
    if (event === "message") this.#listen = listener;
  }
  postMessage(message: unknown): void {
    this.heard.push(message);
    this.#listen?.({ data: `heard ${String(message)}`, ports: [] });
  }
  terminate(): void {
    this.isOver = true;
  }
}

const asks: { chainruleWorker: { port: MessagePort } }[] = [];

/** The class Worker as the cells have it, and what the page does with what it asks. */
async function both() {
  vi.resetModules();
  vi.stubGlobal("Worker", Fake);
  const { Children } = await import("../../../kernel/site/page/children.js");
  const children = new Children();
  vi.stubGlobal("location", { href: "https://example.org/course/kernel/cells.js" });
  vi.stubGlobal("postMessage", (ask: (typeof asks)[number]) => {
    asks.push(ask);
    expect(children.take(ask)).toBe(true);
  });
  await import("../../../kernel/site/worker/page-workers.js");
  return children;
}

beforeEach(() => void (made.length = asks.length = 0));
afterEach(() => {
  for (const { chainruleWorker } of asks) chainruleWorker.port.close();
  vi.unstubAllGlobals();
});

/** As the cells' worker has it. */
const start = (address: string, options: object): Worker => new Worker(address, options);

it("starts one at the address that it has for the cells, and hands messages on both ways", async () => {
  await both();
  const worker = start("search.js", { type: "module", name: "search" });
  const answered = new Promise<unknown>((resolve) => {
    worker.addEventListener("message", ({ data }) => resolve(data));
  });
  worker.postMessage("one");
  expect(await answered).toBe("heard one");
  const { address, options } = made[0]!;
  expect({ address, options }).toEqual({
    address: "https://example.org/course/kernel/search.js",
    options: { type: "module", name: "search" },
  });
});

it("ends one that the cells end, and all with the cells' worker", async () => {
  const children = await both();
  const [first] = [start("a.js", {}), start("b.js", {})];
  first!.terminate();
  await expect.poll(() => made.map(({ isOver }) => isOver)).toEqual([true, false]);
  children.end();
  expect(made.map(({ isOver }) => isOver)).toEqual([true, true]);
});

it("leaves other messages alone", async () => {
  const children = await both();
  expect(children.take({ cells: 1 })).toBe(false);
  expect(children.take(undefined)).toBe(false);
  expect(made).toEqual([]);
});
