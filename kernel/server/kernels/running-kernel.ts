/** A kernel under its id: through restarts and deaths, with the pages that listen to it and the state that it is in. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Framed } from "../../jupyter/frame.js";
import { createMessage } from "../../jupyter/protocol.js";
import { HttpError } from "../http/http-error.js";
import { KernelProcess } from "./kernel-process.js";
import type { KnownKernel } from "./kernel-specs.js";
import { Pages } from "./pages.js";
import type { Spare } from "./spare.js";

export type KernelState = "starting" | "idle" | "busy" | "restarting" | "dead";

export interface KernelModel {
  readonly id: string;
  readonly name: string;
  readonly last_activity: string;
  readonly execution_state: KernelState;
  readonly connections: number;
}

export interface StartOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  /** The folder of its connection file; none that other programs find unless given. */
  readonly connectionFolder?: string | undefined;
  /** A new one unless given. */
  readonly id?: string | undefined;
}

/** A kernel that dies sooner than this after its start (in milliseconds), so many times in a row, is not started again. */
const SOON = 10_000;
const DEATHS = 3;

export class RunningKernel {
  readonly id: string;
  readonly name: string;
  readonly pages: Pages;
  readonly #known: KnownKernel;
  readonly #options: StartOptions;
  readonly #session = randomUUID();
  #process: KernelProcess | undefined;
  #state: KernelState = "starting";
  #lastActivity = new Date();
  /** The requests that it is busy with: a question on the control channel does not make it idle. */
  readonly #busyWith = new Set<string>();
  /** Counts processes; what an earlier one still says or does is none of ours. */
  #generation = 0;
  #deaths = 0;
  /** The restart or the end that is under way. */
  #change: Promise<void> = Promise.resolve();

  constructor(known: KnownKernel, options: StartOptions) {
    this.id = options.id ?? randomUUID();
    this.name = known.name;
    this.#known = known;
    this.#options = options;
    this.pages = new Pages((framed) => {
      this.#lastActivity = new Date();
      if (framed.channel !== "iopub") this.#process?.send(framed.channel, framed.message);
    });
  }

  get model(): KernelModel {
    return {
      id: this.id,
      name: this.name,
      last_activity: this.#lastActivity.toISOString(),
      execution_state: this.#state,
      connections: this.pages.count,
    };
  }

  get lastActivity(): Date {
    return this.#lastActivity;
  }

  /**
   * @param spare a process to take rather than to start one
   * @throws HttpError when its command cannot be started
   */
  async start(spare?: Spare): Promise<void> {
    const generation = ++this.#generation;
    const begun = performance.now();
    this.#state = "starting";
    this.#busyWith.clear();
    const receive = (framed: Framed): void => {
      if (generation === this.#generation) this.#hear(framed);
    };
    const { cwd, env, connectionFolder } = this.#options;
    // The name by which Jupyter's programs look for it.
    const connectionFile = connectionFolder && join(connectionFolder, `kernel-${this.id}.json`);
    try {
      this.#process =
        (await spare?.take(receive, env.JPY_SESSION_NAME)) ??
        (await KernelProcess.start({ known: this.#known, receive, cwd, env, connectionFile }));
    } catch (error) {
      throw new HttpError(
        500,
        `${this.#known.spec.display_name} did not start: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
    void this.#process.ended.then((reason) => {
      if (generation === this.#generation) void this.#died(reason, performance.now() - begun);
    });
  }

  interrupt(): void {
    this.#process?.interrupt();
  }

  /** Pages hear nothing of it: for them "restarting" means that it died. */
  restart(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#endProcess(true);
      this.#deaths = 0;
      await this.start();
    });
  }

  shutdown(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#endProcess(false);
      this.#tell("dead");
      this.pages.close();
    });
  }

  async #endProcess(isRestart: boolean): Promise<void> {
    this.#generation++;
    await this.#process?.end(isRestart);
    this.#process = undefined;
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const mine = this.#change.catch(() => {}).then(change);
    this.#change = mine;
    return mine;
  }

  /** It ended by itself: it is started again, but not for ever. */
  async #died(reason: string, lived: number): Promise<void> {
    this.#options.log(`${this.#known.spec.display_name} ended by itself (${reason})`);
    this.#deaths = lived < SOON ? this.#deaths + 1 : 1;
    this.#process = undefined;
    if (this.#deaths > DEATHS) return this.#tell("dead");
    this.#tell("restarting");
    await this.start().catch((error: Error) => {
      this.#options.log(error.message);
      this.#tell("dead");
    });
  }

  #hear(framed: Framed): void {
    this.#lastActivity = new Date();
    if (framed.channel !== "iopub") return this.pages.answer(framed);
    if (framed.message.header.msg_type === "status") this.#follow(framed);
    this.pages.broadcast(framed);
  }

  #follow({ message }: Framed): void {
    const state = message.content.execution_state;
    const parent = String(message.parent_header.msg_id);
    if (state === "busy") this.#busyWith.add(parent);
    else if (state === "idle") this.#busyWith.delete(parent);
    if (state === "busy" || state === "idle") this.#state = this.#busyWith.size > 0 ? "busy" : "idle";
  }

  /** A state that the server knows and the kernel cannot say. */
  #tell(state: "restarting" | "dead"): void {
    this.#state = state;
    const message = createMessage(
      "status",
      { execution_state: state },
      { session: this.#session, username: "server" },
    );
    this.pages.broadcast({ channel: "iopub", message });
  }
}
