/** The kernels that run, and those of them that nobody has used for long. */
import type { KernelAction } from "../events.js";
import { HttpError } from "../http/http-error.js";
import { knownKernels } from "./kernel-specs.js";
import type { KnownKernel } from "./kernel-specs.js";
import { RunningKernel } from "./running-kernel.js";
import { Spare } from "./spare.js";

export interface KernelsOptions {
  readonly log: (line: string) => void;
  /** End a kernel that has been idle for so many seconds and that no page listens to; never unless given. */
  readonly cullAfter?: number | undefined;
  /** Where the connection files of kernels go, for other programs to attach. */
  readonly connectionFolder?: string | undefined;
  /** What can be started; this machine's kernels unless given. */
  readonly known?: () => ReadonlyMap<string, KnownKernel>;
  /** Is told what somebody has done with a kernel. */
  readonly tell?: (action: KernelAction, kernel: RunningKernel) => void;
}

export interface KernelRequest {
  /** The kernelspec's name; the first, which is chainrule's own, unless given. */
  readonly name?: string | undefined;
  /** Its id, a UUID, which its client has chosen; a new one unless given. */
  readonly id?: string | undefined;
  /** The folder that it starts in. */
  readonly cwd: string;
  /** The notebook's file, when it is for one. */
  readonly notebook?: string | undefined;
}

/** More would be a mistake, or somebody's malice. */
const LIMIT = 100;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export class Kernels {
  readonly #options: KernelsOptions;
  readonly #running = new Map<string, RunningKernel>();
  readonly #culling: NodeJS.Timeout | undefined;
  /** A kernel that is in no list: nobody has asked for it yet. */
  #spare: Spare | undefined;
  /** How often in a row each kernel was found idle and alone, and what it had last done. */
  readonly #idle = new Map<RunningKernel, { readonly since: number; readonly looks: number }>();
  /** Is told of each kernel that is gone. */
  onEnd: (kernel: RunningKernel) => void = () => {};

  constructor(options: KernelsOptions) {
    this.#options = options;
    const { cullAfter } = options;
    if (cullAfter === undefined) return;
    const every = Math.min(60_000, (cullAfter * 1000) / 2);
    const looks = Math.ceil((cullAfter * 1000) / every);
    this.#culling = setInterval(() => this.#cull(looks), every).unref();
  }

  known(): ReadonlyMap<string, KnownKernel> {
    return (this.#options.known ?? knownKernels)();
  }

  all(): RunningKernel[] {
    return [...this.#running.values()];
  }

  has(id: string): boolean {
    return this.#running.has(id);
  }

  /** @throws HttpError 404 */
  get(id: string): RunningKernel {
    const found = this.#running.get(id);
    if (!found) throw new HttpError(404, `Kernel does not exist: ${id}`);
    return found;
  }

  /**
   * Starts a kernel of chainrule's own before anybody asks for one, for the first who does in this folder. Does nothing
   * where kernels run already, and where each needs a connection file, which is named after its id.
   */
  prepare(cwd: string): void {
    const { log, connectionFolder } = this.#options;
    if (this.#spare || this.#running.size > 0 || connectionFolder !== undefined) return;
    const known = [...this.known().values()].find(({ isOwn }) => isOwn);
    if (known) this.#spare = new Spare({ known, cwd, env: kernelEnvironment(undefined), log });
  }

  /** @throws HttpError */
  async start({ id, name, cwd, notebook }: KernelRequest): Promise<RunningKernel> {
    if (id !== undefined && !isUuid(id))
      throw new HttpError(400, `The id of a kernel must be a UUID, and ${JSON.stringify(id)} is none.`);
    if (id !== undefined && this.#running.has(id)) throw new HttpError(409, `Kernel already exists: ${id}`);
    const known = this.known();
    const wanted = name === undefined ? [...known.values()][0] : known.get(name);
    if (!wanted)
      throw new HttpError(
        400,
        `There is no kernel ${JSON.stringify(name)}; there are ${[...known.keys()].join(", ")}.`,
      );
    if (this.#running.size >= LIMIT)
      throw new HttpError(503, `${LIMIT} kernels run already; shut some down first.`);
    const { log, connectionFolder } = this.#options;
    const env = kernelEnvironment(notebook);
    const kernel = new RunningKernel(wanted, { id, cwd, env, log, connectionFolder });
    this.#running.set(kernel.id, kernel);
    try {
      await kernel.start(this.#spare?.fits(wanted, cwd) ? this.#spare : undefined);
    } catch (error) {
      this.#running.delete(kernel.id);
      throw error;
    }
    this.#options.tell?.("start", kernel);
    return kernel;
  }

  /** @throws HttpError 404 */
  interrupt(id: string): void {
    const kernel = this.get(id);
    kernel.interrupt();
    this.#options.tell?.("interrupt", kernel);
  }

  /** @throws HttpError */
  async restart(id: string): Promise<RunningKernel> {
    const kernel = this.get(id);
    await kernel.restart();
    this.#options.tell?.("restart", kernel);
    return kernel;
  }

  async shutdown(kernel: RunningKernel): Promise<void> {
    // Out of the list first: nobody finds it any more.
    if (!this.#running.delete(kernel.id)) return;
    this.onEnd(kernel);
    await kernel.shutdown();
    this.#options.tell?.("shutdown", kernel);
  }

  async close(): Promise<void> {
    clearInterval(this.#culling);
    await Promise.all([this.#spare?.close(), ...this.all().map((kernel) => this.shutdown(kernel))]);
  }

  /**
   * Ends kernels that so many looks in a row found idle and alone. Looks are counted and not hours: a clock that is put
   * forward, or a laptop that slept, makes no kernel idle, and pages have time to come again.
   */
  #cull(looks: number): void {
    for (const kernel of this.#idle.keys()) if (!this.has(kernel.id)) this.#idle.delete(kernel);
    for (const kernel of this.all()) {
      const { execution_state: state, connections } = kernel.model;
      const since = kernel.lastActivity.getTime();
      const before = this.#idle.get(kernel);
      const isSame = before?.since === since && connections === 0 && state !== "busy";
      const found = isSame ? before.looks + 1 : 0;
      this.#idle.set(kernel, { since, looks: found });
      if (found < looks) continue;
      this.#options.log(`a kernel (${kernel.name}) was idle for long, with no page, and is ended`);
      void this.shutdown(kernel);
    }
  }
}

export function isUuid(text: string | undefined): text is string {
  return text !== undefined && UUID.test(text);
}

/** This process's variables without its secrets, and what kernels find theirs by. */
function kernelEnvironment(notebook: string | undefined): NodeJS.ProcessEnv {
  const { CHAINRULE_TOKEN: _, ...env } = process.env;
  return {
    ...env,
    JPY_PARENT_PID: String(process.pid),
    ...(notebook !== undefined && { JPY_SESSION_NAME: notebook }),
  };
}
