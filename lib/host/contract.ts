/**
 * The interface between this project and its host, Node or a browser. Each interface here is implemented by a file in
 * `node/` and a file of the same name in `browser/`. package.json's "imports" chooses between the two folders, so that no
 * other code asks where it runs:
 *
 *     import { nextTurn } from "#host/turns";
 *
 * Import types from this file, never from "#host/…": a TypeScript that does not know "imports" must be able to read the
 * published declarations. `host.test.ts` checks that both folders implement the contract and export nothing else.
 */
import type { QueueOptions, SlurmOptions, Workplace } from "./place-contract.js";

/** `turns.ts`: the event loop. */
export interface Turns {
  /** Lets the event loop handle interrupts, timers and messages. */
  nextTurn(): Promise<void>;
}

/** `settings.ts`: what the user set before the start, such as `CHAINRULE_THREADS`. */
export interface Settings {
  /** Node: the environment variable. Browser: `globalThis.chainruleSettings[name]`, where a page has put one. */
  setting(name: string): string | undefined;
}

/** `threads.ts`: threads that share memory. */
export interface Threads {
  /** How many threads the machine runs at the same time. */
  cores(): number;
  /** Whether memory can be shared with a thread: always in Node, in a browser only with cross-origin isolation. */
  canShare(): boolean;
  /**
   * Starts a thread, which does not keep the process alive.
   * @param source  its program: the body of a function that may use `data`, but no other variable of the caller
   * @param failed  called when it dies of an error, with the error's words where there are any
   * @param transfer  ports in the data, which become the thread's
   */
  startThread(
    source: string,
    data: unknown,
    failed: (words: string) => void,
    transfer?: readonly MessagePort[],
  ): Thread;
  /**
   * Sleeps while the word has this value, until it is notified or the time is over. Returns at once where the thread may
   * not sleep, such as a page's main thread.
   */
  sleep(words: Int32Array, at: number, value: number, milliseconds: number): void;
  /** Whether this thread may sleep: not the main thread of a page. */
  canSleep(): boolean;
  /**
   * Calls `run` once when the program ends, before its threads do; in a page never, whose end nobody is told of.
   * @returns a function that takes the call back
   */
  atExit(run: () => void): () => void;
  /** Whether a thread that was started begins while its starter sleeps: in Node. In a page its starter must be free first. */
  readonly beginsAsleep: boolean;
}

/** A thread that was started. */
export interface Thread {
  /** Ends it, even in the middle of its work; it has ended when the promise resolves. */
  stop(): Promise<void>;
}

/** `webassembly.ts`: what must be done around WebAssembly. */
export interface WebAssemblyHost {
  /** Runs `read`, which validates or compiles a module, with relaxed SIMD turned on where that needs a flag. */
  withRelaxedSimd<T>(read: () => T): T;
}

/** `native.ts`: libraries of the machine's own, and addons of Node's. */
export interface Native {
  /**
   * Opens a C library.
   * @returns an object that declares the library's functions, as the package koffi does
   * @throws Error in a sentence that begins with `who`, when the file, or koffi, is not there
   */
  loadNative(file: string, who: string): NativeLibrary;
  /**
   * Loads an addon of Node's: the file `file`, or else the package of this name for the machine at hand, such as
   * "@chainrule/native-linux-x64" for "@chainrule/native".
   * @returns undefined where there is no such package, and in a browser
   * @throws Error "@chainrule/native-linux-x64 cannot be loaded (…)", or the same of `file`
   */
  loadAddon(name: string, file?: string): LoadedAddon | undefined;
  /**
   * For a thread's program (`Threads.startThread`): an expression for the exports of the addon in the file `data.addon.file`,
   * or for undefined where there is no `data.addon`.
   */
  readonly addonInThread: string;
}

/** `gpu.ts`: WebGPU. */
export interface Gpu {
  /**
   * Node: the file of the package webgpu, or the one that CHAINRULE_WEBGPU names. Browser: undefined, where WebGPU is there.
   * @throws Error in a sentence without its stop, where there can be no device for this thread: what is missing, what to do
   */
  findGpu(): string | undefined;
  /**
   * For a thread's program: an expression for WebGPU's entry, as `navigator.gpu` is, or a promise of it; in Node from the
   * file `data.file`.
   */
  readonly gpuInThread: string;
  /** What to do where WebGPU finds no graphics card. */
  readonly noCard: string;
}

/** An addon that `loadAddon` found. */
export interface LoadedAddon {
  /** The package's name, or the file that was asked for. */
  readonly name: string;
  readonly file: string;
  /** What the addon exports. */
  readonly exports: unknown;
}

/** A C library. */
export interface NativeLibrary {
  func(declaration: string): (...args: unknown[]) => void;
}

/** `terminal.ts`: where progress is written when no notebook shows it. */
export interface TerminalHost {
  /** Node: standard error. Browser: the console. */
  terminal(): Terminal;
}

export interface Terminal {
  /** Whether a line can be rewritten: a person is watching a terminal. */
  readonly isTTY: boolean;
  write(text: string): void;
}

/** `files.ts`: the user's own files. Node: on the disk. Browser: in IndexedDB, where a path is any name. */
export interface Files {
  /** The bytes of a file, or undefined when there is none. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** Writes a file whole or not at all, even if the power fails; makes its folder. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  /** Opens a file of lines, or creates it; a last line that is incomplete is dropped. */
  openLog(path: string): Promise<Log>;
  /** The names in a folder, synchronously. @throws Error when it cannot be read; always in a browser */
  namesIn(folder: string): { readonly folders: readonly string[]; readonly files: readonly string[] };
  /** The bytes of a file, synchronously. @throws Error as `namesIn` */
  readFileNow(path: string): Uint8Array;
  /** The path of something in a folder. */
  inside(folder: string, ...names: readonly string[]): string;
  /** The last part of a path. */
  lastName(path: string): string;
}

/** A file that grows line by line. */
export interface Log {
  /** The lines that it had when it was opened. */
  readonly lines: readonly string[];
  /** Adds a line; it is on the disk when the promise resolves. */
  add(line: string): Promise<void>;
  close(): Promise<void>;
}

/** `data-folders.ts`: folders of data sets. Node: on the disk. Browser: web addresses, and a cache of what was fetched. */
export interface DataFolders {
  /** The folder for chainrule's cached files. */
  cacheFolder(): string;
  /** The folders that may have a data set's files, in the order in which they are searched; only `folder` when it is given. */
  foldersOf(name: string, folder?: string): string[];
  /** The path of a file in a folder, plain or with `.gz` at its end; undefined when there is neither. */
  findFile(folder: string, file: string): Promise<string | undefined>;
  /** The names of a folder's files; none when there is no such folder. */
  filesIn(folder: string): Promise<string[]>;
  /** The bytes of a file that was found. */
  readData(path: string): Promise<Uint8Array>;
  /** Decompresses gzip data. @throws Error when it is damaged, or unpacks to more than `most` bytes */
  gunzip(bytes: Uint8Array, most: number): Promise<Uint8Array>;
  /** Makes a folder and fills it, while no other call, in this or another program, fills the same folder. */
  fillFolder<T>(folder: string, fill: () => Promise<T>): Promise<T>;
  /** Opens the partial file of this name in a folder, with the bytes that an earlier attempt left there. */
  openPart(folder: string, name: string): Promise<Part>;
  /** Puts a file into a folder, whole or not at all. */
  putData(folder: string, file: string, bytes: Uint8Array): Promise<void>;
  /** What an error says about the disk; undefined when its cause is another, such as the network. */
  diskTrouble(error: unknown): DiskTrouble | undefined;
}

/** A partial file: its bytes are added as they come, and it gets its final name when all are there. */
export interface Part {
  /** How many bytes it has so far. */
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Forgets all bytes. */
  restart(): Promise<void>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /** Gives the file its name in the folder. The part is closed then. */
  becomes(file: string): Promise<void>;
  /** Closes and removes the part. */
  discard(): Promise<void>;
  /** Closes the part and keeps it for the next attempt, unless it is empty; it may be closed already. */
  close(): Promise<void>;
}

export interface DiskTrouble {
  readonly kind: "full" | "forbidden" | "other";
  /** The system's code for the error, such as "ENOSPC". */
  readonly code: string;
}

/** `processes.ts`: other programs of this package. They run in parallel, and one that crashes does not end this one. */
export interface Processes {
  /** Starts a program. @param settings  the values of `setting` there, in addition to this program's own */
  startProcess(program: ProcessProgram, settings: Readonly<Record<string, string>>): StartedProcess;
  /** In a started program: receives what its parent sends, until the parent is gone. Does nothing in any other program. */
  serveParent(
    program: ProcessProgram,
    receive: (message: unknown, answer: (message: unknown) => void) => void,
  ): void;
  /** The address of a module, by which another process can import it; its path is relative to the working folder or page. */
  moduleAddress(path: string): string;
}

/** `search`: tries configurations. */
export type ProcessProgram = "search";

/** A program that was started. Node: a process. Browser: a worker. */
export interface StartedProcess {
  /** Sends a message: anything that structured cloning can copy. */
  send(message: unknown): void;
  /** The program's next message; if the program ends first, words that say how, to follow "failed: ". */
  next(): Promise<{ readonly message: unknown } | { readonly ended: string }>;
  /** Whether it has ended. */
  readonly over: boolean;
  /** Ends it, even in the middle of its work. */
  stop(): void;
  /** Says that it has nothing to do and is not needed now: it ends, or waits for who next starts this program. */
  leave(): void;
}

/** `places.ts`: where work runs that is sent away: this machine's processes, or other machines. */
export interface Places {
  /** This machine's processes, a fixed number at a time; one that dies is replaced by a new one. */
  here(width: number): Workplace;
  /**
   * Machines that take work from a queue in Redis or Valkey (BullMQ). Each runs `chainrule worker URL`.
   * @param url  `redis://` or, with TLS, `rediss://`
   * @throws RangeError when there is no key, or it is too short, or the address is none of Redis
   */
  queue(url: string, options?: QueueOptions): Workplace;
  /** A cluster that Slurm manages: one array of jobs for all tasks that are given at once. */
  slurm(options: SlurmOptions): Workplace;
}

/** `svg-renderer.ts`: draws SVG as pixels. */
export interface SvgRendering {
  /**
   * Loads the renderer, with these DejaVu fonts.
   * @param fonts  names of files; `family` is the first one's
   * @returns undefined where there is no renderer: in a page that does not set CHAINRULE_ASSETS
   */
  loadRenderer(fonts: readonly string[], family: string): Promise<SvgRenderer | undefined>;
}

/** Draws an SVG, with `zoom` pixels for each CSS pixel. */
export type SvgRenderer = (svg: string, zoom: number) => Promise<Drawing>;

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and opacity of each pixel, row by row; the colours are multiplied by the opacity. */
  readonly pixels: Uint8Array;
  /** The bytes of a PNG. */
  png(): Uint8Array;
}
