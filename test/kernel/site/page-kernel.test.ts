/** A kernel of a website whose worker does not come: another is started, and who waits for one that is dead is told so. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Framed } from "../../../kernel/jupyter/frame.js";
import { Kernels } from "../../../kernel/site/page/kernels.js";

interface Started {
  fail: (error: Error) => void;
  say: (message: unknown) => void;
  isStopped: boolean;
}

/** The workers that were started, which say what a test has them say. */
const { workers } = vi.hoisted(() => ({ workers: [] as Started[] }));
vi.mock("#host/workers", () => ({
  startWorker: () => {
    const worker: Started = { fail: () => {}, say: () => {}, isStopped: false };
    workers.push(worker);
    return {
      worker,
      onEnd: (call: (error: Error) => void) => void (worker.fail = call),
      stop: () => Promise.resolve(void (worker.isStopped = true)),
    };
  },
  listen: (port: { worker?: Started }, receive: (message: unknown) => void) => {
    if (port.worker) port.worker.say = receive;
  },
}));

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  workers.length = 0;
});

const kernels = (): Kernels => new Kernels({ settings: {}, declarations: {} });

it("starts another worker when its script did not come", () => {
  const kernel = kernels().start("chainrule", "a.ipynb");
  expect(workers).toHaveLength(1);
  workers[0]!.fail(new Error("its script could not be loaded"));
  expect([workers.length, workers[0]!.isStopped, kernel.isDead]).toEqual([2, true, false]);
  expect(console.warn).toHaveBeenCalledWith("its script could not be loaded Another one is started.");
});

it("starts another beside it when it says nothing, each time after twice as long", () => {
  const kernel = kernels().start("chainrule", "a.ipynb");
  for (const [seconds, started] of [
    [15, 2],
    [30, 3],
  ] as const) {
    vi.advanceTimersByTime(1000 * seconds - 1);
    expect(workers).toHaveLength(started - 1);
    vi.advanceTimersByTime(1);
    expect(workers).toHaveLength(started);
  }
  vi.advanceTimersByTime(60_000);
  expect([workers.length, kernel.isDead]).toEqual([3, true]);
});

it("takes the one that comes first, a late one too, and stops the others", () => {
  const kernel = kernels().start("chainrule", "a.ipynb");
  vi.advanceTimersByTime(15_000);
  expect(workers.map(({ isStopped }) => isStopped)).toEqual([false, false]);
  const { port1, port2 } = new MessageChannel();
  workers[0]!.say({ cells: port1, language: port2 });
  expect(workers.map(({ isStopped }) => isStopped)).toEqual([false, true]);
  // What the other had still to say or to suffer is nobody's.
  workers[1]!.say({ cells: port1, language: port2 });
  workers[1]!.fail(new Error("stopped"));
  vi.advanceTimersByTime(1e6);
  expect([workers.length, workers[0]!.isStopped, kernel.isDead]).toEqual([2, false, false]);
  workers[0]!.fail(new Error("out of memory"));
  expect([workers.length, workers[0]!.isStopped, kernel.isDead]).toEqual([2, true, true]);
  for (const port of [port1, port2]) port.close();
});

it("tells who joins later that it is dead, and gives a notebook another one", () => {
  const all = kernels();
  all.prepare("a.ipynb");
  for (let i = 0; i < 3; i++) workers[i]!.fail(new Error("no network"));
  const kernel = all.start("chainrule", "a.ipynb");
  expect([workers.length, kernel.isDead]).toEqual([4, false]);
  for (let i = 3; i < 6; i++) workers[i]!.fail(new Error("no network"));
  const heard: Framed[] = [];
  kernel.join({ receive: (framed) => heard.push(framed) });
  expect(heard.map(({ message }) => message.content)).toEqual([{ execution_state: "dead" }]);
});

it("leaves a kernel alone that was ended meanwhile", () => {
  const kernel = kernels().start("chainrule", "a.ipynb");
  kernel.end();
  workers[0]!.fail(new Error("too late"));
  vi.advanceTimersByTime(1e6);
  expect(workers).toHaveLength(1);
});
