/** Which kernel belongs to which notebook or console. A kernel ends when the last session that it is for is gone. */
import { randomUUID } from "node:crypto";
import { HttpError } from "../http/http-error.js";
import { isUuid } from "./kernels.js";
import type { KernelRequest, Kernels } from "./kernels.js";
import type { KernelModel, RunningKernel } from "./running-kernel.js";

export interface SessionModel {
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly type: string;
  readonly kernel: KernelModel;
  /** The same again, for older front ends. */
  readonly notebook?: { readonly path: string; readonly name: string };
}

interface Session {
  readonly id: string;
  path: string;
  name: string;
  type: string;
  kernel: RunningKernel;
}

/** What is wanted of a session; what is left out stays. */
export interface SessionRequest {
  readonly path?: string | undefined;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  /** A kernel that runs, by its id, or one to be started, by its kernelspec's name. */
  readonly kernel?: { readonly id?: string | undefined; readonly name?: string | undefined };
}

export class Sessions {
  readonly #kernels: Kernels;
  /** Where a kernel for a path starts. */
  readonly #place: (path: string) => Promise<KernelRequest>;
  readonly #sessions = new Map<string, Session>();
  /** Sessions that are being made, by path and type: two requests for one notebook get one kernel. */
  readonly #beingMade = new Map<string, Promise<Session>>();

  constructor(kernels: Kernels, place: (path: string) => Promise<KernelRequest>) {
    this.#kernels = kernels;
    this.#place = place;
    kernels.onEnd = (kernel) => {
      for (const [id, session] of this.#sessions) if (session.kernel === kernel) this.#sessions.delete(id);
    };
  }

  all(): SessionModel[] {
    return [...this.#sessions.values()].map(modelOf);
  }

  get(id: string): SessionModel {
    return modelOf(this.#find(id));
  }

  /** @returns the session of a path, which may have been there before */
  async open(request: SessionRequest): Promise<SessionModel> {
    const { path, name = "", type = "notebook" } = request;
    if (path === undefined) throw new HttpError(400, "A session needs a path.");
    const old = [...this.#sessions.values()].find((one) => one.path === path && one.type === type);
    if (old) return modelOf(old);
    const key = JSON.stringify([type, path]);
    const made =
      this.#beingMade.get(key) ??
      this.#make({ path, name, type }, request.kernel).finally(() => this.#beingMade.delete(key));
    this.#beingMade.set(key, made);
    return modelOf(await made);
  }

  async #make(
    place: { path: string; name: string; type: string },
    kernel: SessionRequest["kernel"],
  ): Promise<Session> {
    const session = { id: randomUUID(), ...place, kernel: await this.#kernel(place.path, kernel) };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Renames a session, or gives it another kernel. */
  async change(id: string, { path, name, type, kernel }: SessionRequest): Promise<SessionModel> {
    const session = this.#find(id);
    session.path = path ?? session.path;
    session.name = name ?? session.name;
    session.type = type ?? session.type;
    if (kernel?.id !== undefined || kernel?.name !== undefined) {
      const old = session.kernel;
      session.kernel = await this.#kernel(session.path, kernel);
      if (old !== session.kernel) await this.#leave(old);
    }
    return modelOf(session);
  }

  async close(id: string): Promise<void> {
    const session = this.#find(id);
    this.#sessions.delete(id);
    await this.#leave(session.kernel);
  }

  async #kernel(
    path: string,
    { id, name }: NonNullable<SessionRequest["kernel"]> = {},
  ): Promise<RunningKernel> {
    const isNamed = name !== undefined || isUuid(id);
    if (id !== undefined && (!isNamed || this.#kernels.has(id))) return this.#kernels.get(id);
    // One that has ended meanwhile, with the server before this one for example, comes again under its id.
    return this.#kernels.start({ ...(await this.#place(path)), name, id: isUuid(id) ? id : undefined });
  }

  async #leave(kernel: RunningKernel): Promise<void> {
    if (![...this.#sessions.values()].some((one) => one.kernel === kernel))
      await this.#kernels.shutdown(kernel);
  }

  #find(id: string): Session {
    const found = this.#sessions.get(id);
    if (!found) throw new HttpError(404, `Session not found: ${id}`);
    return found;
  }
}

function modelOf({ id, path, name, type, kernel }: Session): SessionModel {
  const notebook = type === "notebook" ? { notebook: { path, name } } : {};
  return { id, path, name, type, kernel: kernel.model, ...notebook };
}
