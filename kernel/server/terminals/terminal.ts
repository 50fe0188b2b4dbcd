/**
 * One terminal: a shell, and the pages that show it. Messages are Jupyter's, lists in JSON: `["setup", {}]` first, then
 * `["stdout", text]`, and `["disconnect", 1]` at its end; from a page `["stdin", text]` and `["set_size", rows, columns, …]`.
 */
import type { WebSocket } from "ws";
import type { Pty } from "./pty.js";

/** How many characters of the last output a page that comes later is shown. */
const REMEMBERED = 200_000;
/** How many bytes may wait for a page before the shell has to wait too, and how few let it go on. */
const HELD = { above: 2 ** 20, below: 2 ** 17 };
/** Milliseconds between two looks at whether the pages have caught up. */
const LOOK = 20;
/** The largest side of a terminal, in characters. */
const LARGEST = 10_000;

export class Terminal {
  readonly name: string;
  lastActivity = new Date();
  readonly #pty: Pty;
  /** The pages, each with the rows and columns that it has room for. */
  readonly #pages = new Map<WebSocket, readonly [number, number] | undefined>();
  #output: string[] = [];
  #length = 0;
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  /** @param onEnd called when the shell has ended */
  constructor(name: string, pty: Pty, onEnd: () => void) {
    this.name = name;
    this.#pty = pty;
    pty.onData((text) => this.#print(text));
    pty.onExit(() => {
      this.#isEnded = true;
      clearInterval(this.#timer);
      for (const page of this.#pages.keys()) {
        say(page, ["disconnect", 1]);
        page.close(1000);
      }
      onEnd();
    });
  }

  get model(): { name: string; last_activity: string } {
    return { name: this.name, last_activity: this.lastActivity.toISOString() };
  }

  /** Shows it on a page: what was printed lately, and what will be. */
  attach(page: WebSocket): void {
    this.#pages.set(page, undefined);
    page.on("close", () => {
      this.#pages.delete(page);
      this.#fit();
    });
    page.on("message", (bytes, isBinary) => {
      if (!isBinary) this.#hear(page, bytes.toString());
    });
    say(page, ["setup", {}]);
    if (this.#length > 0) say(page, ["stdout", this.#output.join("")]);
  }

  /** Ends the shell and what runs in it. */
  end(): void {
    if (this.#isEnded) return;
    this.#pty.resume();
    // As when the window of a terminal is closed.
    if (process.platform === "win32") this.#pty.kill();
    else this.#pty.kill("SIGHUP");
    setTimeout(() => {
      if (!this.#isEnded && process.platform !== "win32") this.#pty.kill("SIGKILL");
    }, 1000).unref();
  }

  #print(text: string): void {
    this.lastActivity = new Date();
    this.#output.push(text);
    this.#length += text.length;
    while (this.#length > REMEMBERED && this.#output.length > 1) this.#length -= this.#output.shift()!.length;
    for (const page of this.#pages.keys()) say(page, ["stdout", text]);
    if (this.#timer || !this.#waits(HELD.above)) return;
    this.#pty.pause();
    this.#timer = setInterval(() => {
      if (this.#waits(HELD.below)) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#pty.resume();
    }, LOOK);
  }

  #waits(bytes: number): boolean {
    return [...this.#pages.keys()].some((page) => page.bufferedAmount > bytes);
  }

  #hear(page: WebSocket, text: string): void {
    const [type, first, second] = parsed(text);
    if (this.#isEnded) return;
    this.lastActivity = new Date();
    if (type === "stdin" && typeof first === "string") this.#pty.write(first);
    if (type !== "set_size" || !isSide(first) || !isSide(second)) return;
    this.#pages.set(page, [first, second]);
    this.#fit();
  }

  /** The terminal is as large as the smallest page that shows it. */
  #fit(): void {
    const sizes = [...this.#pages.values()].filter((size) => size !== undefined);
    if (this.#isEnded || sizes.length === 0) return;
    const rows = Math.min(...sizes.map(([rows]) => rows));
    const columns = Math.min(...sizes.map(([, columns]) => columns));
    this.#pty.resize(columns, rows);
  }
}

function say(page: WebSocket, message: readonly unknown[]): void {
  if (page.readyState === page.OPEN) page.send(JSON.stringify(message));
}

/** A page's message; an empty list for one that is none. */
function parsed(text: string): readonly unknown[] {
  try {
    const message: unknown = JSON.parse(text);
    return Array.isArray(message) ? message : [];
  } catch {
    return [];
  }
}

function isSide(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LARGEST;
}
