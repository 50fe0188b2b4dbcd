/** The terminals that run, by their names. */
import { HttpError } from "../http/http-error.js";
import { PTY_INSTALL } from "./pty.js";
import type { StartPty } from "./pty.js";
import { Terminal } from "./terminal.js";

/** More would be a mistake, or somebody's malice. */
const LIMIT = 100;
const NAME = /^[\w-]{1,64}$/;

export class Terminals {
  readonly #start: StartPty | undefined;
  readonly #running = new Map<string, Terminal>();

  /** @param start undefined where nothing can be started */
  constructor(start: StartPty | undefined) {
    this.#start = start;
  }

  /** Whether there can be any. */
  get isThere(): boolean {
    return this.#start !== undefined;
  }

  all(): Terminal[] {
    return [...this.#running.values()];
  }

  /** @throws HttpError 404 */
  get(name: string): Terminal {
    const found = this.#running.get(name);
    if (!found) throw new HttpError(404, `Terminal not found: ${name}`);
    return found;
  }

  /**
   * @param name the terminal of this name is given when it runs already; the next number unless given
   * @param cwd the folder that its shell starts in
   * @throws HttpError
   */
  open({ name, cwd }: { readonly name?: string | undefined; readonly cwd: string }): Terminal {
    if (!this.#start)
      throw new HttpError(404, `There are no terminals: ${PTY_INSTALL}, and start the server again.`);
    const running = name === undefined ? undefined : this.#running.get(name);
    if (running) return running;
    if (name !== undefined && !NAME.test(name))
      throw new HttpError(400, "A terminal's name has letters, digits, - and _, 64 at most.");
    if (this.#running.size >= LIMIT)
      throw new HttpError(503, `${LIMIT} terminals run already; end some first.`);
    const own = name ?? this.#next();
    const terminal = new Terminal(own, this.#start(cwd), () => {
      // Another may have its name by now.
      if (this.#running.get(own) === terminal) this.#running.delete(own);
    });
    this.#running.set(own, terminal);
    return terminal;
  }

  /** @throws HttpError 404 */
  end(name: string): void {
    const terminal = this.get(name);
    // Out of the list first: nobody finds it any more.
    this.#running.delete(name);
    terminal.end();
  }

  close(): void {
    for (const { name } of this.all()) this.end(name);
  }

  #next(): string {
    let number = 1;
    while (this.#running.has(String(number))) number++;
    return String(number);
  }
}
