/**
 * The debugger of cells and local modules: the Debug Adapter Protocol on one side, V8's inspector on the other. It lives
 * in the channels' thread, so that it answers while the cells' thread is stopped. Only the user's own code is stepped
 * through; what the compiler has added to it, the kernel, Node and packages are passed over.
 */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CELLS } from "../cells/compiled-source.js";
import type { CompiledSource } from "../cells/compiled-source.js";
import type { DebuggedKernel, Debugger as Contract } from "./contract.js";
import { Inspector } from "./inspector.js";
import type { Debugger, Runtime } from "./inspector.js";
import { CELL_SUFFIX, HASH_SEED, Sources } from "./sources.js";
import type { Position } from "./sources.js";
import { SNAPSHOT, Values, textOf } from "./values.js";
import type { Variable } from "./values.js";

type Json = Record<string, unknown>;

/** A place where the user wants the code to stop. */
interface Breakpoint {
  readonly line: number;
  readonly condition?: string;
}

/** A call that has not ended, in the user's code. */
interface Frame {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly at: Position;
  readonly call: Debugger.CallFrame;
}

interface Pause {
  readonly frames: readonly Frame[];
  /** How many calls there are, of other code too. */
  readonly depth: number;
}

type StepKind = "stepOver" | "stepInto" | "stepOut";

/** A step of the user's, which may take several of V8's. */
interface Step {
  readonly kind: StepKind;
  /** Where it began: the place, and how many calls there were. */
  readonly from: string;
  readonly cell: string | undefined;
  left: number;
}

/** The one thread that front ends are told of. */
const THREAD = 1;
/** How many of V8's steps one of the user's may take. */
const STEPS = 500;
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

export class NodeDebugger implements Contract {
  readonly #kernel: DebuggedKernel;
  // JupyterLab shows the numbers of cells where a path has the name of its own kernel's, and else the path.
  readonly #sources = new Sources(join(tmpdir(), `chainrule_ipykernel_${randomUUID()}`, "cell-"));
  /** By path. */
  readonly #breakpoints = new Map<string, readonly Breakpoint[]>();
  /** V8's names of those that are set, by V8's name of the code. */
  readonly #set = new Map<string, string[]>();
  /** Where each of those is for the user. */
  readonly #resolved = new Map<string, { readonly path: string; readonly line: number }>();
  /** V8's names of code, by the numbers of its scripts. */
  readonly #scripts = new Map<string, string>();
  #inspector: Inspector | undefined;
  #values: Values | undefined;
  #pause: Pause | undefined;
  #step: Step | undefined;
  #cell: string | undefined;
  /** JupyterLab shows the type of a variable in place of its value, where there is one. */
  #showsTypesAlone = false;
  #isHeld = true;
  #wantsPause = false;
  #frames = 0;
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
    this.#cell = cell;
  }

  letGo(): void {
    this.#isHeld = false;
    this.#skipPauses(true);
    if (this.#pause) this.#go("resume").catch(() => {});
  }

  hold(): void {
    this.#isHeld = true;
    this.#skipPauses(false);
  }

  /** Not waited for: the thread may be outside JavaScript, and does these things in order when it comes back. */
  #skipPauses(skip: boolean): void {
    this.#inspector?.send("Debugger.setSkipAllPauses", { skip }).catch(() => {});
  }

  close(): void {
    const inspector = this.#inspector;
    this.#inspector = this.#values = this.#pause = this.#step = undefined;
    this.#set.clear();
    this.#resolved.clear();
    this.#scripts.clear();
    inspector?.close();
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
        await this.#opened.send("Debugger.setPauseOnExceptions", { state: isAll ? "all" : "none" });
        return {};
      }
      case "pause":
        this.#wantsPause = true;
        await this.#opened.send("Debugger.pause");
        return {};
      case "continue":
        await this.#resume();
        return { allThreadsContinued: true };
      case "next":
        await this.#startStep("stepOver");
        return {};
      case "stepIn":
        await this.#startStep("stepInto");
        return {};
      case "stepOut":
        await this.#startStep("stepOut");
        return {};
      case "stackTrace":
        return this.#stackTrace();
      case "scopes":
        return { scopes: await this.#scopes(this.#frame(given.frameId)) };
      case "variables":
        return {
          variables: this.#shown((await this.#values?.parts(Number(given.variablesReference))) ?? []),
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

  get #opened(): Inspector {
    if (!this.#inspector) throw new Error("The debugger is not attached yet.");
    return this.#inspector;
  }

  #info(): Json {
    return {
      isStarted: this.#inspector !== undefined,
      hashMethod: "Murmur2",
      hashSeed: HASH_SEED,
      tmpFilePrefix: this.#sources.prefix,
      tmpFileSuffix: CELL_SUFFIX,
      breakpoints: [...this.#breakpoints].map(([source, breakpoints]) => ({ source, breakpoints })),
      stoppedThreads: this.#pause ? [THREAD] : [],
      richRendering: true,
      exceptionPaths: [],
      copyToGlobals: false,
    };
  }

  async #attach(): Promise<Json> {
    if (this.#inspector) return {};
    const inspector = (this.#inspector = new Inspector());
    this.#values = new Values(inspector);
    inspector.onParsed(({ scriptId, url }) => void this.#scripts.set(scriptId, nameAt(url)));
    inspector.onPaused((pause) => {
      this.#paused(pause).catch(() => this.#go("resume").catch(() => {}));
    });
    inspector.onResolved((found) => this.#found(found));
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
    if (!this.#inspector) return;
    if (this.#pause) await this.#resume();
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
    const wanted = (Array.isArray(given) ? (given as Json[]) : [])
      .filter(({ line }) => Number.isInteger(line) && (line as number) >= 1)
      .map(({ line, condition }): Breakpoint => ({
        line: line as number,
        ...(typeof condition === "string" && condition !== "" && { condition }),
      }));
    if (wanted.length > 0) this.#breakpoints.set(path, wanted);
    else this.#breakpoints.delete(path);
    await this.#apply(path);
    const lines = (this.#breakpoints.get(path) ?? []).map(({ line }) => line);
    return { breakpoints: lines.map((line) => ({ verified: true, line, source: { path } })) };
  }

  /** Sets the breakpoints of a path in V8, where it has code for it. One on a line without code moves to the next. */
  async #apply(path: string, names = this.#sources.namesOf(path)): Promise<void> {
    const inspector = this.#inspector;
    if (!inspector) return;
    for (const name of names) {
      for (const breakpointId of this.#set.get(name) ?? []) {
        this.#resolved.delete(breakpointId);
        await inspector.send("Debugger.removeBreakpoint", { breakpointId });
      }
      const set: string[] = [];
      const moved: Breakpoint[] = [];
      for (const one of this.#breakpoints.get(path) ?? []) {
        const place = this.#sources.generated(name, one.line);
        if (!place || moved.some(({ line }) => line === place.original)) continue;
        const { condition = "" } = one;
        const at = { url: urlOf(name), lineNumber: place.line - 1, columnNumber: place.column, condition };
        const answer = await inspector
          .send<Debugger.SetBreakpointByUrlReturnType>("Debugger.setBreakpointByUrl", at)
          .catch(() => undefined);
        if (!answer) continue;
        set.push(answer.breakpointId);
        this.#resolved.set(answer.breakpointId, { path, line: place.original });
        moved.push({ ...one, line: place.original });
      }
      this.#set.set(name, set);
      if (this.#breakpoints.has(path)) this.#breakpoints.set(path, moved);
    }
  }

  /** V8 has found a place for a breakpoint, which may be a later line. */
  #found({ breakpointId, location }: Debugger.BreakpointResolvedEventDataType): void {
    const wanted = this.#resolved.get(breakpointId);
    const at = this.#original(location);
    if (!wanted || !at || at.line === wanted.line) return;
    const all = this.#breakpoints.get(wanted.path) ?? [];
    const isTaken = all.some(({ line }) => line === at.line);
    const moved = all.flatMap((one) => {
      if (one.line !== wanted.line) return [one];
      return isTaken ? [] : [{ ...one, line: at.line }];
    });
    this.#breakpoints.set(wanted.path, moved);
    this.#resolved.set(breakpointId, { ...wanted, line: at.line });
  }

  /** The user's place for a location in V8. */
  #original({ scriptId, lineNumber, columnNumber = 0 }: Debugger.Location): Position | undefined {
    const name = this.#scripts.get(scriptId) ?? "";
    return this.#sources.original(name, { line: lineNumber + 1, column: columnNumber });
  }

  async #paused(pause: Debugger.PausedEventDataType): Promise<void> {
    const calls = pause.callFrames;
    const top = calls[0];
    const place = top && this.#place(top);
    const step = this.#step;
    const isHit = (pause.hitBreakpoints?.length ?? 0) > 0;
    const isError = pause.reason === "exception" || pause.reason === "promiseRejection";
    if (!this.#isHeld) return this.#go("resume");
    if (step && !isHit && !isError) {
      // The cell in which it began has ended: it stops in no other.
      if (step.cell !== this.#cell) return this.#go("resume");
      const here = place && `${place.path}:${place.at.line}:${calls.length}`;
      if ((here === undefined || here === step.from) && step.left-- > 0)
        return this.#go(step.kind === "stepOut" ? "stepOver" : step.kind);
    }
    const frames = calls.flatMap((call) => {
      const found = this.#place(call);
      return found ? [{ id: ++this.#frames, name: nameOf(call, found.isCell), call, ...found }] : [];
    });
    if (frames.length === 0) return this.#go("resume");
    const reason = isHit
      ? "breakpoint"
      : isError
        ? "exception"
        : step
          ? "step"
          : this.#wantsPause
            ? "pause"
            : "breakpoint";
    this.#step = undefined;
    this.#wantsPause = false;
    this.#pause = { frames, depth: calls.length };
    const thrown = pause.data as Runtime.RemoteObject | undefined;
    const text = isError && thrown ? { text: textOf(thrown) } : {};
    this.#emit("stopped", { reason, threadId: THREAD, allThreadsStopped: true, ...text });
  }

  /** Where a call is in the user's code; undefined in other code, and in what the compiler has added. */
  #place({ location }: Debugger.CallFrame): { path: string; at: Position; isCell: boolean } | undefined {
    const name = this.#scripts.get(location.scriptId) ?? "";
    const path = this.#sources.pathOf(name);
    const at = this.#original(location);
    return path !== undefined && at ? { path, at, isCell: path !== name } : undefined;
  }

  async #resume(): Promise<void> {
    if (!this.#pause) throw new Error("Nothing is stopped.");
    this.#step = undefined;
    this.#emit("continued", { threadId: THREAD, allThreadsContinued: true });
    await this.#go("resume");
  }

  async #startStep(kind: StepKind): Promise<void> {
    const [frame] = this.#pause?.frames ?? [];
    if (!frame) throw new Error("Nothing is stopped.");
    const depth = this.#pause?.depth;
    const from = kind === "stepOut" ? "" : `${frame.path}:${frame.at.line}:${depth}`;
    this.#step = { kind, from, cell: this.#cell, left: STEPS };
    this.#emit("continued", { threadId: THREAD, allThreadsContinued: true });
    await this.#go(kind);
  }

  async #go(how: "resume" | StepKind): Promise<void> {
    this.#pause = undefined;
    this.#values?.clear();
    await this.#inspector?.send(`Debugger.${how}`);
  }

  #stackTrace(): Json {
    const frames = this.#pause?.frames ?? [];
    return {
      stackFrames: frames.map(({ id, name, path, at }) => ({
        id,
        name,
        source: { name: basename(path), path },
        line: at.line,
        column: at.column + 1,
      })),
      totalFrames: frames.length,
    };
  }

  #frame(id: unknown): Frame {
    const found = this.#pause?.frames.find((one) => one.id === id);
    if (!found) throw new Error("There is no such call any more: the cell went on.");
    return found;
  }

  async #scopes({ call }: Frame): Promise<Json[]> {
    const values = this.#values;
    if (!values) return [];
    const own: Runtime.RemoteObject[] = [];
    const around: Runtime.RemoteObject[] = [];
    let isOwn = true;
    for (const { type, object } of call.scopeChain) {
      if (type === "global" || type === "script") continue;
      (isOwn && type !== "closure" ? own : around).push(object);
      if (type === "local" || type === "closure") isOwn = false;
    }
    const cells = await this.#cells();
    const groups = [
      ["Locals", own],
      ["Closure", around],
      ["Notebook", cells ? [cells] : []],
    ] as const;
    return groups
      .filter(([, objects]) => objects.length > 0)
      .map(([name, objects]) => ({ name, variablesReference: values.scope(objects), expensive: false }));
  }

  /** The variables of the cells as they are now; one object. */
  async #cells(): Promise<Runtime.RemoteObject | undefined> {
    const inspector = this.#inspector;
    const { result } =
      (await inspector?.send<Runtime.EvaluateReturnType>("Runtime.evaluate", { expression: CELLS })) ?? {};
    if (!inspector || result?.objectId === undefined) return undefined;
    return inspector.call(result.objectId, SNAPSHOT);
  }

  async #evaluate(expression: string, frameId: unknown): Promise<Json> {
    const inspector = this.#opened;
    const frame = this.#pause ? this.#frame(frameId ?? this.#pause.frames[0]?.id) : undefined;
    const code = await this.#withCells(expression, frame);
    const { result, exceptionDetails } = frame
      ? await inspector.send<Debugger.EvaluateOnCallFrameReturnType>("Debugger.evaluateOnCallFrame", {
          callFrameId: frame.call.callFrameId,
          expression: code,
          generatePreview: true,
        })
      : await inspector.send<Runtime.EvaluateReturnType>("Runtime.evaluate", {
          expression: code,
          generatePreview: true,
        });
    if (exceptionDetails) {
      const { exception, text } = exceptionDetails;
      throw new Error((exception?.description ?? text).split("\n", 1)[0]);
    }
    const { value, type, variablesReference } = this.#values!.variable("", result);
    return { result: value, type, variablesReference };
  }

  /** An expression that sees the variables of other cells, which the frame does not have under their names. */
  async #withCells(expression: string, frame: Frame | undefined): Promise<string> {
    const cells = await this.#cells();
    if (!cells) return expression;
    const names = new Set(await this.#names(cells));
    for (const { type, object } of frame?.call.scopeChain ?? [])
      if (type !== "global" && type !== "script")
        for (const own of await this.#names(object)) names.delete(own);
    const assigned =
      /^\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?=(?![=>])/u.exec(
        expression,
      )?.[1];
    const used = (expression.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? []).filter((one) =>
      names.has(one),
    );
    const isAssigned = assigned !== undefined && names.has(assigned);
    const target = isAssigned ? expression.replace(assigned, () => `${CELLS}.${assigned}`) : expression;
    // The name that is assigned to has been replaced once.
    if (isAssigned) used.splice(used.indexOf(assigned), 1);
    const others = [...new Set(used)];
    if (others.length === 0) return target;
    return `((${others.join(", ")}) => (${target}\n))(${others.map((name) => `${CELLS}.${name}`).join(", ")})`;
  }

  async #names({ objectId }: Runtime.RemoteObject): Promise<string[]> {
    if (objectId === undefined) return [];
    const { result } = await this.#opened.send<Runtime.GetPropertiesReturnType>("Runtime.getProperties", {
      objectId,
      ownProperties: true,
    });
    return result.map(({ name }) => name);
  }

  #shown(variables: readonly Variable[]): Json[] {
    return variables.map(({ type, ...rest }) => (this.#showsTypesAlone ? rest : { ...rest, type }));
  }

  async #inspectVariables(): Promise<Variable[]> {
    const cells = await this.#cells();
    if (!cells || !this.#values)
      return ((await this.#kernel.variables()) ?? [])
        .filter(({ kind }) => kind === "value")
        .map(({ name, text }) => ({
          name,
          value: text,
          type: "",
          variablesReference: 0,
          evaluateName: name,
        }));
    const variables = await this.#values.parts(this.#values.scope([cells]));
    return variables.filter(({ type }) => type !== "Function");
  }

  /** A value as a cell would show it; while the thread is stopped, as text. */
  async #richVariable(name: string, frameId: unknown): Promise<Json> {
    if (this.#pause) {
      const { result } = await this.#evaluate(name, frameId);
      return { data: { "text/plain": result }, metadata: {} };
    }
    return this.#kernel.show(name);
  }

  #emit(event: string, body: Json = {}): void {
    this.#kernel.event({ type: "event", seq: ++this.#seq, event, body });
  }
}

/** The inspector writes the path of a file as an address. */
function urlOf(name: string): string {
  return isAbsolute(name) ? pathToFileURL(name).href : name;
}

function nameAt(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}

function pathOf({ source }: Json): string {
  const path = typeof source === "object" && source !== null && "path" in source ? source.path : undefined;
  if (typeof path !== "string") throw new Error("The request names no source.");
  return path;
}

/** A function's name; the cell's own code and a module's have none. */
function nameOf({ functionName }: Debugger.CallFrame, isCell: boolean): string {
  return functionName || (isCell ? "cell" : "module");
}
