/**
 * Calls between threads: what one side of a port offers as methods, the other calls as promises. birpc numbers the
 * calls and finds their answers; this file says how a port carries them, and how they fail.
 */
import { listen } from "#host/workers";
import { createBirpc } from "birpc";
import type { BirpcReturn } from "birpc";
import type { Port } from "../../lib/host/kernel-contract.js";

export interface ConnectOptions {
  /** What the other side is called in the errors of its methods, as in "The compiler failed: …". */
  readonly name: string;
  /** Milliseconds after which a call without an answer fails; absent: never. */
  readonly patience?: number;
}

/** One side of a port. */
export interface Connection<Theirs extends object> {
  /** The other side's methods; `method.asEvent(…)` sends a call that has no answer. */
  readonly remote: Pick<BirpcReturn<Theirs>, keyof Theirs>;
  /** Fails every call that waits and every later one. */
  fail(error: Error): void;
}

/** What goes over a port: a call `a`, or an answer that is an error `e`; birpc's own fields beside them. */
interface Message {
  readonly a?: readonly unknown[];
  readonly e?: unknown;
}

/**
 * Offers methods on a port, and calls those that the other side offers. Ports among the arguments of a call are handed
 * over to the other side.
 */
export function connect<Theirs extends object>(
  port: Port,
  mine: object,
  { name, patience = -1 }: ConnectOptions,
): Connection<Theirs> {
  let dead: Error | undefined;
  const rpc = createBirpc<Theirs>(mine as Record<string, unknown>, {
    bind: "functions",
    timeout: patience,
    on: (receive) => listen(port, receive),
    post: (message: Message) => {
      if (dead) throw dead;
      const ports = portsAmong(message.a);
      if (ports) port.postMessage(message, ports);
      else port.postMessage(message);
    },
    // An answer that cannot be sent is answered with the error; nobody would wait for less.
    onGeneralError: (_, method) => method !== undefined,
    // An error travels as its text: what hangs on it may not be fit to be sent.
    serialize: (message: Message) => (message.e ? { ...message, e: textOf(message.e) } : message),
    deserialize: (message: Message) =>
      message.e ? { ...message, e: new Error(`${name} failed: ${String(message.e)}`) } : message,
  });
  return {
    remote: rpc,
    fail: (error) => {
      dead = error;
      void rpc.$rejectPendingCalls(({ reject }) => reject(error));
    },
  };
}

// A cell may have put others in the place of the globals and of an array's methods by the time of a call.
const { MessagePort } = globalThis;

/** The ports among the arguments of a call; nothing when there are none. */
function portsAmong(args: readonly unknown[] = []): unknown[] | undefined {
  let ports: unknown[] | undefined;
  for (let i = 0; i < args.length; i++)
    if (args[i] instanceof MessagePort) ports = [...(ports ?? []), args[i]];
  return ports;
}

const textOf = (thrown: unknown): string => String((thrown as Partial<Error>).stack ?? thrown);
