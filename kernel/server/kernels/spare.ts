/**
 * A process of chainrule's own kernel that starts before anybody asks for one: while a page is still loading, it loads its
 * modules and its compiler. Whoever is the first to want a kernel in its folder takes it; when nobody does, it ends.
 */
import type { Framed } from "../../jupyter/frame.js";
import { KernelProcess } from "./kernel-process.js";
import type { ProcessOptions } from "./kernel-process.js";
import type { KnownKernel } from "./kernel-specs.js";

export interface SpareOptions extends Pick<ProcessOptions, "known" | "cwd" | "env"> {
  readonly log: (line: string) => void;
  /** How long it waits to be taken, in milliseconds; two minutes unless given. */
  readonly patience?: number;
}

/** A kernel takes memory, and who has not opened a notebook by now may only want to look at files. */
const PATIENCE = 120_000;
/**
 * Milliseconds without a cell before its compiler reads the types of the whole library, half a second's work: the browser
 * needs the processor to load the page, and its first cell would wait.
 */
const COMPILER_PATIENCE = 4000;

export class Spare {
  /** Fulfilled when its process has ended, by whom ever it was taken. */
  readonly ended: Promise<unknown>;
  readonly #options: SpareOptions;
  readonly #process: Promise<KernelProcess | undefined>;
  readonly #timer: NodeJS.Timeout;
  /** What it has said so far, for the one who takes it. */
  readonly #heard: Framed[] = [];
  #receive = (framed: Framed): void => void this.#heard.push(framed);
  /** Whether it was taken, has ended, or is to end. */
  #isGone = false;

  constructor(options: SpareOptions) {
    this.#options = options;
    const { known, cwd, env, log, patience = PATIENCE } = options;
    const receive = (framed: Framed): void => this.#receive(framed);
    const failed = (why: string): void => {
      if (this.#isGone) return;
      this.#isGone = true;
      log(
        `${known.spec.display_name}, which was kept ready for the first notebook, ended by itself (${why})`,
      );
    };
    const argv = [...known.spec.argv, "--patience", String(COMPILER_PATIENCE)];
    const patient = { ...known, spec: { ...known.spec, argv } };
    this.#process = KernelProcess.start({ known: patient, cwd, env, receive }).catch((error: Error) => {
      failed(error.message);
      return undefined;
    });
    this.ended = this.#process.then((process) => process?.ended.then(failed));
    this.#timer = setTimeout(() => void this.close(), patience).unref();
  }

  /** Whether it is there, and can be this kernel in this folder. A kernel cannot change its folder. */
  fits(known: KnownKernel, cwd: string): boolean {
    return !this.#isGone && known.isOwn && cwd === this.#options.cwd;
  }

  /**
   * It is this kernel's process from now on.
   * @param receive is given all that it says, what it has said before first
   * @param notebook the notebook's file, when it is for one
   * @returns undefined when it is gone
   */
  async take(
    receive: ProcessOptions["receive"],
    notebook: string | undefined,
  ): Promise<KernelProcess | undefined> {
    if (this.#isGone) return undefined;
    this.#isGone = true;
    clearTimeout(this.#timer);
    const process = await this.#process;
    if (!process) return undefined;
    for (const framed of this.#heard.splice(0)) receive(framed);
    this.#receive = receive;
    // Others have it in their variables from their start.
    if (notebook !== undefined) process.ask("control", "chainrule_notebook_request", { notebook });
    return process;
  }

  /** Ends it, unless it was taken. Nothing is lost with it. */
  async close(): Promise<void> {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#timer);
    (await this.#process)?.kill();
    await this.ended;
  }
}
