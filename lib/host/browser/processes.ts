/**
 * In a browser other programs are workers. The first message to a worker is its settings. The page may give the address
 * of a program's script (`CHAINRULE_SEARCH_WORKER`); otherwise the script lies beside this file, where bundlers find it
 * too, because they know `new Worker(new URL(…))`.
 */
import type { ProcessProgram, StartedProcess } from "../contract.js";
import { setting } from "./settings.js";
import { web, type Web, type WebWorker } from "./web.js";

declare const Worker: Web["Worker"];

const nameOf = (program: ProcessProgram): string => `chainrule ${program}`;

/**
 * Workers that have nothing to do, by what they were started with. They are not ended: in Firefox 153 a worker that starts
 * others stands still, now and then and for ever, when one of them ends while another one starts.
 */
const waiting = new Map<string, StartedProcess[]>();

const START: Readonly<Record<ProcessProgram, () => WebWorker>> = {
  search() {
    const name = nameOf("search");
    const script = setting("CHAINRULE_SEARCH_WORKER");
    return script === undefined
      ? new Worker(new URL("../../train/search/worker.js", import.meta.url), { type: "module", name })
      : new Worker(new URL(script, web.location?.href), { type: "module", name });
  },
};

export function startProcess(
  program: ProcessProgram,
  settings: Readonly<Record<string, string>>,
): StartedProcess {
  const all = { ...web.chainruleSettings, ...settings };
  const key = JSON.stringify([program, all]);
  const others = waiting.get(key) ?? [];
  waiting.set(key, others);
  for (let other = others.pop(); other; other = others.pop()) if (!other.over) return other;
  const worker = START[program]();
  const arrived: unknown[] = [];
  let ended: string | undefined;
  let tell: (() => void) | undefined;
  const end = (how: string): void => {
    ended ??= how;
    worker.terminate();
    tell?.();
  };
  worker.addEventListener("message", ({ data }) => {
    arrived.push(data);
    tell?.();
  });
  worker.addEventListener("error", ({ message }) =>
    end(`its worker ended (${message ?? "its script cannot be loaded"})`),
  );
  worker.postMessage(all);
  const started: StartedProcess = {
    send: (message) => worker.postMessage(message),
    async next() {
      while (arrived.length === 0 && ended === undefined)
        await new Promise<void>((resolve) => (tell = resolve));
      return arrived.length > 0 ? { message: arrived.shift() } : { ended: ended! };
    },
    get over() {
      return ended !== undefined;
    },
    stop: () => end("its worker was stopped"),
    leave: () => void others.push(started),
  };
  return started;
}

export function serveParent(
  program: ProcessProgram,
  receive: (message: unknown, answer: (message: unknown) => void) => void,
): void {
  if (web.name !== nameOf(program) || !web.postMessage || !web.addEventListener) return;
  const answer = web.postMessage.bind(web);
  let started = false;
  web.addEventListener("message", ({ data }) => {
    if (started) return receive(data, answer);
    started = true;
    web.chainruleSettings = data as Record<string, string>;
  });
}

export function moduleAddress(path: string): string {
  return new URL(path, web.location?.href).href;
}
