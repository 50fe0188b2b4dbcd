/** In Node other programs are processes, which run compiled JavaScript. */
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ProcessProgram, StartedProcess } from "../contract.js";
import { endProcess } from "./endings.js";

const FILES: Readonly<Record<ProcessProgram, string>> = { search: "lib/train/search/worker.js" };

/** The folder of the compiled files, relative to this file; a program started from the sources uses them too. */
const COMPILED = import.meta.url.endsWith(".ts") ? "../../../dist/" : "../../../";

/** The environment variable that tells a program that it was started here, and by which process. */
const STARTED = "CHAINRULE_STARTED";

export function startProcess(
  program: ProcessProgram,
  settings: Readonly<Record<string, string>>,
): StartedProcess {
  const { fork } = process.getBuiltinModule("node:child_process");
  const child = fork(fileURLToPath(new URL(COMPILED + FILES[program], import.meta.url)), {
    env: { ...process.env, ...settings, [STARTED]: `${program} ${process.pid}` },
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  child.on("error", () => {}); // "exit" follows
  const over = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const howItEnded = (code: number | null, signal: string | null): string =>
    `its process ended (${signal ?? `exit code ${code}`})`;
  // Several messages may come at once; each is kept until it is asked for.
  const arrived: unknown[] = [];
  let tell: (() => void) | undefined;
  child.on("message", (message) => {
    arrived.push(message);
    tell?.();
  });
  child.on("exit", () => tell?.());
  const stop = (): void => void child.kill("SIGKILL");
  return {
    // One that has just ended has no channel; `next` says how it ended.
    send: (message) => void (child.connected && child.send(message as object, () => {})),
    async next() {
      while (arrived.length === 0 && !over()) await new Promise<void>((resolve) => (tell = resolve));
      if (arrived.length > 0) return { message: arrived.shift() };
      return { ended: howItEnded(child.exitCode, child.signalCode) };
    },
    get over() {
      return over();
    },
    stop,
    leave: stop,
  };
}

export function serveParent(
  program: ProcessProgram,
  receive: (message: unknown, answer: (message: unknown) => void) => void,
): void {
  if (process.env[STARTED] !== `${program} ${process.ppid}` || !process.send) return;
  process.on("message", (message) => receive(message, (answer) => void process.send!(answer)));
  process.on("disconnect", () => endProcess(0));
}

export function moduleAddress(path: string): string {
  return new URL(path, pathToFileURL(`${process.cwd()}/`)).href;
}
