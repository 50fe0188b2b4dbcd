/** Processes that compete in a bench: how they are started, asked and compared. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const here = fileURLToPath(new URL(".", import.meta.url));
export const peers = `${here}peers`;
/** The system's, which sees Debian's packages, or the one whose PyTorch and NumPy are to compete. */
export const python = process.env.CHAINRULE_PYTHON ?? "/usr/bin/python3";
/** glibc gives large blocks back to the system after each step and asks for them again; with these it does not. */
const keepMemory = {
  MALLOC_MMAP_THRESHOLD_: "1000000000",
  MALLOC_TRIM_THRESHOLD_: "4000000000",
  MALLOC_TOP_PAD_: "268435456",
  MALLOC_ARENA_MAX: "1",
};

export const node = (script, environment = {}, ...args) => [
  process.execPath,
  [here + script, ...args],
  environment,
];
export const torch = (threads, kind, description) => [
  python,
  [`${here}worker-torch.py`, `${threads}`, kind, description],
  kind === "best" ? keepMemory : {},
];
/** A contender's process; `ask` sends a question and resolves with the answer. */
export function start([command, args, environment]) {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "ignore"],
  });
  let [buffer, answered] = ["", undefined];
  const settle = (answer) => {
    answered?.(answer);
    answered = undefined;
  };
  child.stdout.on("data", (data) => {
    buffer += data;
    for (let end = buffer.indexOf("\n"); end >= 0; end = buffer.indexOf("\n")) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 1);
      if (line.startsWith("@")) settle(JSON.parse(line.slice(1)));
    }
  });
  let ended = false;
  child.on("exit", (code) => {
    ended = true;
    settle({ error: `it ended with code ${code}` });
  });
  child.stdin.on("error", () => undefined);
  return {
    child,
    ask: (question) =>
      ended
        ? Promise.resolve({ error: "it has ended" })
        : new Promise((resolve) => {
            answered = resolve;
            child.stdin.write(`${JSON.stringify(question)}\n`);
          }),
  };
}

export const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
/** The contender whose median is the highest: a peer at its best. */
export const fastest = (rates, names) =>
  names
    .filter((name) => rates[name]?.length)
    .toSorted((a, b) => median(rates[b]) - median(rates[a]))
    .at(0);

/** Rates by another's rates of the same rounds, so that a machine that slows down slows both. */
export const ratios = (own, others) => own.map((rate, round) => rate / others[round]).filter(Number.isFinite);

export const shuffled = (items) =>
  items
    .map((item) => [Math.random(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
