/**
 * Nothing that a cell throws, returns, shows or prints may wedge the kernel. A table of values that throw at every
 * touch, each in every way out of a cell: there is always a reply and an idle, a value that was computed is an ok with
 * some text, and the next cell runs.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Json } from "../../../kernel/jupyter/protocol.js";
import type { Executed } from "../support/jupyter.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";

let kernel: TestKernel;
beforeAll(async () => {
  needsBuild();
  kernel = await TestKernel.start({ transport: "pipe" });
  const { reply } = await kernel.execute(VALUES);
  expect(reply["evalue"]).toBeUndefined();
  const { stdout } = await kernel.execute("console.log(JSON.stringify(Object.keys(make)))");
  names.push(...(JSON.parse(stdout) as string[]));
});
afterAll(() => kernel?.close());

/** The names of the values, as the kernel has them. */
const names: string[] = [];

/** A cell that makes `make`: functions that make hostile values, by a name that says what is hostile. */
const VALUES = String.raw`
const no = (): never => { throw new Error("no"); };
const WORDS = ["name", "message", "stack", "cause", "errors", "toString", "toJSON", "constructor", "then", "length", "$display", "$schema", "shape"];
const SYMBOLS = [
  Symbol.toPrimitive, Symbol.toStringTag, Symbol.iterator, Symbol.hasInstance,
  Symbol.for("nodejs.util.inspect.custom"), Symbol.for("Jupyter.displayMetadata"),
];
const KEYS: PropertyKey[] = [...WORDS, ...SYMBOLS];
const TRAPS = ["get", "has", "set", "getPrototypeOf", "ownKeys", "getOwnPropertyDescriptor", "isExtensible", "apply", "construct"];
const TARGETS: Record<string, () => any> = {
  object: () => ({ a: 1 }), error: () => new Error("target"), array: () => [{ a: 1 }], function: () => () => 1,
  map: () => new Map([[1, 2]]), promise: () => Promise.resolve(1), bytes: () => new Float64Array(200),
};
const strict = (target: object): any => new Proxy(target, Object.fromEntries(TRAPS.map((trap) => [trap, no])));
const revoked = (target: object): any => { const { proxy, revoke } = Proxy.revocable(target, {}); revoke(); return proxy; };
const defined = (target: any, key: PropertyKey, own: PropertyDescriptor): any =>
  Object.defineProperty(target, key, { configurable: true, ...own });

const make: Record<string, () => any> = {};
for (const key of KEYS) {
  make["an error whose " + String(key) + " throws"] = () => defined(new Error("e"), key, { get: no });
  make["an error whose " + String(key) + " is a function that throws"] = () => defined(new Error("e"), key, { value: no });
  make["an object whose " + String(key) + " throws"] = () => defined({ stack: "s" }, key, { get: no });
}
for (const word of ["name", "message", "stack", "cause", "errors", "toString"])
  for (const [what, value] of Object.entries({ symbol: Symbol("s"), bigint: 5n, null: null, object: Object.create(null), proxy: revoked({}) }))
    make["an error whose " + word + " is a " + what] = () => defined(new Error("e"), word, { value });
for (const [what, target] of Object.entries(TARGETS)) {
  make["a strict proxy of " + what] = () => strict(target());
  make["a revoked proxy of " + what] = () => revoked(target());
  for (const trap of TRAPS.slice(0, 6)) make["a proxy of " + what + " whose " + trap + " throws"] = () => new Proxy(target(), { [trap]: no });
}
Object.assign(make, {
  "an error that is its own cause": () => { const e: any = new Error("e"); e.cause = e; return e; },
  "an error with a thousand causes": () => { let e = new Error("0"); for (let i = 0; i < 1000; i++) e = new Error(String(i), { cause: e }); return e; },
  "an aggregate of hostile errors": () => new AggregateError([revoked({}), strict(new Error("s")), no, undefined], "all"),
  "an error with proxied errors": () => Object.assign(new Error("e"), { errors: strict([]) }),
  "an error of a class with a throwing toString": () => new (class extends Error { override toString(): string { throw new Error("no"); } })("e"),
  "an error with a message of 30 MB": () => new Error("x".repeat(3e7)),
  "an error with a name of 30 MB": () => Object.assign(new Error("e"), { name: "x".repeat(3e7) }),
  "an error without a prototype": () => Object.setPrototypeOf(new Error("e"), null),
  "a frozen error": () => Object.freeze(new Error("e")),
  "an object without a prototype": () => Object.create(null),
  "a symbol": () => Symbol("s"), "a bigint": () => 2n ** 70n, "null": () => null, "not a number": () => NaN,
  "a class": () => class Some { static get [Symbol.toStringTag](): string { return no(); } },
  "a text of 30 MB": () => "x".repeat(3e7),
  "a deep nest": () => { let o: any = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o; },
  "a deep nest of arrays": () => { let o: any = []; for (let i = 0; i < 1e5; i++) o = [o]; return o; },
  "a deep nest of proxies": () => { let o: any = {}; for (let i = 0; i < 1e4; i++) o = new Proxy(o, {}); return o; },
  "a circle": () => { const o: any = {}; o.o = o; return o; },
  "an array of four milliard holes": () => new Array(2 ** 32 - 1),
  "an array whose elements throw": () => { const a: any[] = [1, 2]; Object.defineProperty(a, 0, { get: no }); return a; },
  "records that are proxies": () => [strict({ a: 1 }), { a: 2 }],
  "records with hostile values": () => [{ a: revoked({}) }, { a: strict([]) }],
  "a map of hostile values": () => new Map([[strict({}), revoked([])]]),
  "a map whose iterator throws": () => defined(new Map([[1, 2]]), Symbol.iterator, { value: no }),
  "typed numbers of another constructor": () => defined(new Float64Array(500), "constructor", { get: no }),
  "a thenable that throws": () => ({ then: no }),
  "a bundle with a hostile content": () => ({ "text/plain": revoked({}) }),
  "a promise whose then throws": () => defined(Promise.resolve(1), "then", { value: no }),
});
`;

/** The ways out of a cell; `V` stands for the value. A value that was computed is a success. */
const WAYS: Record<string, { code: string; isOk?: boolean; expression?: boolean }> = {
  thrown: { code: "throw V" },
  "thrown after an await": { code: "await null; throw V" },
  rejected: { code: "await Promise.reject(V)" },
  "a cause": { code: "throw new Error('outer', { cause: V })" },
  "one of several": { code: "throw new AggregateError([V, V])" },
  "thrown late": {
    code: "setTimeout(() => { throw V }, 0); await new Promise((r) => setTimeout(r, 5)); 1",
    isOk: true,
  },
  "rejected late": {
    code: "void (async () => { throw V })(); await new Promise((r) => setTimeout(r, 5)); 1",
    isOk: true,
  },
  "a result": { code: "({ value: V }).value" },
  "in a list": { code: "[V]", isOk: true },
  "in an object": { code: "({ a: V })", isOk: true },
  "in a map": { code: "new Map([['key', V]])", isOk: true },
  "in a record": { code: "[{ a: V }, { a: 1 }]", isOk: true },
  shown: { code: "display(V); 1" },
  "an update": { code: "display('first').update(V); 1" },
  "what shows": { code: "({ [Symbol.for('Jupyter.display')]: () => V })" },
  "what shows late": { code: "({ [Symbol.for('Jupyter.display')]: async () => V })" },
  "what describes": {
    code: "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'x' }), [Symbol.for('Jupyter.displayMetadata')]: () => V })",
  },
  "thrown by what shows": { code: "({ [Symbol.for('Jupyter.display')]: () => { throw V } })" },
  "in metadata": { code: "display(1, { metadata: { a: V } }); 1" },
  printed: { code: "console.log(V); 1" },
  "printed as an error": { code: "console.error('%s %o %d', V, V, V); 1" },
  "in a table": { code: "console.table([{ a: V }]); 1" },
  "a variable": { code: "var v: any = V;\n%whos\n1" },
  timed: { code: "%time V" },
  "an expression": { code: "1", isOk: true, expression: true },
};

/** Executes cells, all of which must end. */
async function end(
  cells: readonly { code: string; expressions?: Record<string, string> }[],
): Promise<Executed[]> {
  const waiting = new Set(cells);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const [first] = waiting;
      reject(new Error(`no reply and no idle: ${first?.code}, and ${waiting.size - 1} more`));
    }, 120_000);
  });
  try {
    return await Promise.race([
      late,
      Promise.all(
        cells.map(async (one) => {
          const request = { user_expressions: one.expressions ?? {}, stop_on_error: false };
          const executed = await kernel.execute(one.code, request);
          waiting.delete(one);
          return executed;
        }),
      ),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

const ends = async (code: string): Promise<Executed> => (await end([{ code }]))[0]!;

const makes = (name: string): string => `make[${JSON.stringify(name)}]()`;

it("knows many values", () => expect(names.length).toBeGreaterThan(150));

it.each(Object.entries(WAYS))("%s, whatever the value", { timeout: 240_000 }, async (_, way) => {
  const cells = names.map((name) => ({
    code: way.code.replaceAll("V", makes(name)),
    ...(way.expression && { expressions: { e: makes(name) } }),
  }));
  const executed = await end(cells);
  const wrong = executed.flatMap(({ reply }, i) => {
    const { status, evalue, user_expressions: expressions } = reply;
    const isEnd = way.isOk ? status === "ok" : status === "ok" || status === "error";
    const isTold = !way.expression || typeof (expressions as { e?: Json }).e?.["status"] === "string";
    return isEnd && isTold ? [] : [`${names[i]}: ${String(status)} ${String(evalue)}`];
  });
  expect(wrong).toEqual([]);
  expect((await ends("'alive'")).result).toBe("'alive'");
});

it("a result is an ok with some text, whatever it is", async () => {
  // What has a method that shows it may fail in that.
  const shown = names.filter(
    (name) =>
      !/(?:\$display|displayMetadata\)) is a function/.test(name) &&
      name !== "a bundle with a hostile content",
  );
  const executed = await end(shown.map((name) => ({ code: `({ value: ${makes(name)} }).value` })));
  const wrong = executed.flatMap(({ reply, result, outputs }, i) => {
    const streams = outputs.filter((one) => one.header.msg_type === "stream");
    const isShown = reply["status"] === "ok" && typeof result === "string" && !streams.length;
    return isShown ? [] : [`${shown[i]}: ${String(reply["status"])} ${String(reply["evalue"])}`];
  });
  expect(wrong).toEqual([]);
});

it("an error is told by what can be read of it", async () => {
  const told = async (name: string): Promise<unknown[]> => {
    const { reply } = await ends(`throw make[${JSON.stringify(name)}]()`);
    const traceback = (reply["traceback"] as string[]).join("\n").replace(/\x1b\[\d+m/g, "");
    return [reply["ename"], String(reply["evalue"]).slice(0, 60), traceback.length < 400_000];
  };
  expect(await told("an error whose cause throws")).toEqual(["Error", "e", true]);
  expect(await told("an error whose message throws")).toEqual(["Error", "", true]);
  expect(await told("an error whose name is a symbol")).toEqual(["Symbol(s)", "e", true]);
  expect(await told("a revoked proxy of object")).toEqual(["Thrown", "<Revoked Proxy>", true]);
  expect(await told("a bigint")).toEqual(["Thrown", "1180591620717411303424n", true]);
  expect((await told("an error with a message of 30 MB"))[2]).toBe(true);
});

it("a getter that takes for ever is interrupted, wherever the kernel looks at it", async () => {
  const forever = "Object.defineProperty(new Error('e'), 'message', { get() { for (;;); } })";
  const ways = [
    `throw ${forever}`,
    `throw new Error('outer', { cause: ${forever} })`,
    "({ [Symbol.for('nodejs.util.inspect.custom')]: () => { for (;;); } })",
    "%timeit for (;;);",
  ];
  for (const code of ways) {
    const running = ends(code);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await kernel.request("control", "interrupt_request");
    expect((await running).reply["status"], code).toBe("error");
    expect((await ends("'alive'")).result).toBe("'alive'");
  }
  // The list of variables runs none of their code.
  const listed = await ends("const slow: any = { toJSON() { for (;;); }, get x() { for (;;); } };\n%whos");
  expect(listed.reply["status"]).toBe("ok");
});
