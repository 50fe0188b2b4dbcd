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

/** `terminal.ts`: where progress is told when no notebook shows it. */
export interface TerminalHost {
  /** Node: standard error. Browser: the console. */
  terminal(): Terminal;
}

export interface Terminal {
  /** Whether a line may be written over, as one can where a person looks on. */
  readonly isTTY: boolean;
  write(text: string): void;
}

/** `files.ts`: the user's own files. Node: on the disk. Browser: in IndexedDB, where a path is any name. */
export interface Files {
  /** The bytes of a file, or undefined when there is none. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** Writes a file so that it is there whole or not at all, even if the power fails; its folder is made. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  /** Opens a file of lines, or begins it; a last line that was cut short is dropped. */
  openLog(path: string): Promise<Log>;
  /** The names in a folder, at once. @throws Error when it cannot be read, as always in a browser */
  namesIn(folder: string): { readonly folders: readonly string[]; readonly files: readonly string[] };
  /** The bytes of a file, at once. @throws Error as `namesIn` */
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
  /** Adds a line; it is on the disk when the promise is kept. */
  add(line: string): Promise<void>;
  close(): Promise<void>;
}

/** `data-folders.ts`: folders of data sets. Node: on the disk. Browser: web addresses, and a cache of what came from there. */
export interface DataFolders {
  /** The folder for chainrule's cached files. */
  cacheFolder(): string;
  /** Where the files of a data set may be, in the order of looking; only `folder` when it is given. */
  foldersOf(name: string, folder?: string): string[];
  /** The path of a file in a folder, plain or with `.gz` at its end; undefined when there is neither. */
  findFile(folder: string, file: string): Promise<string | undefined>;
  /** The names of a folder's files; none when there is no such folder. */
  filesIn(folder: string): Promise<string[]>;
  /** The bytes of a file that was found. */
  readData(path: string): Promise<Uint8Array>;
  /** Unpacks what gzip packed. @throws Error when it is damaged, or becomes more than `most` bytes */
  gunzip(bytes: Uint8Array, most: number): Promise<Uint8Array>;
  /** Makes a folder and fills it, while no other call, of this program or another, does. */
  fillFolder<T>(folder: string, fill: () => Promise<T>): Promise<T>;
  /** Opens the part of this name in a folder, with the bytes that an earlier attempt left there. */
  openPart(folder: string, name: string): Promise<Part>;
  /** Puts a file into a folder, whole or not at all. */
  putData(folder: string, file: string, bytes: Uint8Array): Promise<void>;
  /** What an error says about the disk; undefined when it is of something else, such as the network. */
  diskTrouble(error: unknown): DiskTrouble | undefined;
}

/** A file that is on its way: its bytes gather, and it gets its name when they are all there. */
export interface Part {
  /** How many bytes there are. */
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Forgets all bytes. */
  restart(): Promise<void>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /** Gives the file its name in the folder. The part is closed then. */
  becomes(file: string): Promise<void>;
  /** Closes and removes the part. */
  discard(): Promise<void>;
  /** Closes the part and leaves it for the next attempt, if there is anything in it; it may be closed already. */
  close(): Promise<void>;
}

export interface DiskTrouble {
  readonly kind: "full" | "forbidden" | "other";
  /** As the system calls it: "ENOSPC". */
  readonly code: string;
}

/** `processes.ts`: programs of this package that run beside this one and take nothing with them when they crash. */
export interface Processes {
  /** Starts a program. @param settings  what `setting` gives there, beside what it gives here */
  startProcess(program: ProcessProgram, settings: Readonly<Record<string, string>>): StartedProcess;
  /** In a program: hears what is sent to it, until nobody listens any more. Does nothing where it was not started as one. */
  serveParent(
    program: ProcessProgram,
    receive: (message: unknown, answer: (message: unknown) => void) => void,
  ): void;
  /** The address of a module, which another process can import, from its path in the working folder or the page. */
  moduleAddress(path: string): string;
}

/** `search`: tries configurations. */
export type ProcessProgram = "search";

/** A program that was started. Node: a process. Browser: a worker. */
export interface StartedProcess {
  /** Sends anything that structured cloning copies. */
  send(message: unknown): void;
  /** Gives the program's next message, or says how it ended instead, in words that follow "failed: ". */
  next(): Promise<{ readonly message: unknown } | { readonly ended: string }>;
  /** Whether it has ended. */
  readonly over: boolean;
  /** Ends it, in the middle of its work. */
  stop(): void;
}

/** `svg-renderer.ts`: what draws SVG. */
export interface SvgRendering {
  /**
   * Loads what draws, with these DejaVu fonts.
   * @param fonts  names of files; `family` is the first one's
   * @returns undefined where there is nothing that draws: a browser page that names no CHAINRULE_ASSETS
   */
  loadRenderer(fonts: readonly string[], family: string): Promise<SvgRenderer | undefined>;
}

/** Draws an SVG, so many pixels to a CSS pixel. */
export type SvgRenderer = (svg: string, zoom: number) => Promise<Drawing>;

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, each multiplied by the fourth, the opacity; row by row. */
  readonly pixels: Uint8Array;
  /** The bytes of a PNG. */
  png(): Uint8Array;
}
