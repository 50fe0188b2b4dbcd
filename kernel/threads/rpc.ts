/**
 * Calls between threads: one side of a port offers methods, and the other side calls them and gets promises. birpc
 * numbers the calls and finds their answers; this file defines how a port carries them, and how they fail.
 */
import { listen } from "#host/workers";
import { createBirpc } from "birpc";
import type { BirpcReturn } from "birpc";
import type { Port } from "../../lib/host/kernel-contract.js";

export interface ConnectOptions {
  /** The other side's name in error messages, as in "The compiler failed: …". */
  readonly name: string;
  /** Milliseconds after which a call without an answer fails; absent: never. */
  readonly patience?: number;
  /** Called before each message is dealt with. */
  readonly before?: () => void;
}

/** One side of a port. */
export interface Connection<Theirs extends object> {
  /** The other side's methods; `method.asEvent(…)` sends a call that has no answer. */
  readonly remote: Pick<BirpcReturn<Theirs>, keyof Theirs>;
  /** Makes every waiting call and every later call fail. */
  fail(error: Error): void;
}

/** A message over a port: a call's arguments `a`, or an answer's error `e`, with birpc's own fields. */
interface Message {
  readonly a?: readonly unknown[];
  readonly e?: unknown;
}

/**
 * Offers methods on a port, and calls those that the other side offers. Ports among the arguments of a call are
 * transferred to the other side.
 */
export function connect<Theirs extends object>(
  port: Port,
  mine: object,
  { name, patience = -1, before }: ConnectOptions,
): Connection<Theirs> {
  let dead: Error | undefined;
  const rpc = createBirpc<Theirs>(mine as Record<string, unknown>, {
    bind: "functions",
    timeout: patience,
    on: (receive) =>
      listen(port, (message) => {
        before?.();
        receive(message);
      }),
    post: (message: Message) => {
      if (dead) throw dead;
      const ports = portsAmong(message.a);
      if (ports) port.postMessage(message, ports);
      else port.postMessage(message);
    },
    // If an answer cannot be sent, the error is sent in its place: otherwise the caller would wait for ever.
    onGeneralError: (_, method) => method !== undefined,
    // Only the text of an error is sent: its properties may be values that cannot be sent.
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

// By the time of a call a cell may have replaced globals and methods of arrays, so these are kept from the start.
const { MessagePort } = globalThis;

/** The ports among the arguments of a call; undefined when there are none. */
function portsAmong(args: readonly unknown[] = []): unknown[] | undefined {
  let ports: unknown[] | undefined;
  for (let i = 0; i < args.length; i++)
    if (args[i] instanceof MessagePort) ports = [...(ports ?? []), args[i]];
  return ports;
}

const textOf = (thrown: unknown): string => String((thrown as Partial<Error>).stack ?? thrown);
