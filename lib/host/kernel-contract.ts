/**
 * The interface between the kernel and its host: the other half of contract.ts, under the same rules. The part for running
 * cells comes first, the part for compiling them last.
 */

/** `evaluation.ts`: turns text into code. */
export interface Evaluation {
  /** Makes a function from its text, in strict mode; it sees only the global scope. */
  makeFunction(text: FunctionText): (...parts: unknown[]) => unknown;
  /** How many lines stack traces count before the first line of a function's body. */
  readonly LINES_BEFORE: number;
}

/** A function as text. */
export interface FunctionText {
  readonly parameters: readonly string[];
  /** Statements before the body, in one line that stack traces do not count. */
  readonly head?: string;
  readonly body: string;
  readonly isAsync: boolean;
  /** The file name of the body in stack traces. */
  readonly file: string;
}

/** `modules.ts`: modules that the host itself can load. */
export interface Modules {
  /** The modules that a file in this folder can import. */
  modulesFrom(folder: string): FolderModules;
  /** `import.meta` of a file. */
  metaOf(file: string): Record<string, unknown>;
  /** Whether a module is part of the host, as "node:fs" is part of Node. */
  isBuiltin(specifier: string): boolean;
  /** Matches the local files that the kernel compiles before they run. The host loads the others itself. */
  readonly COMPILED: RegExp;
  /** Says that packages were installed: an import that failed for want of one is tried anew when it is asked for again. */
  importAnew(): void;
}

export type LoadedModule = Record<string, unknown>;

/** A module as the host loaded it. */
export interface ImportedModule {
  readonly namespace: LoadedModule;
  /** What `require` returns for it, inside an object; absent for an ES module and for a part of the host. */
  readonly commonJs?: { readonly exports: unknown };
}

/** The modules that a file in one folder can import. */
export interface FolderModules {
  /**
   * Loads as `import(specifier)` does; if that finds nothing, as `require` does, which adds extensions and reads JSON.
   * @throws Error with the code ERR_MODULE_NOT_FOUND when there is no such module
   */
  load(specifier: string): Promise<ImportedModule>;
  /** Loads a local JavaScript or JSON file; loads it again when it has been written since. */
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
  /** Writes a file, or adds to its end; makes its folders. */
  writeText(file: string, text: string, add: boolean): void;
  isFile(name: string): boolean;
  /** When a file was last written, in milliseconds; -1 when there is none. */
  modifiedTime(file: string): number;
}

/** `paths.ts`: file names in the host's form. */
export interface Paths {
  resolve(...parts: string[]): string;
  join(...parts: string[]): string;
  /** The path without "." and "..", with the host's separators. */
  normalize(path: string): string;
  dirname(path: string): string;
  relative(from: string, to: string): string;
}

/** One of the two output streams of a program. */
export type StreamName = "stdout" | "stderr";

/** `streams.ts`: what a process has only once, so that cells must share it. */
export interface Streams {
  /** Gives an owner standard output and error, calls of exit, and uncaught errors. @returns a function that takes them back */
  takeStreams(owner: StreamOwner): () => void;
  /** Ends the groups of the console that are still open. */
  endGroups(): void;
}

export interface StreamOwner {
  /** Receives what the running code prints. */
  write(stream: StreamName, text: string): void;
  /** Returns a function that receives later text caused by the code that runs now, whenever it comes. */
  writer(): (stream: StreamName, text: string) => void;
  /** Whether the code that runs now is a cell's. */
  isOfCell(): boolean;
  /** Calls back when the code that runs now is interrupted or has ended. */
  onEnd(call: () => void): void;
  /**
   * Asks the user for a line of standard input, undefined when none will come; absent where the process's own standard
   * input is read.
   */
  readonly read?: () => Promise<string | undefined>;
  /** An error that nobody caught: thrown in a callback, or a rejected promise. */
  uncaught(thrown: unknown): void;
  /** Called when code asks to end the process; `call` is its text. Must throw. */
  exit(call: string): never;
}

/** `inspection.ts`: values as text. */
export interface Inspection {
  /** As Node's `util.inspect`. */
  inspect(value: unknown, options?: InspectOptions): string;
  /** Whether a value is a real promise and not a proxy of one; no code of the value is called. */
  isPromise(value: unknown): value is Promise<unknown>;
  /** Whether a value is a proxy, whose traps would run when one looks at it; a browser cannot know, and says no. */
  isProxy(value: unknown): boolean;
}

export interface InspectOptions {
  readonly depth?: number;
  readonly breakLength?: number;
  readonly maxArrayLength?: number;
  /** Whether a value's own inspection method is called; true unless given. */
  readonly customInspect?: boolean;
  /** Whether a proxy is shown as one, so that none of its traps is called. */
  readonly showProxy?: boolean;
}

/** `stacks.ts`: stack traces. */
export interface Stacks {
  /** Whether a file in a stack trace is the kernel's or the host's own, and must be hidden from the user. */
  isHiddenFile(file: string): boolean;
}

/** `contexts.ts`: which piece of work the running code belongs to. */
export interface Contexts {
  /** Carries a value through promises and callbacks; undefined where the host cannot, or where it would do harm. */
  newContext<T>(): AsyncContext<T> | undefined;
  /** Calls back when code turns on async hooks, which make termination unsafe. @returns a function that stops watching */
  watchAsyncHooks(call: () => void): () => void;
  /** Whether code may be terminated before its first await although async hooks are on. */
  readonly SAFE_BEFORE_AWAIT: boolean;
}

export interface AsyncContext<T> {
  run<R>(value: T, call: () => R): R;
  getStore(): T | undefined;
}

/** `termination.ts`: ends code that does not end by itself, and keeps its variables. */
export interface Termination {
  /** Whether a terminator exists here. Where none does, each loop of a cell must see by itself that it is to end. */
  readonly CAN_TERMINATE: boolean;
  /** Opens what can end, from another thread, the code of the thread that runs cells; undefined where nothing can. */
  openTerminator(): Terminator | undefined;
  /**
   * In the thread that runs cells: lets a terminator inspect the thread. The callback is then called in the middle of
   * whatever is computed, and says whether a cell runs that may be ended. @returns a function that ends this
   */
  allowLooking(call: (cell: string | undefined) => boolean): () => void;
}

/** What runs in the thread of the cells. */
export type Seen = "computing" | "nothing" | "absent";

export interface Terminator {
  /**
   * Inspects the thread in the middle of what it computes. Settles when the thread runs JavaScript again; a call outside
   * JavaScript may take any time.
   * @param cell passed to the thread's callback
   * @returns "computing" when the thread runs code that is not the kernel's; "nothing" when it runs none, as between two
   *   microtasks; "absent" when no cell runs that may be ended, because the kernel is still starting
   */
  look(cell: string | undefined): Promise<Seen>;
  /** Ends the code that runs now. If that has just ended, the next code may be ended in its place. */
  terminate(): Promise<void>;
  close(): void;
}

/** `workers.ts`: threads that run a program of this package and exchange messages over ports. */
export interface Workers {
  startWorker(program: WorkerProgram, data: unknown, memory: WorkerMemory): StartedWorker;
  /** In a worker: its data, and the port to the thread that started it. To be called before anything is awaited. */
  thisWorker(): { readonly data: Promise<unknown>; readonly port: Port };
  /** The two ports of a new channel. */
  openChannel(): readonly [ChannelPort, ChannelPort];
  /** Calls `receive` for every message that arrives at a port. */
  listen(port: Port, receive: (message: unknown) => void): void;
}

/** `language`: the compiler of cells. `cells`: runs the cells, in a browser alone. */
export type WorkerProgram = "language" | "cells";

/** Megabytes that a worker may use for its objects: for new ones, and for all. A browser decides by itself. */
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
  /** Calls back when it has ended; with an error if that ended it. */
  onEnd(call: (error?: Error) => void): void;
  stop(): Promise<void>;
}

/** `bytes.ts`: bytes, text and names. */
export interface Bytes {
  toBase64(bytes: Uint8Array): string;
  /** How many bytes a text has in UTF-8. */
  byteLength(text: string): number;
  /** A new unique name. */
  uniqueId(): string;
}

/** `shell.ts`: commands of the user's shell. */
export interface Shell {
  /** Runs a command; its output arrives as it is printed. @throws Error saying how it ended, if it failed */
  runCommand(command: string, options: CommandOptions): Promise<void>;
  /**
   * Runs a program, whose arguments no shell sees.
   * @throws Error as `runCommand`, or when there is no such program
   */
  runProgram(program: string, args: readonly string[], options: ProgramOptions): Promise<void>;
}

export interface CommandOptions {
  readonly cwd: string;
  print(stream: StreamName, text: string): void;
  /** Receives a function that stops the command. */
  onStart(stop: () => void): void;
}

export interface ProgramOptions extends CommandOptions {
  /** What the user wrote to start it: error messages begin with it. */
  readonly name: string;
  /** Its standard input; empty unless given. */
  readonly input?: string;
}

/** `environment.ts`: what a program inherits and passes on. */
export interface Environment {
  /** The environment variables by name. @throws Error where there are none */
  variables(): Readonly<Record<string, string>>;
  setVariable(name: string, value: string): void;
  /** Makes a folder the one that relative file names start from. @returns its path @throws Error when there is none */
  enterFolder(folder: string): string;
  /** The user's own folder. */
  homeFolder(): string;
  /** What is in a folder, by name. @throws Error when it cannot be read */
  listFolder(folder: string): readonly FolderEntry[];
}

export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
  /** In bytes. */
  readonly size: number;
  /** When it was last written. */
  readonly modified: Date;
}

/** `packages.ts`: packages from npm's registry. */
export interface Packages {
  /** A package as npm takes it, `NAME` or `NAME@VERSION`. @throws Error in a sentence, when it is not one */
  packageRequest(text: string): PackageRequest;
  /** The package that a file in a folder imports by a name; undefined when there is none. */
  installedPackage(name: string, folder: string): InstalledPackage | undefined;
  /** Whether a version is one that a request asks for; a tag such as "latest" fits any. */
  fits(version: string, range: string): boolean;
  /** The folder that npm installs into for a notebook's folder, which gets a package.json if none is above it. */
  projectFolder(folder: string): string;
  /** Runs npm in a folder, whose arguments no shell sees. @throws Error when npm fails, or there is none */
  runNpm(args: readonly string[], options: ProgramOptions): Promise<void>;
}

export interface PackageRequest {
  readonly name: string;
  /** A version, a range of versions or a tag; empty when none is asked for. */
  readonly range: string;
}

export interface InstalledPackage {
  readonly version: string;
  /** Whether it brings its types. */
  readonly hasTypes: boolean;
}

/** `program.ts`: the program that everything runs in. */
export interface Program {
  /** Milliseconds of processor time used so far; undefined where this is not known. */
  processorTime(): number | undefined;
  /** Calls back after some milliseconds; this does not keep the program running. @returns a function that cancels it */
  callLater(milliseconds: number, call: () => void): () => void;
  /** Collects this thread's garbage, which takes a moment, and gives the memory back, where that can be asked for. */
  giveBackMemory(): Promise<void>;
  /** Node's version as in `process.version`, such as "v20.20.0"; in a browser, the browser's name for itself. */
  readonly VERSION: string;
  /** What runs JavaScript here, for people: "Node 20.20.0". */
  readonly ENGINE: string;
  /** The version of this package. */
  packageVersion(): string;
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
  /** The plugins of a session in this folder: this package's own, those of the folder's package, and the given ones. */
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
  /** The package that the plugin belongs to, if that package has a name. */
  readonly home: PluginHome | undefined;
}

/** `code-cache.ts`: compiled code that is kept from one start to the next. */
export interface CodeCache {
  /** The cache's folder; undefined where the host keeps compiled code by itself. */
  codeCacheFolder(): string | undefined;
}

/** `typescript.ts`: the compiler's own program, and the types of the host's globals. */
export interface TypeScriptSource {
  /** TypeScript; its `sys` reads the host's files. */
  readonly typescript: unknown;
  /** Saves the machine code that V8 has made of TypeScript so far, so that the next start is quicker. */
  saveCodeCache(): void;
  /** Settles when the files that the compiler reads are loaded. */
  filesReady(): Promise<void>;
  /** The types of the host's globals: packages of @types, and files of TypeScript's own library. */
  readonly GLOBAL_TYPES: { readonly types: readonly string[]; readonly lib: readonly string[] };
  /** The folder of @types to use when no folder around the notebook has these packages. */
  ownTypeRoot(): string | undefined;
}
