/**
 * The debugger of cells and local modules: the Debug Adapter Protocol on one side, V8's inspector on the other. It lives
 * in the channels' thread, so that it answers while the cells' thread is stopped. Only the user's own code is stepped
 * through; what the compiler has added to it, the kernel, Node and packages are passed over.
 */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { CompiledSource } from "../cells/compiled-source.js";
import { Breakpoints } from "./breakpoints.js";
import type { DebuggedKernel, Debugger as Contract } from "./contract.js";
import { Evaluation } from "./evaluation.js";
import { Inspector } from "./inspector.js";
import { Places } from "./places.js";
import { CELL_SUFFIX, HASH_SEED, Sources } from "./sources.js";
import { Stops, THREAD } from "./stops.js";
import type { StepKind } from "./stops.js";
import { Values } from "./values.js";
import type { Variable } from "./values.js";

type Json = Record<string, unknown>;

/** The compiled files of this package: the kernel and the library. */
const OWN_CODE = new URL("../../", import.meta.url).href;
/** Code that is not the user's. */
const PASSED_OVER = [
  "^node:",
  `^${OWN_CODE.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}`,
  "/node_modules/",
  "^evalmachine",
  "^$",
];

const CAPABILITIES = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsEvaluateForHovers: true,
  supportsModulesRequest: true,
  exceptionBreakpointFilters: [{ filter: "all", label: "Every error that is thrown", default: false }],
};

/** What there is while V8 is held. */
interface Attached {
  readonly inspector: Inspector;
  readonly values: Values;
  readonly evaluation: Evaluation;
}

export class NodeDebugger implements Contract {
  readonly #kernel: DebuggedKernel;
  // JupyterLab shows the numbers of cells where a path has the name of its own kernel's, and else the path.
  readonly #sources = new Sources(join(tmpdir(), `chainrule_ipykernel_${randomUUID()}`, "cell-"));
  readonly #places = new Places(this.#sources);
  readonly #breakpoints = new Breakpoints(this.#sources, this.#places);
  readonly #stops = new Stops({
    places: this.#places,
    emit: (event, body) => this.#emit(event, body),
    go: (how) => this.#go(how),
  });
  #attached: Attached | undefined;
  /** JupyterLab shows the type of a variable in place of its value, where there is one. */
  #showsTypesAlone = false;
  #seq = 0;

  constructor(kernel: DebuggedKernel) {
    this.#kernel = kernel;
  }

  async request(request: Json): Promise<Json> {
    const command = String(request.command);
    const base = { type: "response", seq: ++this.#seq, request_seq: request.seq ?? 0, command };
    try {
      const given = typeof request.arguments === "object" ? (request.arguments as Json | null) : {};
      return { ...base, success: true, body: await this.#answer(command, given ?? {}) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { ...base, success: false, message, body: {} };
    }
  }

  async compiled(sources: readonly CompiledSource[]): Promise<void> {
    for (const one of sources) await this.#apply(this.#sources.add(one), [one.name]);
  }

  running(cell: string | undefined): void {
    this.#stops.running(cell);
  }

  letGo(): void {
    this.#skipPauses(true);
    this.#stops.hold(false);
  }

  hold(): void {
    this.#stops.hold(true);
    this.#skipPauses(false);
  }

  /** Not waited for: the thread may be outside JavaScript, and does these things in order when it comes back. */
  #skipPauses(skip: boolean): void {
    this.#attached?.inspector.send("Debugger.setSkipAllPauses", { skip }).catch(() => {});
  }

  close(): void {
    const attached = this.#attached;
    this.#attached = undefined;
    for (const part of [this.#stops, this.#breakpoints, this.#places]) part.forget();
    attached?.inspector.close();
  }

  async #answer(command: string, given: Json): Promise<Json> {
    switch (command) {
      case "debugInfo":
        return this.#info();
      case "initialize":
        this.#showsTypesAlone = given.clientID === "jupyterlab";
        return CAPABILITIES;
      case "attach":
        return this.#attach();
      case "disconnect":
        await this.#disconnect();
        return {};
      case "configurationDone":
        return {};
      case "threads":
        return { threads: [{ id: THREAD, name: "cells" }] };
      case "modules":
        return this.#modules();
      case "dumpCell":
        return { sourcePath: this.#sources.show(String(given.code ?? "")) };
      case "source":
        return this.#source(pathOf(given));
      case "setBreakpoints":
        return this.#setBreakpoints(pathOf(given), given.breakpoints);
      case "setExceptionBreakpoints": {
        const isAll = Array.isArray(given.filters) && given.filters.includes("all");
        await this.#opened.inspector.send("Debugger.setPauseOnExceptions", { state: isAll ? "all" : "none" });
        return {};
      }
      case "pause":
        this.#stops.wantPause();
        await this.#opened.inspector.send("Debugger.pause");
        return {};
      case "continue":
        await this.#stops.resume();
        return { allThreadsContinued: true };
      case "next":
        await this.#stops.step("stepOver");
        return {};
      case "stepIn":
        await this.#stops.step("stepInto");
        return {};
      case "stepOut":
        await this.#stops.step("stepOut");
        return {};
      case "stackTrace":
        return this.#stops.trace();
      case "scopes":
        return { scopes: await this.#scopes(given.frameId) };
      case "variables":
        return {
          variables: this.#shown(
            (await this.#attached?.values.parts(Number(given.variablesReference))) ?? [],
          ),
        };
      case "evaluate":
        return this.#evaluate(String(given.expression ?? ""), given.frameId);
      case "inspectVariables":
        return { variables: this.#shown(await this.#inspectVariables()) };
      case "richInspectVariables":
        return this.#richVariable(String(given.variableName ?? ""), given.frameId);
      default:
        throw new Error(`The debugger of this kernel does not answer ${JSON.stringify(command)}.`);
    }
  }

  get #opened(): Attached {
    if (!this.#attached) throw new Error("The debugger is not attached yet.");
    return this.#attached;
  }

  #info(): Json {
    return {
      isStarted: this.#attached !== undefined,
      hashMethod: "Murmur2",
      hashSeed: HASH_SEED,
      tmpFilePrefix: this.#sources.prefix,
      tmpFileSuffix: CELL_SUFFIX,
      breakpoints: this.#breakpoints.all(),
      stoppedThreads: this.#stops.isStopped ? [THREAD] : [],
      richRendering: true,
      exceptionPaths: [],
      copyToGlobals: false,
    };
  }

  async #attach(): Promise<Json> {
    if (this.#attached) return {};
    const inspector = new Inspector();
    const values = new Values(inspector);
    this.#attached = { inspector, values, evaluation: new Evaluation(inspector, values) };
    inspector.onParsed((script) => this.#places.parsed(script));
    inspector.onPaused((pause) => this.#stops.paused(pause));
    inspector.onResolved((found) => this.#breakpoints.found(found));
    await inspector.send("Debugger.enable");
    await inspector.send("Debugger.setBlackboxPatterns", { patterns: PASSED_OVER });
    this.#emit("initialized");
    // A cell that computes now keeps the answer waiting, and nobody else.
    void this.#kernel.watch(true).then(
      (sources) => this.compiled(sources),
      () => {},
    );
    return {};
  }

  async #disconnect(): Promise<void> {
    if (!this.#attached) return;
    if (this.#stops.isStopped) await this.#stops.resume();
    this.#breakpoints.clear();
    this.close();
    await this.#kernel.watch(false).catch(() => []);
  }

  #modules(): Json {
    const modules = this.#sources.modules.map((path) => ({ id: path, name: basename(path), path }));
    return { modules, totalModules: modules.length };
  }

  async #source(path: string): Promise<Json> {
    const known = this.#sources.textOf(path);
    if (known !== undefined) return { content: known, mimeType: "text/typescript" };
    if (!this.#sources.modules.includes(path))
      throw new Error(`${path} is no source of this kernel's cells.`);
    return { content: await readFile(path, "utf8"), mimeType: "text/typescript" };
  }

  async #setBreakpoints(path: string, given: unknown): Promise<Json> {
    this.#breakpoints.want(path, given);
    await this.#apply(path);
    return {
      breakpoints: this.#breakpoints.lines(path).map((line) => ({ verified: true, line, source: { path } })),
    };
  }

  async #apply(path: string, names?: string[]): Promise<void> {
    if (this.#attached) await this.#breakpoints.apply(this.#attached.inspector, path, names);
  }

  async #go(how: "resume" | StepKind): Promise<void> {
    this.#attached?.values.clear();
    await this.#attached?.inspector.send(`Debugger.${how}`);
  }

  async #scopes(frameId: unknown): Promise<Json[]> {
    const frame = this.#stops.frame(frameId);
    return (await this.#attached?.evaluation.scopes(frame)) ?? [];
  }

  #evaluate(expression: string, frameId: unknown): Promise<{ result: string; type: string }> {
    return this.#opened.evaluation.evaluate(expression, this.#stops.frameOrTop(frameId));
  }

  #shown(variables: readonly Variable[]): Json[] {
    return variables.map(({ type, ...rest }) => (this.#showsTypesAlone ? rest : { ...rest, type }));
  }

  async #inspectVariables(): Promise<Variable[]> {
    const found = await this.#attached?.evaluation.variables();
    if (found) return found;
    return ((await this.#kernel.variables()) ?? [])
      .filter(({ kind }) => kind === "value")
      .map(({ name, text }) => ({ name, value: text, type: "", variablesReference: 0, evaluateName: name }));
  }

  /** A value as a cell would show it; while the thread is stopped, as text. */
  async #richVariable(name: string, frameId: unknown): Promise<Json> {
    if (this.#stops.isStopped) {
      const { result } = await this.#evaluate(name, frameId);
      return { data: { "text/plain": result }, metadata: {} };
    }
    return this.#kernel.show(name);
  }

  #emit(event: string, body: Json = {}): void {
    this.#kernel.event({ type: "event", seq: ++this.#seq, event, body });
  }
}

function pathOf({ source }: Json): string {
  const path = typeof source === "object" && source !== null && "path" in source ? source.path : undefined;
  if (typeof path !== "string") throw new Error("The request names no source.");
  return path;
}
