/** The workers that the page starts for the worker of the cells (worker/page-workers.ts), and ends with it. */
import type { WorkerAsk } from "../worker/start.js";

interface PageWorker {
  postMessage(message: unknown, transfer: readonly unknown[]): void;
  addEventListener(
    event: "message",
    listener: (event: { readonly data: unknown; readonly ports: readonly unknown[] }) => void,
  ): void;
  addEventListener(event: "error", listener: (event: { readonly message?: string }) => void): void;
  terminate(): void;
}

const { Worker } = globalThis as unknown as {
  readonly Worker: new (address: string, options: object) => PageWorker;
};

const isAsk = (message: unknown): message is WorkerAsk =>
  typeof message === "object" && message !== null && "chainruleWorker" in message;

export class Children {
  readonly #workers = new Set<PageWorker>();

  /** Starts a worker, if a message of the cells' worker asks for one. @returns whether it did */
  take(message: unknown): boolean {
    if (!isAsk(message)) return false;
    const { address, options, port: given } = message.chainruleWorker;
    const port = given as MessagePort;
    const worker = new Worker(address, options);
    this.#workers.add(worker);
    worker.addEventListener("message", ({ data, ports }) =>
      port.postMessage({ said: data }, [...ports] as Transferable[]),
    );
    worker.addEventListener("error", ({ message: failed }) =>
      port.postMessage({ failed: failed ?? "its script could not be loaded" }),
    );
    port.addEventListener("message", ({ data, ports }) => {
      const { say, end } = data as { readonly say?: unknown; readonly end?: true };
      if (!end) return worker.postMessage(say, ports);
      this.#workers.delete(worker);
      worker.terminate();
      port.close();
    });
    port.start();
    return true;
  }

  end(): void {
    for (const worker of this.#workers) worker.terminate();
    this.#workers.clear();
  }
}
