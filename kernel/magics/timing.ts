/** `%time` and `%timeit`: how long code takes. */
import { processorTime } from "#host/program";
import type { KernelCall, Magic } from "./magic.js";

export const TIMING: readonly Magic[] = [
  {
    name: "time",
    usage: ["%time EXPRESSION", "%%time above a cell"],
    summary: "runs code once and says how long it took, by the clock and in processor time",
    details: "The code's variables and its value stay.",
    run: time,
  },
  {
    name: "timeit",
    usage: ["%timeit [-n LOOPS] [-r RUNS] STATEMENT", "%%timeit [-n LOOPS] [-r RUNS] [SETUP] above a cell"],
    summary: "runs code many times and says how long it takes on average, with the standard deviation",
    details:
      "Without -n, a run has as many loops as take a tenth of a second; there are 7 runs. SETUP is run once and not timed. Nothing that the code declares stays.",
    run: timeit,
  },
];

async function time(call: KernelCall): Promise<unknown> {
  const before = processorTime();
  const start = performance.now();
  const value = await call.run(call.body ?? call.argument);
  const wall = performance.now() - start;
  const after = processorTime();
  const used = before === undefined || after === undefined ? "" : `, CPU: ${duration(after - before)}`;
  call.print(`Wall time: ${duration(wall)}${used}\n`);
  return value;
}

/** How many runs `%timeit` makes, and the least milliseconds of a run. */
const RUNS = 7;
const RUN_TIME = 100;

/** The options before the code, and the code. @throws Error for a count that is none */
function optionsOf(argument: string): { loops: number | undefined; runs: number; rest: string } {
  let [loops, runs, rest]: [number | undefined, number, string] = [undefined, RUNS, argument];
  for (let found; (found = /^-([nr])\s*(\S+)\s*([^]*)$/.exec(rest));) {
    const [, letter, text, after] = found as unknown as [string, string, string, string];
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1)
      throw new Error(
        `%timeit -${letter} must be followed by a whole number from 1 on, and is followed by ${text}.`,
      );
    if (letter === "n") loops = count;
    else runs = count;
    rest = after;
  }
  return { loops, runs, rest };
}

async function timeit(call: KernelCall): Promise<void> {
  const { loops, runs, rest } = optionsOf(call.argument);
  const code = call.body ?? rest;
  if (!code.trim()) throw new Error("%timeit needs code to time: %timeit Math.sqrt(2)");
  const setup = call.body === undefined ? "" : rest;
  const isAsync = /\bawait\b/.test(code);
  const head = isAsync ? "async () => {" : "() => {";
  // An expression's value is used, so that it is not optimised away.
  const isExpression = call.body === undefined && !/;|^\s*(?:for|while|if|const|let|var)\b/.test(code);
  const timed = `${head} ${isExpression ? `return ${code}` : code}\n}`;
  const isLate = /\bawait\b/.test(setup);
  const once = (await call.run(
    setup ? `${isLate ? "await (async " : "("}() => { ${setup}\nreturn ${timed} })()` : `(${timed})`,
  )) as () => unknown;
  const sink: unknown[] = [undefined];
  const loop = async (count: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < count; i++) sink[0] = isAsync ? await once() : once();
    return performance.now() - start;
  };
  let count = loops ?? 1;
  if (loops === undefined) while ((await loop(count)) < RUN_TIME && count < 1e9) count *= 2;
  const times: number[] = [];
  for (let i = 0; i < runs; i++) times.push((await loop(count)) / count);
  const mean = times.reduce((a, b) => a + b) / runs;
  const deviation = Math.sqrt(times.reduce((sum, one) => sum + (one - mean) ** 2, 0) / runs);
  call.print(
    `${duration(mean)} ± ${duration(deviation)} a loop (${runs} runs of ${count.toLocaleString("en")})\n`,
  );
}

/** Milliseconds in the unit that suits them. */
export function duration(ms: number): string {
  const units: [string, number][] = [
    ["s", 1000],
    ["ms", 1],
    ["µs", 1e-3],
    ["ns", 1e-6],
  ];
  const [unit, size] = units.find(([, size]) => ms >= size) ?? ["ns", 1e-6];
  return `${Number((ms / size).toPrecision(3))} ${unit}`;
}
