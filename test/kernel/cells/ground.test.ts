/**
 * A program cannot pull the kernel's ground away: whatever a cell replaces or deletes, it is answered, its late errors
 * are reported, the next cell runs, and an interrupt works.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Ground } from "../../../kernel/cells/ground.js";
import { TestKernel, flagsOf, needsBuild, testNodes } from "../support/jupyter.js";

describe("the ground", () => {
  it("is the kernel's own while it stands, and the cells' when it is yielded", () => {
    const { parse } = JSON;
    const ground = new Ground();
    const theirs = (): number => 5;
    const methods = Array.prototype as { flat?: unknown };
    const { flat } = methods;
    JSON.parse = theirs;
    delete methods.flat;
    ground.stand();
    expect([JSON.parse, methods.flat]).toEqual([parse, flat]);
    ground.yield();
    expect([JSON.parse, "flat" in methods]).toEqual([theirs, false]);
    ground.stand();
    ground.stand();
    expect([JSON.parse, methods.flat]).toEqual([parse, flat]);
  });

  it("leaves alone what cells add", () => {
    const ground = new Ground();
    const numbers = BigInt.prototype as { toJSON?: unknown };
    numbers.toJSON = String;
    ground.stand();
    expect(numbers.toJSON).toBe(String);
    delete numbers.toJSON;
  });
});

describe("what a cell changes so that it could not be changed back", () => {
  const ground = new Ground();
  afterEach(() => ground.stand());
  const theirs = (): number => 5;
  const methods = Array.prototype as unknown as Record<string, unknown>;
  const { flat } = methods;

  it.each<[string, () => void]>([
    ["an accessor", () => Object.defineProperty(methods, "flat", { get: () => theirs, configurable: true })],
    ["a final value", () => Object.defineProperty(methods, "flat", { value: theirs, writable: false })],
    [
      "asked to be final",
      () => Object.defineProperty(methods, "flat", { value: theirs, configurable: false }),
    ],
    ["by defineProperties", () => Object.defineProperties(methods, { flat: { get: theirs } })],
    ["by Reflect", () => void Reflect.defineProperty(methods, "flat", { get: theirs, configurable: false })],
    ["deleted", () => void delete methods["flat"]],
  ])("is its own again while the kernel's code runs: a method, %s", (_, change) => {
    ground.yield();
    change();
    ground.stand();
    expect([methods["flat"], Reflect.getOwnPropertyDescriptor(methods, "flat")!.writable]).toEqual([
      flat,
      true,
    ]);
    ground.yield();
    expect(methods["flat"]).not.toBe(flat);
    ground.stand();
    ground.yield();
    Object.defineProperty(methods, "flat", { value: flat, writable: true });
  });

  it("is gone and comes back: what is added to all objects and arrays, and what they inherit", () => {
    const all = Object.prototype as unknown as Record<PropertyKey, unknown>;
    ground.yield();
    Object.defineProperty(all, "then", { value: theirs });
    Object.defineProperty(all, "get", { value: theirs });
    Object.defineProperty(methods, 0, { set: theirs });
    Object.setPrototypeOf(Map.prototype, null);
    methods["last"] = theirs;
    ground.stand();
    const seen = ["then" in {}, "get" in {}, 0 in [], Object.getPrototypeOf(Map.prototype), methods["last"]];
    ground.yield();
    const theirsSeen = ["then" in {}, "get" in {}, 0 in [], Object.getPrototypeOf(Map.prototype) as unknown];
    delete all["then"];
    delete all["get"];
    delete methods[0];
    delete methods["last"];
    Object.setPrototypeOf(Map.prototype, Object.prototype);
    expect(seen).toEqual([false, false, false, Object.prototype, theirs]);
    expect(theirsSeen).toEqual([true, true, true, null]);
  });

  it("is refused where it is made final: frozen, sealed, or closed to additions", () => {
    ground.yield();
    methods["flat"] = theirs;
    for (const close of [Object.freeze, Object.seal, Object.preventExtensions, Reflect.preventExtensions])
      expect(() => void close(Array.prototype)).toThrow(
        "a cell has changed Array.prototype, which the kernel uses too",
      );
    methods["flat"] = flat;
    const { preventExtensions } = Reflect;
    const own = { a: 1 };
    expect([Object.isFrozen(Object.freeze(own)), preventExtensions(own)]).toEqual([true, true]);
    expect(() => Object.defineProperty(own, "a", { value: 2 })).toThrow("Cannot redefine property: a");
    expect(Object.isExtensible(Object.preventExtensions({}))).toBe(false);
  });

  it("is kept through code of the kernel in the middle of a cell, unless the cell is over then", () => {
    ground.yield();
    methods["flat"] = theirs;
    expect(ground.during(() => methods["flat"])).toBe(flat);
    ground.settle();
    expect(methods["flat"]).toBe(theirs);
    ground.during(() => ground.stand());
    expect(methods["flat"]).toBe(flat);
    ground.yield();
    methods["flat"] = flat;
  });
});

const no = "(() => { throw new Error('no') }) as any";

describe.each(testNodes)("in a kernel on %s", (node) => {
  let kernel: TestKernel;
  beforeAll(async () => {
    needsBuild();
    kernel = await TestKernel.start({ transport: "pipe", node, nodeFlags: flagsOf(node) });
    await kernel.execute("1");
  });
  afterAll(() => kernel?.close());

  const stands = async (): Promise<void> => {
    const { result, stdout } = await kernel.execute(
      'display({ "text/plain": "shown" }); console.log("on"); [1, 2].map((n) => n + 1)',
    );
    expect([result, stdout]).toEqual(["[ 2, 3 ]", "on\n"]);
    const { begun, ended } = kernel.begin('console.log("in a loop"); for (;;);', { sign: "in a loop" });
    await begun;
    await kernel.request("control", "interrupt_request");
    expect((await ended).reply["ename"]).toBe("KeyboardInterrupt");
  };

  it.each([
    ["all listeners", "process.removeAllListeners()"],
    [
      "the listeners of uncaught errors",
      'process.removeAllListeners("uncaughtException").removeAllListeners("unhandledRejection")',
    ],
    [
      "each listener",
      'for (const one of process.listeners("uncaughtException")) process.off("uncaughtException", one as any)',
    ],
    ["the listeners of SIGINT", 'process.removeAllListeners("SIGINT")'],
    [
      "their calls, by a catch for all errors that fails itself,",
      `process.setUncaughtExceptionCaptureCallback(${no}); setTimeout(() => process.setUncaughtExceptionCaptureCallback(null), 20)`,
    ],
  ])("a cell that removes %s does not lose the variables with its next late error", async (_, code) => {
    await kernel.execute("var kept = 7");
    await kernel.execute(
      `${code}; setTimeout(() => { throw new Error("late") }, 5); void Promise.reject(new Error("lost")); await new Promise((r) => setTimeout(r, 30))`,
    );
    process.kill(kernel.process.pid!, "SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await kernel.execute("kept")).result).toBe("7");
  });

  it.each(
    [
      "Promise",
      "Symbol",
      "JSON",
      "Object",
      "Array",
      "String",
      "Map",
      "Set",
      "WeakMap",
      "Error",
      "Reflect",
      "RegExp",
      "Function",
      "Date",
      "Math",
      "Number",
      "process",
      "Buffer",
      "Uint8Array",
      "TextDecoder",
      "AbortController",
      "performance",
      "queueMicrotask",
      "setTimeout",
      "setImmediate",
      "clearTimeout",
      "MessagePort",
      "structuredClone",
      "console",
      "globalThis",
    ].flatMap((name) => [
      [`${name} taken away`, `(globalThis as any).${name} = undefined`],
      [`${name} that throws`, `(globalThis as any).${name} = ${no}`],
    ]),
  )("stands: %s", async (_, code) => {
    const name = /as any\)\.(\w+)/.exec(code)![1]!;
    await kernel.execute(`var own = (globalThis as any).${name}, world = globalThis; void 0`);
    await kernel.execute(code);
    await kernel.execute(`(world as any).${name} = own; void 0`);
    await stands();
  });

  it.each([
    ["Array.prototype"],
    ["Object.prototype"],
    ["String.prototype"],
    ["Promise.prototype"],
    ["Function.prototype"],
    ["Map.prototype"],
    ["Set.prototype"],
    ["RegExp.prototype"],
    ["Promise"],
    ["Object"],
    ["JSON"],
    ["Reflect"],
    ["Object.getPrototypeOf([][Symbol.iterator]())"],
    ["Object.getPrototypeOf(new Map()[Symbol.iterator]())"],
    ["Object.getPrototypeOf(Uint8Array.prototype)"],
  ])("stands without a method of %s that works", async (owner) => {
    const replaced = `{ const owner: any = ${owner}; const own = Object.getOwnPropertyNames(owner).filter((name) => name !== "constructor" && typeof Object.getOwnPropertyDescriptor(owner, name)!.value === "function"); const before = own.map((name) => owner[name]); (globalThis as any).undo = [owner, own, before]; for (let i = 0; i < own.length; i++) owner[own[i]!] = ${no}; }`;
    const { reply } = await kernel.execute(replaced);
    expect(reply["status"]).toMatch(/ok|error/);
    await kernel.execute(
      "for (let i = 0, u = (globalThis as any).undo; i < u[1].length; i++) u[0][u[1][i]] = u[2][i];",
    );
    await stands();
  });

  it.each(["Buffer", "JSON", "Array", "TextEncoder", "TextDecoder", "Promise", "Symbol"])(
    "what a cell prints while it has replaced %s is not lost",
    async (name) => {
      const { stdout, stderr } = await kernel.execute(
        `{ const world = globalThis as any; const own = world.${name}; world.${name} = 0; console.log("logged"); process.stdout.write("written"); console.error("warned"); world.${name} = own; }`,
      );
      expect([stdout, stderr]).toEqual(["logged\nwritten", "warned\n"]);
    },
  );

  it("what a cell replaces holds for later cells", async () => {
    await kernel.execute("var own = JSON.stringify; JSON.stringify = () => 'theirs'; void 0");
    expect((await kernel.execute("JSON.stringify(1)")).result).toBe("'theirs'");
    expect((await kernel.execute("await null; JSON.stringify(1)")).result).toBe("'theirs'");
    await kernel.execute("JSON.stringify = own; void 0");
    expect((await kernel.execute("JSON.stringify(1)")).result).toBe("'1'");
  });

  it("a cell that never ends on broken ground is interrupted", async () => {
    for (const code of [
      `Array.prototype.push = ${no}; Promise.prototype.then = ${no}; Function.prototype.apply = ${no}; for (;;);`,
      `(globalThis as any).Promise = undefined; await new (async () => {})().constructor(() => {})`,
      `JSON.parse = ${no}; Map.prototype.get = ${no}; await new Promise(() => {})`,
    ]) {
      const running = kernel.execute(
        `var undo2 = [Array.prototype.push, Promise.prototype.then, Function.prototype.apply, Promise, JSON.parse, Map.prototype.get]; ${code}`,
      );
      await new Promise((resolve) => setTimeout(resolve, 400));
      await kernel.request("control", "interrupt_request");
      expect((await running).reply["status"]).toBe("error");
      await kernel.execute(
        "Array.prototype.push = undo2[0] as any; Promise.prototype.then = undo2[1] as any; Function.prototype.apply = undo2[2] as any; (globalThis as any).Promise = undo2[3]; JSON.parse = undo2[4] as any; Map.prototype.get = undo2[5] as any; void 0",
      );
      await stands();
    }
  });

  it.each([
    [
      "the way in which stacks are prepared is a loop",
      'Object.defineProperty(Error, "prepareStackTrace", { value: () => { for (;;); }, writable: false, configurable: true })',
      "delete (Error as any).prepareStackTrace",
    ],
    [
      "what `await` asks every promise throws",
      `Object.defineProperty(Promise.prototype, "constructor", { get: ${no}, configurable: true })`,
      'Object.defineProperty(Promise.prototype, "constructor", { value: Promise, writable: true })',
    ],
    [
      "the clocks throw",
      `performance.now = ${no}; process.hrtime.bigint = ${no}; Date.now = ${no}; void 0`,
      "delete (performance as any).now; process.hrtime.bigint = clocks[0]; Date.now = clocks[1]; void 0",
    ],
  ])("a cell is interrupted though %s", async (_, breaks, mends) => {
    await kernel.execute("var clocks: any[] = [process.hrtime.bigint, Date.now]");
    await kernel.execute(breaks);
    const running = kernel.execute("for (;;);");
    await new Promise((resolve) => setTimeout(resolve, 400));
    await kernel.request("control", "interrupt_request");
    expect((await running).reply["ename"]).toBe("KeyboardInterrupt");
    await kernel.execute(mends);
    await stands();
  });

  it("what a cell does to the streams is its own affair", async () => {
    await kernel.execute(
      "var write = process.stdout.write; process.stdout.write = (() => true) as any; void 0",
    );
    expect((await kernel.execute("console.log('unheard'); 5")).result).toBe("5");
    await kernel.execute("process.stdout.write = write; void 0");
    await stands();
  });
});

it("cells that break what every cell uses are answered, and so is a plain cell after each", async () => {
  const kernel = await TestKernel.start({ transport: "pipe" });
  try {
    const { reply } = await kernel.execute("const value = 7");
    expect(reply["status"]).toBe("ok");
    const broken = [
      "const g: any = globalThis; g.setTimeout = g.setImmediate = g.queueMicrotask = g.clearTimeout = null;",
      `Object.defineProperty = ${no};`,
      `(Array.prototype as any)[Symbol.iterator] = ${no}; (Array.prototype as any).push = ${no};`,
      `(Promise.prototype as any).then = ${no}; (Promise.prototype as any).finally = ${no};`,
      "const all: any = Atomics; all.load = all.store = all.wait = all.notify = null;",
      `Error.prepareStackTrace = ${no}; (Error as any).captureStackTrace = null;`,
      "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = null as any;",
      "(globalThis as any).console = (globalThis as any).process = undefined;",
    ];
    for (const code of broken) {
      expect([code, (await kernel.execute(code)).reply["evalue"]]).toEqual([code, undefined]);
      const next = await kernel.execute("const again = value + 1; again");
      expect([code, next.result ?? next.reply["evalue"]]).toEqual([code, "8"]);
    }
    expect((await kernel.execute("throw new RangeError('still told')")).reply["ename"]).toBe("RangeError");
  } finally {
    await kernel.close();
  }
});

it("cells that break what no cell calls by name are answered, and so is a plain cell after each", async () => {
  const kernel = await TestKernel.start({ transport: "pipe" });
  const world = "(Object.getPrototypeOf(Object.getPrototypeOf(process)) as any)";
  try {
    await kernel.execute("const value = 7");
    for (const code of [
      `process.on("uncaughtException", ${no}); setTimeout(${no}, 5); await null;`,
      "(Object.prototype as any).then = () => {};",
      "(Object.prototype as any).get = (Object.prototype as any).toJSON = () => 1;",
      `Object.defineProperty(Array.prototype, 0, { set: ${no} });`,
      `Object.setPrototypeOf(Array.prototype, new Proxy({}, { get: ${no}, has: ${no} }));`,
      `Object.setPrototypeOf(Function.prototype, null);`,
      `Object.defineProperty(Array.prototype, "push", { configurable: true, get() { for (;;); } });`,
      `for (const C of [Map, Set]) Object.defineProperty(C.prototype, "size", { configurable: true, get: ${no} });`,
      `for (const C of [Array, Promise]) Object.defineProperty(C, Symbol.species, { configurable: true, get: ${no} });`,
      `${world}.emit = ${no};`,
      `process.emit = process.nextTick = ${no};`,
      `MessagePort.prototype.postMessage = EventTarget.prototype.dispatchEvent = ${no};`,
      `setTimeout(() => { (Array.prototype as any)[Symbol.iterator] = (Promise.prototype as any).then = Map.prototype.get = ${no}; }, 5); await null;`,
      `Object.defineProperty(Object.prototype, "value", { get: ${no} });`,
    ]) {
      const { reply } = await kernel.execute(code);
      expect([code, reply["ename"]]).toEqual([code, undefined]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const next = await kernel.execute("const again = value + 1; again");
      expect([code, next.result ?? next.reply["evalue"]]).toEqual([code, "8"]);
    }
    expect((await kernel.execute("Object.freeze(Array.prototype)")).reply["evalue"]).toContain(
      "It can be made final only as it was",
    );
    expect((await kernel.execute("process.abort()")).reply["ename"]).toBe("ExitError");
    const running = kernel.execute("for (;;);");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await kernel.request("control", "interrupt_request");
    expect((await running).reply["ename"]).toBe("KeyboardInterrupt");
  } finally {
    await kernel.close();
  }
});
