/**
 * A WebSocket that ends in the page: the front end's line to a kernel, with the messages in the form of
 * `v1.kernel.websocket.jupyter.org`. A socket to anything else opens, and nothing ever comes.
 */
import { packMessage, unpackMessage } from "../../jupyter/frame.js";
import type { Framed } from "../../jupyter/frame.js";
import type { Kernels, Listener, RunningKernel } from "./kernels.js";

const PROTOCOL = "v1.kernel.websocket.jupyter.org";

const State = { connecting: 0, open: 1, closing: 2, closed: 3 } as const;

type Handler = ((event: Event) => void) | null;

/** @returns a class to be given to the front end in the place of WebSocket */
export function socketTo(kernels: Kernels): typeof WebSocket {
  class PageSocket extends EventTarget implements Listener {
    static readonly CONNECTING = State.connecting;
    static readonly OPEN = State.open;
    static readonly CLOSING = State.closing;
    static readonly CLOSED = State.closed;
    readonly CONNECTING = State.connecting;
    readonly OPEN = State.open;
    readonly CLOSING = State.closing;
    readonly CLOSED = State.closed;
    readonly url: string;
    readonly protocol: string;
    readonly extensions = "";
    readonly bufferedAmount = 0;
    binaryType = "arraybuffer";
    readyState: number = State.connecting;
    onopen: Handler = null;
    onmessage: Handler = null;
    onerror: Handler = null;
    onclose: Handler = null;
    #kernel: RunningKernel | undefined;

    constructor(url: string | URL, protocols: string | string[] = []) {
      super();
      this.url = String(url);
      this.protocol = [protocols].flat().includes(PROTOCOL) ? PROTOCOL : "";
      queueMicrotask(() => this.#open());
    }

    #open(): void {
      if (this.readyState !== State.connecting) return;
      const id = /\/api\/kernels\/([^/]+)\/channels/.exec(this.url)?.[1];
      try {
        this.#kernel = id === undefined ? undefined : kernels.get(decodeURIComponent(id));
      } catch {
        return this.close();
      }
      this.readyState = State.open;
      this.#fire("open", new Event("open"));
      this.#kernel?.join(this);
    }

    receive(framed: Framed): void {
      if (this.readyState !== State.open) return;
      this.#fire("message", new MessageEvent("message", { data: packMessage(framed).buffer }));
    }

    send(data: ArrayBuffer | ArrayBufferView | string): void {
      if (typeof data === "string") return;
      const bytes =
        data instanceof ArrayBuffer
          ? new Uint8Array(data)
          : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      this.#kernel?.send(unpackMessage(bytes));
    }

    close(): void {
      if (this.readyState === State.closed) return;
      this.#kernel?.listeners.delete(this);
      this.readyState = State.closed;
      this.#fire("close", Object.assign(new Event("close"), { code: 1000, reason: "", wasClean: true }));
    }

    #fire(name: "open" | "message" | "close", event: Event): void {
      this[`on${name}`]?.(event);
      this.dispatchEvent(event);
    }
  }
  return PageSocket as unknown as typeof WebSocket;
}
