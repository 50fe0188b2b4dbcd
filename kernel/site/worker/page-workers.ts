/**
 * The class `Worker` in the worker of the cells: the page starts the worker, and hands messages on. In Firefox 153 a worker that
 * has started others itself stands still for ever, now and then, when one of them ends while another one starts; a page does not.
 */
import type { WorkerAsk } from "./start.js";

const scope = globalThis as unknown as {
  readonly location: { readonly href: string };
  postMessage(message: WorkerAsk, transfer: readonly unknown[]): void;
};
// A cell may replace the global one.
const ask = scope.postMessage.bind(scope);
const here = scope.location.href;

type Listener = ((event: Event) => void) | null;

class PageWorker extends EventTarget {
  onmessage: Listener = null;
  onerror: Listener = null;
  readonly #port: MessagePort;

  constructor(url: string | URL, options: { readonly type?: string; readonly name?: string } = {}) {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1 as unknown as MessagePort;
    this.#port.addEventListener("message", ({ data, ports }) => {
      const { said, failed } = data as { readonly said?: unknown; readonly failed?: string };
      if (failed === undefined) this.#tell(new MessageEvent("message", { data: said, ports: [...ports] }));
      else this.#tell(Object.assign(new Event("error"), { message: failed }));
    });
    this.#port.start();
    const address = new URL(url, here).href;
    ask({ chainruleWorker: { address, options: { ...options }, port: port2 } }, [port2]);
  }

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    this.#port.postMessage({ say: message }, [...transfer] as Transferable[]);
  }

  terminate(): void {
    this.#port.postMessage({ end: true });
  }

  #tell(event: Event): void {
    (event.type === "error" ? this.onerror : this.onmessage)?.(event);
    this.dispatchEvent(event);
  }
}

Object.assign(globalThis, { Worker: PageWorker });
