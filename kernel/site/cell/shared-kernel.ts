/**
 * One kernel for all cells of a page. Each cell is a frame of its own; the first that needs a kernel starts it, and the other
 * frames of this website beside it find it there. When that frame leaves the page, so does the kernel, and the next run
 * starts another.
 */
import { createMessage } from "../../jupyter/protocol.js";
import type { Json, Message } from "../../jupyter/protocol.js";
import type { Framed } from "../../jupyter/frame.js";
import { RunningKernel } from "../page/kernels.js";
import type { Surroundings } from "../page/kernels.js";

/** Takes the messages that belong to a cell's run. */
export type Hear = (message: Message) => void;

/** A run that has begun. */
export interface Run {
  /** Settles when the cell has ended, whatever its end. */
  readonly done: Promise<void>;
  /** Stops listening: a timer of the cell may still print. */
  leave(): void;
}

export interface Completions {
  readonly matches: readonly string[];
  /** The span that a match replaces, in Unicode code points. */
  readonly start: number;
  readonly end: number;
}

interface Waiting {
  readonly hear: Hear;
  readonly end: (reply?: Json) => void;
  /** A cell that has ended may print later, by a timer. */
  isOver: boolean;
}

/** What a frame offers the others. */
interface Offered {
  /** The address of the website. */
  readonly base: string;
  kernel?: SharedKernel;
}

declare global {
  /** A cell of the website in this frame. */
  var chainruleCell: Offered | undefined;
}

/** Milliseconds that a completion has; the first one waits until the kernel is fetched and started. */
const PATIENCE = { first: 60_000, later: 5000 };

export class SharedKernel {
  readonly #kernel: RunningKernel;
  /** By the request's id. */
  readonly #waiting = new Map<string, Waiting>();
  #isOver = false;
  #hasCompleted = false;

  constructor(surroundings: Surroundings) {
    this.#kernel = new RunningKernel("/course", surroundings);
    this.#kernel.join({ receive: (framed) => this.#receive(framed) });
  }

  run(code: string, hear: Hear): Run {
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      // A cell cannot sleep in a frame that shares no memory.
      allow_stdin: false,
      stop_on_error: false,
    };
    const { id, reply } = this.#ask("execute_request", content, hear);
    return { done: reply.then(() => {}), leave: () => void this.#waiting.delete(id) };
  }

  async complete(code: string, cursor: number): Promise<Completions> {
    const nothing = { matches: [], start: cursor, end: cursor };
    const { id, reply } = this.#ask("complete_request", { code, cursor_pos: cursor }, () => {});
    const patience = this.#hasCompleted ? PATIENCE.later : PATIENCE.first;
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, patience, undefined));
    const content = await Promise.race([reply, late]);
    this.#hasCompleted ||= content !== undefined;
    this.#waiting.delete(id);
    if (content?.["status"] !== "ok") return nothing;
    const { matches, cursor_start: start, cursor_end: end } = content;
    return { matches: matches as string[], start: Number(start), end: Number(end) };
  }

  interrupt(): void {
    this.#kernel.interrupt();
  }

  /** A new kernel for all cells: the variables are gone. */
  restart(): void {
    this.#kernel.restart();
    this.#fail("The kernel was started anew: the variables of all cells are gone.");
  }

  end(): void {
    this.#isOver = true;
    this.#kernel.end();
    this.#fail("The cell that held the kernel has left the page: run this cell again.");
  }

  #ask(type: string, content: Json, hear: Hear): { id: string; reply: Promise<Json | undefined> } {
    const message = createMessage(type, content, { session: "cell", username: "reader" });
    const id = message.header.msg_id;
    const reply = new Promise<Json | undefined>((end) => this.#waiting.set(id, { hear, end, isOver: false }));
    this.#kernel.send({ channel: "shell", message });
    return { id, reply };
  }

  #receive({ channel, message }: Framed): void {
    const { header, parent_header: parent, content } = message;
    const waiting = this.#waiting.get(String(parent["msg_id"]));
    if (channel === "shell") {
      if (!waiting) return;
      waiting.isOver = true;
      return waiting.end(content);
    }
    // A cell may change what another one shows.
    if (header.msg_type === "update_display_data")
      for (const { hear } of this.#waiting.values()) hear(message);
    else waiting?.hear(message);
    if (header.msg_type === "status" && content["execution_state"] === "dead" && !this.#isOver)
      this.#fail("The kernel has ended. Press Restart: the variables are gone.");
  }

  /** Ends all runs with a sentence. */
  #fail(evalue: string): void {
    const error = createMessage(
      "error",
      { ename: "Kernel", evalue, traceback: [evalue] },
      { session: "cell" },
    );
    for (const { hear, end, isOver } of this.#waiting.values()) {
      if (!isOver) hear(error);
      end();
    }
    this.#waiting.clear();
  }
}

/** The frames beside this one that show cells of the same website. */
function* beside(): Generator<Offered> {
  const { parent } = window;
  for (let i = 0; i < parent.frames.length; i++) {
    try {
      const offered = (parent.frames[i] as unknown as typeof globalThis).chainruleCell;
      if (offered?.base === globalThis.chainruleCell?.base && offered) yield offered;
    } catch {
      // A frame of another origin.
    }
  }
}

/** The kernel of the page that this frame is in, if there is one. */
export function kernelThere(): SharedKernel | undefined {
  const own = globalThis.chainruleCell;
  for (const { kernel } of [...(own ? [own] : []), ...beside()]) if (kernel) return kernel;
  return undefined;
}

/** The kernel of the page that this frame is in. */
export function kernelOfPage(surroundings: Surroundings): SharedKernel {
  const there = kernelThere();
  if (there) return there;
  const own = globalThis.chainruleCell!;
  own.kernel = new SharedKernel(surroundings);
  addEventListener(
    "pagehide",
    () => {
      own.kernel?.end();
      delete own.kernel;
    },
    { once: true },
  );
  return own.kernel;
}
