/**
 * Loads and unloads plugins, and keeps what they add. Plugins are named on the kernel's command line, in
 * `chainrule.plugins` of the package.json nearest to the notebook, and in that of the kernel's own package.
 */
import { isPromise } from "#host/inspection";
import { findPlugins, loadPlugin } from "#host/plugins";
import type { Formatter } from "../display/bundle.js";
import { propertyOf, textOf } from "../display/hostile.js";
import { plainBundle } from "../display/plain-values.js";
import { encodeBundle, isBundle, present } from "../display/protocol.js";
import type {
  Comm,
  CompletionItem,
  Disposer,
  KernelApi,
  MagicHandler,
  MimeBundle,
  Plugin,
} from "./contract.js";

/** The parts of the kernel that plugins use. */
export interface PluginKernel {
  readonly cwd: string;
  readonly formatters: Formatter[];
  lookup(name: string): unknown;
  setAmbientTypes(key: string, declarations: string): Promise<void>;
  setHint(type: string, place: "index" | "operator" | "property", hint: string): Promise<void>;
  /** Makes a plugin's package importable by name from any cell. */
  addPackage(name: string, root: string): Promise<void>;
  report(message: string): void;
}

type Inspect = (
  word: string,
  code: string,
  cursor: number,
) => MimeBundle | undefined | Promise<MimeBundle | undefined>;
type Complete = (
  code: string,
  cursor: number,
) => readonly CompletionItem[] | Promise<readonly CompletionItem[]>;

interface Loaded {
  name: string;
  plugin: Plugin;
  disposers: Set<Disposer>;
}

export class PluginHost {
  readonly magics = new Map<string, MagicHandler>();
  readonly commTargets = new Map<string, (comm: Comm, data: unknown) => unknown>();
  /** Opens a conversation; absent where there is no front end. */
  openComm: KernelApi["openComm"] | undefined;
  readonly startups: string[] = [];
  /** Settles when the plugins of this session are loaded. */
  loading: Promise<void> = Promise.resolve();
  /** What is called at each interrupt. */
  readonly #atInterrupt: { from: string; call: () => void }[] = [];
  readonly #kernel: PluginKernel;
  readonly #inspections: { from: string; inspect: Inspect }[] = [];
  readonly #completions: { from: string; complete: Complete }[] = [];
  readonly #loaded = new Map<string, Loaded>();
  /** Calls of the compiler that additions have started; `ready` waits for them. */
  readonly #calls = new Set<Promise<void>>();
  #ambient = 0;

  constructor(kernel: PluginKernel) {
    this.#kernel = kernel;
  }

  /** Loads the plugins of this session, one after another; one that fails is reported and left out. */
  loadAll(specifiers: readonly string[]): Promise<void> {
    const load = async (): Promise<void> => {
      for (const { specifier, from } of findPlugins(this.#kernel.cwd, specifiers))
        await this.load(specifier, from);
    };
    const all = load();
    this.loading = all.catch(() => {});
    return all;
  }

  /**
   * Loads one plugin.
   * @param from the folder that its specifier is resolved from
   * @returns its name; undefined when it could not be loaded, which is then reported
   */
  async load(specifier: string, from: string = this.#kernel.cwd): Promise<string | undefined> {
    const loaded: Loaded = { name: specifier, plugin: { activate: () => {} }, disposers: new Set() };
    try {
      const found = await loadPlugin(specifier, from);
      const module = found.module as Partial<Plugin> & { default?: Partial<Plugin> };
      const plugin = typeof module.default?.activate === "function" ? module.default : module;
      if (typeof plugin.activate !== "function")
        throw new TypeError(`its default export must have a function "activate(kernel)", and has none`);
      loaded.plugin = plugin as Plugin;
      loaded.name = plugin.name ?? specifier;
      await this.unload(loaded.name);
      const { home } = found;
      for (const name of home ? [home.name, ...(home.brings ?? [])] : [])
        await this.#kernel.addPackage(name, home!.root);
      this.#loaded.set(loaded.name, loaded);
      await plugin.activate(this.#api(loaded));
      await this.ready();
      return loaded.name;
    } catch (error) {
      this.#dispose(loaded);
      this.#loaded.delete(loaded.name);
      this.#kernel.report(
        `The plugin ${loaded.name} could not be loaded: ${(error as Error)?.stack ?? error}`,
      );
      return undefined;
    }
  }

  /** Unloads a plugin by name and undoes everything that it added. */
  async unload(name: string): Promise<void> {
    const loaded = this.#loaded.get(name);
    if (!loaded) return;
    this.#loaded.delete(name);
    try {
      await loaded.plugin.deactivate?.();
    } catch (error) {
      this.#kernel.report(`The plugin ${name} failed to unload: ${(error as Error)?.stack ?? error}`);
    }
    this.#dispose(loaded);
    await this.ready();
  }

  async unloadAll(): Promise<void> {
    for (const name of [...this.#loaded.keys()].reverse()) await this.unload(name);
  }

  get names(): string[] {
    return [...this.#loaded.keys()];
  }

  /** Waits until the compiler knows what plugins have added. */
  async ready(): Promise<void> {
    while (this.#calls.size) await Promise.all(this.#calls);
  }

  /** Tells the plugins of an interrupt. */
  interrupted(): void {
    for (const { from, call } of [...this.#atInterrupt]) void this.#guard(from, "part for interrupts", call);
  }

  /** The first plugin's answer about a word. */
  async inspect(word: string, code: string, cursor: number): Promise<MimeBundle | undefined> {
    for (const { from, inspect } of this.#inspections) {
      const found = await this.#guard(from, "inspection", () => inspect(word, code, cursor));
      if (found) return found;
    }
    return undefined;
  }

  /** Every plugin's completions. */
  async complete(code: string, cursor: number): Promise<CompletionItem[]> {
    const found: CompletionItem[] = [];
    for (const { from, complete } of this.#completions)
      found.push(...((await this.#guard(from, "completion", () => complete(code, cursor))) ?? []));
    return found;
  }

  async #guard<T>(from: string, what: string, call: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      this.#kernel.report(`The ${what} of the plugin ${from} failed: ${(error as Error)?.message ?? error}`);
      return undefined;
    }
  }

  #api(loaded: Loaded): KernelApi {
    const kernel = this.#kernel;
    const add = (undo: () => void): Disposer => {
      const dispose = (): void => {
        if (loaded.disposers.delete(dispose)) undo();
      };
      loaded.disposers.add(dispose);
      return dispose;
    };
    const addTo = <T>(list: T[], one: T): Disposer => {
      list.push(one);
      return add(() => void list.splice(list.indexOf(one), 1));
    };
    const addKey = <T>(map: Map<string, T>, what: string, key: string, value: T): Disposer => {
      if (map.has(key))
        throw new Error(`The ${what} "${key}" is taken: unload the plugin that has it first.`);
      map.set(key, value);
      return add(() => void map.delete(key));
    };
    const track = (call: Promise<void>): void => {
      const tracked = call
        .catch((error: unknown) => kernel.report(String(error)))
        .finally(() => this.#calls.delete(tracked));
      this.#calls.add(tracked);
    };
    const addHint = (...[type, place, hint]: Parameters<typeof kernel.setHint>): Disposer => {
      track(kernel.setHint(type, place, hint));
      return add(() => track(kernel.setHint(type, place, "")));
    };
    return {
      cwd: kernel.cwd,
      lookup: (name) => kernel.lookup(name),
      addFormatter: (test, format) => {
        const report = (error: unknown): void =>
          kernel.report(
            `A formatter of the plugin ${loaded.name} failed: ${textOf(propertyOf(error, "message") ?? error)}`,
          );
        return addTo(kernel.formatters, {
          test: (value) => {
            try {
              return test(value);
            } catch (error) {
              report(error);
              return false;
            }
          },
          format: (value) => {
            const failed = (error: unknown): MimeBundle => {
              report(error);
              return plainBundle(value);
            };
            try {
              const bundle = format(value);
              return isPromise(bundle) ? bundle.catch(failed) : bundle;
            } catch (error) {
              return failed(error);
            }
          },
        });
      },
      addMagic: (name, handler) => {
        if (!/^[A-Za-z]\w*$/.test(name))
          throw new Error(`"%${name}" cannot be a magic: its name must be a word.`);
        return addKey(this.magics, "magic", name, handler);
      },
      addInspection: (inspect) => addTo(this.#inspections, { from: loaded.name, inspect }),
      addCompletion: (complete) => addTo(this.#completions, { from: loaded.name, complete }),
      addCommTarget: (target, open) => addKey(this.commTargets, "comm target", target, open),
      openComm: (target, data, metadata, buffers) => {
        if (!this.openComm) throw new Error(`openComm("${target}"): there is no front end here.`);
        return this.openComm(target, data, metadata, buffers);
      },
      onInterrupt: (call) => addTo(this.#atInterrupt, { from: loaded.name, call }),
      render: async (value) => {
        const { data, metadata } = isBundle(value)
          ? { data: encodeBundle(value), metadata: {} }
          : present(value, kernel.formatters);
        return { data: (await data) as MimeBundle, metadata: await metadata };
      },
      addAmbientTypes: (declarations) => {
        const key = `plugin ${++this.#ambient}`;
        track(kernel.setAmbientTypes(key, declarations));
        return add(() => track(kernel.setAmbientTypes(key, "")));
      },
      addIndexHint: (type, hint) => addHint(type, "index", hint),
      addOperatorHint: (type, hint) => addHint(type, "operator", hint),
      addPropertyHint: (type, hint) => addHint(type, "property", hint),
      addStartup: (code) => addTo(this.startups, code),
    };
  }

  #dispose(loaded: Loaded): void {
    for (const dispose of [...loaded.disposers].reverse()) {
      try {
        dispose();
      } catch (error) {
        this.#kernel.report(
          `The plugin ${loaded.name} failed to unload: ${(error as Error)?.message ?? error}`,
        );
      }
    }
  }
}
