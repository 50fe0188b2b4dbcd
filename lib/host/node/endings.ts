/**
 * Calls by which a program ends or stops its own process. A cell that makes one gets an error, and
 * the kernel with its variables stays.
 */
import { constants } from "node:os";
import type { StreamOwner } from "../kernel-contract.js";

type Loose = Record<string, unknown>;

/** Signals that a process outlives unless it asked otherwise. */
const HARMLESS = ["SIGCHLD", "SIGCONT", "SIGPIPE", "SIGURG", "SIGWINCH", "SIGUSR1"];
const SIGNALS: Readonly<Record<string, number | undefined>> = { ...constants.signals };
const harmless = new Set([0, ...HARMLESS.map((name) => SIGNALS[name])]);
/** Signals that no listener hears. */
const DEAF = ["SIGKILL", "SIGSTOP"];
const { pid, platform } = process;
const { apply } = Reflect;

/** Takes these calls away from cells. @returns a function that gives them back */
export function takeEndings(owner: StreamOwner): () => void {
  const loose = process as unknown as Loose;
  const restore: (() => void)[] = [];
  const replace = (name: string, own: (...parts: unknown[]) => unknown): void => {
    const before = Object.getOwnPropertyDescriptor(loose, name);
    // The process of a submission has some of them no more.
    if (before === undefined) return;
    Object.defineProperty(loose, name, { value: own, writable: true, enumerable: true, configurable: true });
    restore.push(() => Object.defineProperty(loose, name, before));
  };
  replace("exit", (code) => owner.exit(`process.exit(${String(code ?? "")})`));
  replace("abort", () => owner.exit("process.abort()"));
  const really = loose["reallyExit"] as (...parts: unknown[]) => never;
  replace("reallyExit", (code) =>
    isEnding ? apply(really, process, [code]) : owner.exit(`process.reallyExit(${String(code ?? "")})`),
  );
  // Node 24: it would put another program in the kernel's place.
  replace("execve", (file) => owner.exit(`process.execve(${JSON.stringify(String(file))})`));
  // `process.kill` calls it, with the signal's number.
  const send = loose["_kill"] as (...parts: unknown[]) => unknown;
  replace("_kill", (target, signal) => {
    if (isOwn(Number(target)) && ends(Number(signal)))
      owner.exit(`process.kill(${Number(target)}, ${nameOf(Number(signal))})`);
    return apply(send, process, [target, signal]);
  });
  return () => {
    for (const undo of restore.splice(0)) undo();
  };
}

/** Ends this process with its "exit" listeners, also while cells may not. */
export function endProcess(code: number): never {
  isEnding = true;
  return exit(code);
}

/** Kills this process, also while cells may not. */
export function killProcess(): void {
  kill(pid, SIGNALS["SIGKILL"]!);
}

const exit = process.exit.bind(process);
const kill = (process as unknown as { _kill(pid: number, signal: number): number })._kill.bind(process);
let isEnding = false;

/** Whether a signal to this number reaches this process: alone, with its group, or with all processes. */
function isOwn(target: number): boolean {
  return target === pid || target === 0 || target === -1 || target === -pid;
}

function ends(signal: number): boolean {
  if (harmless.has(signal)) return false;
  if (platform === "win32") return true;
  const name = nameOf(signal);
  return DEAF.some((one) => one === name) || process.listenerCount(name as NodeJS.Signals) === 0;
}

function nameOf(signal: number): string {
  return Object.keys(SIGNALS).find((name) => SIGNALS[name] === signal) ?? String(signal);
}
