/**
 * The seam between this project and the place it runs in. Each interface is a file in `node/` and a file of the same
 * name in `browser/`; package.json's "imports" chooses between the two folders, so that nobody else asks where it runs:
 *
 *     import { nextTurn } from "#host/turns";
 *
 * Types come from here, never from "#host/…": the declarations that are shipped must be readable by a TypeScript that
 * knows no "imports". `host.test.ts` checks that both folders keep the contract and export nothing beside it.
 */

/** `turns.ts`: the event loop. */
export interface Turns {
  /** Lets interrupts, timers and messages have their turn. */
  nextTurn(): Promise<void>;
}

/** `settings.ts`: what the user set before the start, such as `CHAINRULE_THREADS`. */
export interface Settings {
  /** Node: the environment variable. Browser: `globalThis.chainruleSettings[name]`, where a page has put one. */
  setting(name: string): string | undefined;
}

/** `threads.ts`: threads that work on one memory. */
export interface Threads {
  /** How many threads the machine runs at the same time. */
  cores(): number;
  /** Whether memory can be handed to a thread: always in Node, in a browser only with cross-origin isolation. */
  canShare(): boolean;
  /**
   * Starts a thread, which does not keep the process alive.
   * @param source  its program, the body of a function that may use `data` and nothing else of the caller's
   * @param failed  called when it dies of an error
   */
  startThread(source: string, data: unknown, failed: () => void): Thread;
  /**
   * Sleeps while the word has this value, until it is notified or the time is over; returns at once where the thread
   * must not sleep, as a page's own.
   */
  sleep(words: Int32Array, at: number, value: number, milliseconds: number): void;
}

/** A thread that was started. */
export interface Thread {
  /** Ends it, in the middle of its work; it has ended when the promise is kept. */
  stop(): Promise<void>;
}

/** `webassembly.ts`: what must be done around WebAssembly. */
export interface WebAssemblyHost {
  /** Runs `read`, which validates or compiles a module, with relaxed SIMD where that waits behind a flag. */
  withRelaxedSimd<T>(read: () => T): T;
}

/** `native.ts`: libraries of the machine's own. */
export interface Native {
  /**
   * Opens a C library.
   * @returns a way to declare its functions, as the package koffi has it
   * @throws Error in a sentence that begins with `who`, when the file, or koffi, is not there
   */
  loadNative(file: string, who: string): NativeLibrary;
}

/** A C library. */
export interface NativeLibrary {
  func(declaration: string): (...args: unknown[]) => void;
}
