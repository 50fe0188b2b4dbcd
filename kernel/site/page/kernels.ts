/** The kernels that run in this page, and which notebook each belongs to. */
import { uniqueId } from "#host/bytes";
import type { Framed } from "../../jupyter/frame.js";
import { createMessage } from "../../jupyter/protocol.js";
import type { CellsStart } from "../worker/start.js";
import { PageKernel } from "./kernel.js";
import { Refusal } from "./routes.js";

/** The state of a kernel that answers no more, in Jupyter's words. */
const DEAD = "dead";

/** The one kernelspec's name. */
export const SPEC = "chainrule";

export interface KernelModel {
  readonly id: string;
  readonly name: string;
  readonly last_activity: string;
  readonly execution_state: string;
  readonly connections: number;
}

/** Somebody who hears what a kernel says. */
export interface Listener {
  receive(framed: Framed): void;
}

/** What all kernels of a site start with. */
export type Surroundings = Omit<CellsStart, "cwd">;

/** One kernel under one id, which a restart keeps. */
export class RunningKernel {
  readonly id: string = uniqueId();
  readonly listeners = new Set<Listener>();
  readonly cwd: string;
  readonly #surroundings: Surroundings;
  #state = "starting";
  #active = new Date();
  /** How many kernels there have been. */
  #turn = 0;
  #kernel: PageKernel;

  constructor(cwd: string, surroundings: Surroundings) {
    this.cwd = cwd;
    this.#surroundings = surroundings;
    this.#kernel = this.#start();
  }

  get model(): KernelModel {
    return {
      id: this.id,
      name: SPEC,
      last_activity: this.#active.toISOString(),
      execution_state: this.#state,
      connections: this.listeners.size,
    };
  }

  get isDead(): boolean {
    return this.#state === DEAD;
  }

  /** From now on the listener hears what the kernel says; and at once, that it is dead. */
  join(listener: Listener): void {
    this.listeners.add(listener);
    if (this.isDead) listener.receive(stateOf(DEAD));
  }

  send(framed: Framed): void {
    this.#kernel.send(framed);
  }

  interrupt(): void {
    this.#kernel.interrupt();
  }

  /** A new kernel, without the variables of the old one. */
  restart(): void {
    this.#kernel.end();
    this.#state = "restarting";
    this.#kernel = this.#start();
  }

  end(): void {
    this.#kernel.end();
    this.#say(DEAD);
  }

  #start(): PageKernel {
    // What a kernel says that was replaced meanwhile is nobody's.
    const turn = ++this.#turn;
    return new PageKernel(
      { cwd: this.cwd, ...this.#surroundings },
      {
        receive: (framed) => {
          if (turn !== this.#turn) return;
          this.#note(framed);
          for (const one of this.listeners) one.receive(framed);
        },
        died: (reason) => {
          console.error(reason);
          this.#say(DEAD);
        },
      },
    );
  }

  #note({ message }: Framed): void {
    this.#active = new Date();
    const { execution_state: state } = message.content;
    if (message.header.msg_type === "status" && typeof state === "string") this.#state = state;
  }

  /** What a server says of a kernel. */
  #say(state: string): void {
    this.#state = state;
    for (const one of this.listeners) one.receive(stateOf(state));
  }
}

/** What a server says of a kernel's state. */
function stateOf(state: string): Framed {
  const message = createMessage("status", { execution_state: state }, { session: "page" });
  return { channel: "iopub", message };
}

export interface SessionModel {
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly type: string;
  readonly kernel: KernelModel;
  readonly notebook?: { readonly path: string; readonly name: string };
}

interface Session {
  readonly id: string;
  path: string;
  name: string;
  type: string;
  kernel: RunningKernel;
}

export interface SessionRequest {
  readonly path?: string | undefined;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly kernel?: { readonly id?: string | undefined; readonly name?: string | undefined };
}

export class Kernels {
  readonly #surroundings: Surroundings;
  readonly #kernels = new Map<string, RunningKernel>();
  readonly #sessions = new Map<string, Session>();
  /** One that was started before anybody asked for it. */
  #ready: RunningKernel | undefined;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Starts a kernel that the notebook of this path will have. */
  prepare(path: string): void {
    this.#ready ??= this.#make(path);
  }

  all(): KernelModel[] {
    return [...this.#kernels.values()].map(({ model }) => model);
  }

  get(id: string): RunningKernel {
    const found = this.#kernels.get(id);
    if (!found) throw new Refusal(404, `Kernel does not exist: ${id}`);
    return found;
  }

  /** @param path of the notebook: the kernel starts in its folder */
  start(name: string | undefined, path = ""): RunningKernel {
    if (name !== undefined && name !== "" && name !== SPEC)
      throw new Refusal(400, `This site has no kernel ${JSON.stringify(name)}; its kernel is ${SPEC}.`);
    const isReady = this.#ready?.cwd === folderOf(path) && !this.#ready.isDead;
    const kernel = isReady ? this.#ready! : this.#make(path);
    if (isReady) this.#ready = undefined;
    this.#kernels.set(kernel.id, kernel);
    return kernel;
  }

  shutdown(kernel: RunningKernel): void {
    this.#kernels.delete(kernel.id);
    for (const [id, session] of this.#sessions) if (session.kernel === kernel) this.#sessions.delete(id);
    kernel.end();
  }

  sessions(): SessionModel[] {
    return [...this.#sessions.values()].map(modelOf);
  }

  session(id: string): SessionModel {
    return modelOf(this.#find(id));
  }

  open({ path, name = "", type = "notebook", kernel }: SessionRequest): SessionModel {
    if (path === undefined) throw new Refusal(400, "A session needs a path.");
    const old = [...this.#sessions.values()].find((one) => one.path === path && one.type === type);
    if (old) return modelOf(old);
    const session = { id: uniqueId(), path, name, type, kernel: this.#of(path, kernel) };
    this.#sessions.set(session.id, session);
    return modelOf(session);
  }

  change(id: string, { path, name, type, kernel }: SessionRequest): SessionModel {
    const session = this.#find(id);
    session.path = path ?? session.path;
    session.name = name ?? session.name;
    session.type = type ?? session.type;
    if (kernel?.id !== undefined || kernel?.name !== undefined) {
      const old = session.kernel;
      session.kernel = this.#of(session.path, kernel);
      if (old !== session.kernel) this.#leave(old);
    }
    return modelOf(session);
  }

  close(id: string): void {
    const session = this.#find(id);
    this.#sessions.delete(id);
    this.#leave(session.kernel);
  }

  #make(path: string): RunningKernel {
    return new RunningKernel(folderOf(path), this.#surroundings);
  }

  #of(path: string, { id, name }: NonNullable<SessionRequest["kernel"]> = {}): RunningKernel {
    return (id === undefined ? undefined : this.#kernels.get(id)) ?? this.start(name, path);
  }

  #leave(kernel: RunningKernel): void {
    if (![...this.#sessions.values()].some((one) => one.kernel === kernel)) this.shutdown(kernel);
  }

  #find(id: string): Session {
    const found = this.#sessions.get(id);
    if (!found) throw new Refusal(404, `Session not found: ${id}`);
    return found;
  }
}

/** The folder of a notebook, where its kernel sees it. */
function folderOf(path: string): string {
  return path.includes("/") ? `/course/${path.slice(0, path.lastIndexOf("/"))}` : "/course";
}

function modelOf({ id, path, name, type, kernel }: Session): SessionModel {
  const notebook = type === "notebook" ? { notebook: { path, name } } : {};
  return { id, path, name, type, kernel: kernel.model, ...notebook };
}
