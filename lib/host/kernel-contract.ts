/**
 * The seam between the kernel and the place it runs in: the other half of contract.ts, under the same rules. What runs
 * cells stands above, what compiles them below.
 */

/** `evaluation.ts`: text that becomes code. */
export interface Evaluation {
  /** Makes a function out of its text, in strict mode and in the global scope, which it sees and nothing else. */
  makeFunction(text: FunctionText): (...parts: unknown[]) => unknown;
  /** How many lines stack traces count before the first line of a body. */
  readonly LINES_BEFORE: number;
}

/** A function as text. */
export interface FunctionText {
  readonly parameters: readonly string[];
  /** Statements before the body, in one line that stack traces do not count. */
  readonly head?: string;
  readonly body: string;
  readonly isAsync: boolean;
  /** What stack traces call the file that the body is. */
  readonly file: string;
}

/** `modules.ts`: modules that the place itself can load. */
export interface Modules {
  /** The modules that a file in this folder can import. */
  modulesFrom(folder: string): FolderModules;
  /** `import.meta` of a file. */
  metaOf(file: string): Record<string, unknown>;
  /** Whether a module is part of the place, as "node:fs" is of Node. */
  isBuiltin(specifier: string): boolean;
  /** The local files that the kernel compiles before they run. The place loads the others itself. */
  readonly COMPILED: RegExp;
}

export type LoadedModule = Record<string, unknown>;

/** A module as the place loaded it. */
export interface ImportedModule {
  readonly namespace: LoadedModule;
  /** What `require` gives of it, in a box; absent: it is an ES module or a part of the place. */
  readonly commonJs?: { readonly exports: unknown };
}

/** The modules that a file in one folder can import. */
export interface FolderModules {
  /**
   * As `import(specifier)`; then as `require` finds it, which fills in extensions and reads JSON.
   * @throws Error with the code ERR_MODULE_NOT_FOUND when there is no such module
   */
  load(specifier: string): Promise<ImportedModule>;
  /** Loads a local JavaScript or JSON file, anew when it has been written since it was last loaded. */
  loadFile(file: string): Promise<ImportedModule>;
  /** As `require(specifier)`. */
  readonly require: Require;
}

export interface Require {
  (specifier: string): unknown;
  resolve(specifier: string): string;
}

/** `text-files.ts`: text files of the notebook's folder. */
export interface TextFiles {
  /** The text of a file; undefined when there is none. */
  readText(file: string): string | undefined;
  /** Writes a file, or adds to its end, and makes the folders that it lies in. */
  writeText(file: string, text: string, add: boolean): void;
  isFile(name: string): boolean;
  /** When a file was last written, in milliseconds; -1 when there is none. */
  modifiedTime(file: string): number;
}

/** `paths.ts`: names of files, as the place writes them. */
export interface Paths {
  resolve(...parts: string[]): string;
  join(...parts: string[]): string;
  /** Without "." and "..", and with the place's own separators. */
  normalize(path: string): string;
  dirname(path: string): string;
  relative(from: string, to: string): string;
}

/** `streams.ts`: what a program has once and the cells must share. */
export interface Streams {
  /** Hands standard output and error, the end of the program and errors that nobody caught to an owner. @returns takes them back */
  takeStreams(owner: StreamOwner): () => void;
  /** Ends the groups of the console that are still open. */
  endGroups(): void;
}

export interface StreamOwner {
  /** Takes what the running code prints. */
  write(stream: "stdout" | "stderr", text: string): void;
  /** Gives what takes text that the code that runs now will have caused, whenever it comes. */
  writer(): (stream: "stdout" | "stderr", text: string) => void;
  /** Calls back when the code that runs now is interrupted or has ended. */
  onEnd(call: () => void): void;
  /** Asks the user for a line of standard input; absent where the place's own is read. */
  readonly read?: () => Promise<string>;
  /** An error that nobody caught: thrown in a callback, or a rejected promise. */
  uncaught(thrown: unknown): void;
  /** Code asked for the end of the program, by this call. Must throw. */
  exit(call: string): never;
}

/** `inspection.ts`: values as text. */
export interface Inspection {
  /** As Node's `util.inspect`. */
  inspect(value: unknown, options?: InspectOptions): string;
  /** Whether a value is a promise itself, and not a proxy of one: nothing of the value is called. */
  isPromise(value: unknown): value is Promise<unknown>;
}

export interface InspectOptions {
  readonly depth?: number;
  readonly breakLength?: number;
  readonly maxArrayLength?: number;
  /** Whether a value's own method of inspection is asked; true unless given. */
  readonly customInspect?: boolean;
  /** Whether a proxy is shown as one, so that none of its traps is called. */
  readonly showProxy?: boolean;
}

/** `stacks.ts`: stack traces. */
export interface Stacks {
  /** Whether a file, as stack traces name it, is the kernel's own, or the place's: no user wants to see it there. */
  isHiddenFile(file: string): boolean;
}

/** `contexts.ts`: which piece of work the running code belongs to. */
export interface Contexts {
  /** Follows a value through promises and callbacks; undefined where the place cannot, or where it would do harm. */
  newContext<T>(): AsyncContext<T> | undefined;
  /** Calls back once code turns on what makes it unsafe to terminate. @returns stops watching */
  watchAsyncHooks(call: () => void): () => void;
  /** Whether code may be terminated before its first await although that is on. */
  readonly SAFE_BEFORE_AWAIT: boolean;
}

export interface AsyncContext<T> {
  run<R>(value: T, call: () => R): R;
  getStore(): T | undefined;
}

/** `termination.ts`: the end of code that does not end by itself, its variables kept. */
export interface Termination {
  /** What ends the code of the thread that runs cells, from another thread; undefined where nothing can. */
  openTerminator(): Terminator | undefined;
  /**
   * In the thread that runs cells: lets a terminator look at it, and calls back whenever one does, in the middle of
   * whatever is computed. The call says whether a cell runs that may be ended. @returns takes that back
   */
  allowLooking(call: (cell: string | undefined) => boolean): () => void;
}

/** What runs in the thread of the cells. */
export type Seen = "computing" | "nothing" | "absent";

export interface Terminator {
  /**
   * Looks at the thread in the middle of what it computes. Settles when the thread comes to JavaScript again: what waits
   * outside may take as long as it likes.
   * @param cell what the thread's own call back is given
   * @returns whether it runs code that is not the kernel's; between two microtasks it seems to run nothing. "absent"
   *   where no cell runs that may be ended: the kernel is still starting
   */
  look(cell: string | undefined): Promise<Seen>;
  /** Ends what runs now. The next code that the thread comes to may be hit in its place. */
  terminate(): Promise<void>;
  close(): void;
}

/** `workers.ts`: threads that run a program of this package and speak over ports. */
export interface Workers {
  startWorker(program: WorkerProgram, data: unknown, memory: WorkerMemory): StartedWorker;
  /** In a worker: what it was started with, and the port to whoever started it. To be called before anything is awaited. */
  thisWorker(): { readonly data: Promise<unknown>; readonly port: Port };
  /** Two ports that are each other's end. */
  openChannel(): readonly [ChannelPort, ChannelPort];
  /** Hears what arrives at a port. */
  listen(port: Port, receive: (message: unknown) => void): void;
}

/** `language`: the compiler of cells. */
export type WorkerProgram = "language";

/** Megabytes that a worker may take for its objects: those just made, and all. A browser decides by itself. */
export interface WorkerMemory {
  readonly young: number;
  readonly old: number;
}

/** Anything that messages can be posted to. */
export interface Port {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
}

/** One end of a channel. */
export interface ChannelPort extends Port {
  close(): void;
}

export interface StartedWorker extends Port {
  /** Calls back when it has ended, with the error that it died of. */
  onEnd(call: (error?: Error) => void): void;
  stop(): Promise<void>;
}

/** `bytes.ts`: bytes, text and names. */
export interface Bytes {
  toBase64(bytes: Uint8Array): string;
  /** How many bytes a text has in UTF-8. */
  byteLength(text: string): number;
  /** A name that nothing else has. */
  uniqueId(): string;
}

/** `shell.ts`: commands of the user's shell. */
export interface Shell {
  /** Runs a command; its output comes as it is printed. @throws Error that names how it ended, if not well */
  runCommand(command: string, options: CommandOptions): Promise<void>;
}

export interface CommandOptions {
  readonly cwd: string;
  print(stream: "stdout" | "stderr", text: string): void;
  /** Is given what stops the command. */
  onStart(stop: () => void): void;
}

/** `program.ts`: the program that everything runs in. */
export interface Program {
  /** Milliseconds of processor time that it has taken; undefined where nobody counts. */
  processorTime(): number | undefined;
  /** Calls back after some milliseconds; the program does not go on for that alone. @returns calls it off */
  callLater(milliseconds: number, call: () => void): () => void;
  /** Its version, as `process.version` says it: "v20.20.0"; in a browser, what the browser calls itself. */
  readonly VERSION: string;
}

/** The package that a plugin comes from. */
export interface PluginHome {
  readonly name: string;
  readonly root: string;
  /** Packages that it depends on and that cells may import as well: `"chainrule": { "packages": […] }` in its package.json. */
  readonly brings?: readonly string[];
}

/** `plugins.ts`: where plugins come from. */
export interface PluginSource {
  /** The plugins of a session in this folder: the package's own, those of the folder's package, those asked for. */
  findPlugins(cwd: string, specifiers: readonly string[]): FoundPlugin[];
  /** Loads a plugin's module. @param from the folder that the specifier is resolved from */
  loadPlugin(specifier: string, from: string): Promise<LoadedPlugin>;
}

export interface FoundPlugin {
  readonly specifier: string;
  readonly from: string;
}

export interface LoadedPlugin {
  readonly module: LoadedModule;
  /** The package that it belongs to, where it has a name. */
  readonly home: PluginHome | undefined;
}

/** `code-cache.ts`: compiled code that is kept from one start to the next. */
export interface CodeCache {
  /** The folder that it lies in; undefined where the place keeps it by itself. */
  codeCacheFolder(): string | undefined;
}

/** `typescript.ts`: the compiler's own program, and the types that the place has. */
export interface TypeScriptSource {
  /** TypeScript; its `sys` reads the files of the place. */
  readonly typescript: unknown;
  /** Saves what has been compiled of TypeScript by now, so that the next start is quicker. */
  saveCodeCache(): void;
  /** Settles when the files that the compiler reads are there. */
  filesReady(): Promise<void>;
  /** The types of the place's globals: packages of @types, and files of TypeScript's own library. */
  readonly GLOBAL_TYPES: { readonly types: readonly string[]; readonly lib: readonly string[] };
  /** The folder of @types to take when no folder around the notebook has the above. */
  ownTypeRoot(): string | undefined;
}
