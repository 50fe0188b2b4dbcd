/**
 * Threads that run a program of the site: Web Workers. The first message to a worker gives the site and the worker's own
 * data. Later messages may say that a file was written; they arrive before any request about that file.
 */
import type { ChannelPort, Port, StartedWorker, WorkerMemory, WorkerProgram } from "../kernel-contract.js";
import { web } from "./kernel-web.js";
import type { WebPort } from "./kernel-web.js";
import { addressOf, onFile, putFile, site } from "./site.js";
import type { Site } from "./site.js";

interface Start {
  readonly chainruleStart: { readonly site: Site; readonly data: unknown };
}

interface Written {
  readonly chainruleFile: { readonly path: string; readonly text: string };
}

const isStart = (message: unknown): message is Start =>
  typeof message === "object" && message !== null && "chainruleStart" in message;
const isWritten = (message: unknown): message is Written =>
  typeof message === "object" && message !== null && "chainruleFile" in message;

export function startWorker(program: WorkerProgram, data: unknown, _memory: WorkerMemory): StartedWorker {
  const worker = new web.Worker(addressOf(site().workers[program] ?? ""), { type: "module", name: program });
  const here = { ...site(), base: site().base ?? web.location.href };
  worker.postMessage({ chainruleStart: { site: here, data } } satisfies Start);
  onFile((path, text) => worker.postMessage({ chainruleFile: { path, text } } satisfies Written));
  return Object.assign(worker, {
    onEnd: (call: (error?: Error) => void) =>
      worker.addEventListener("error", ({ message }) =>
        call(new Error(`The worker "${program}" failed: ${message || "its script could not be loaded"}.`)),
      ),
    stop: async () => worker.terminate(),
  });
}

/** The port to the thread that started this worker. It keeps messages until a listener is set. */
class OwnPort implements Port {
  #waiting: unknown[] = [];
  #receive: (message: unknown) => void = (message) => this.#waiting.push(message);

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    web.postMessage(message, transfer);
  }

  arrive(message: unknown): void {
    this.#receive(message);
  }

  listen(receive: (message: unknown) => void): void {
    this.#receive = receive;
    for (const message of this.#waiting.splice(0)) receive(message);
  }
}

export function thisWorker(): { readonly data: Promise<unknown>; readonly port: Port } {
  const port = new OwnPort();
  const data = new Promise<unknown>((resolve) => {
    web.addEventListener("message", ({ data: message }) => {
      if (isStart(message)) {
        (globalThis as { chainruleSite?: Site }).chainruleSite = message.chainruleStart.site;
        resolve(message.chainruleStart.data);
      } else if (isWritten(message)) putFile(message.chainruleFile.path, message.chainruleFile.text);
      else port.arrive(message);
    });
  });
  return { data, port };
}

export function openChannel(): readonly [ChannelPort, ChannelPort] {
  const { port1, port2 } = new MessageChannel();
  return [port1 as unknown as ChannelPort, port2 as unknown as ChannelPort];
}

export function listen(port: Port, receive: (message: unknown) => void): void {
  if (port instanceof OwnPort) return port.listen(receive);
  const target = port as WebPort;
  target.addEventListener("message", ({ data }) => receive(data));
  target.start?.();
}
