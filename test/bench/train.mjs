/**
 * How fast does training go, and against whom? One long-lived process a contender, all warm; then rounds in which
 * every contender, in shuffled order, trains for a moment while the others sleep. What is quoted is the median over
 * the rounds of a contender's rate divided by PyTorch's in the same round: a machine that slows down slows all of a
 * round down. Two ratios are printed, to stock PyTorch on one thread and to PyTorch at its best with as many threads;
 * the table at the end, each at the best of its settings and thread counts, is the one to quote. Energy is not measured.
 *
 *     node test/bench/train.mjs [--nets a,b,c,mlp,alexnet,tdnn] [--forward] [--only regex] [--rounds 7]
 *                               [--seconds 0.6] [--batch 64] [--json FILE]
 *
 * With --forward, networks only look at examples, and onnxruntime-node joins. CHAINRULE_PYTHON names another Python,
 * whose PyTorch (1.13 or 2.x) then competes. After `npm run build:native`, native routines compete too.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fastest, here, median, node, peers, python, ratios, shuffled, start, torch } from "./contender.mjs";
import { nets } from "./nets.mjs";

const { values: options } = parseArgs({
  options: {
    nets: { type: "string", default: "a,b,c,mlp,alexnet,tdnn" },
    forward: { type: "boolean", default: false },
    only: { type: "string", default: "." },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "0.6" },
    batch: { type: "string", default: "64" },
    json: { type: "string" },
  },
});

const description = JSON.stringify(nets);
/** What `npm run build:native` builds. */
const nativeFile = fileURLToPath(
  new URL(`../../build/native/${process.platform}-${process.arch}/native.node`, import.meta.url),
);
const wasm = { CHAINRULE_COMPUTE: "wasm", CHAINRULE_NATIVE: "off" };
const native = { CHAINRULE_COMPUTE: "wasm", CHAINRULE_NATIVE: nativeFile };
const contenders = {
  "chainrule-1t": node("worker-chainrule.mjs", { ...wasm, CHAINRULE_THREADS: "1" }),
  "chainrule-2t": node("worker-chainrule.mjs", { ...wasm, CHAINRULE_THREADS: "2" }),
  "chainrule-native-1t": node("worker-chainrule.mjs", { ...native, CHAINRULE_THREADS: "1" }),
  "chainrule-native-2t": node("worker-chainrule.mjs", { ...native, CHAINRULE_THREADS: "2" }),
  "chainrule-typescript": node("worker-chainrule.mjs", { CHAINRULE_COMPUTE: "typescript" }),
  "torch-1t": torch(1, "stock", description),
  "torch-2t": torch(2, "stock", description),
  "torch-best-1t": torch(1, "best", description),
  "torch-best-2t": torch(2, "best", description),
  "numpy-1t": [python, [`${here}worker-numpy.py`, description], { OPENBLAS_NUM_THREADS: "1" }],
  "tfjs-wasm": node("worker-tfjs.mjs", { PEERS: peers }, "wasm"),
  "tfjs-cpu": node("worker-tfjs.mjs", { PEERS: peers }, "cpu"),
  convnetjs: node("worker-convnetjs.mjs", { PEERS: peers }),
  ...(options.forward && {
    "onnxruntime-1t": node("worker-onnxruntime.mjs", { PEERS: peers }, "1"),
    "onnxruntime-2t": node("worker-onnxruntime.mjs", { PEERS: peers }, "2"),
  }),
};

/** Batches of contenders so slow that a step of the usual batch would take minutes; their rate hardly depends on it. */
const batches = { "tfjs-cpu": 2 };

function has(module) {
  try {
    execFileSync(python, ["-c", `import ${module}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The peers' packages, in a folder of their own; none is a dependency of this project. */
const packages = {
  convnetjs: ["convnetjs@0.3.0"],
  tfjs: ["@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-backend-wasm@4.22.0"],
  // Without its script, which fetches a build for graphics cards; the one for processors is in the package.
  onnxruntime: ["onnxruntime-node@1.30.0", "--ignore-scripts"],
};

function install(peer) {
  if (existsSync(`${peers}/node_modules/${packages[peer][0].replace(/@[^@]*$/, "")}`)) return true;
  console.error(`installing ${packages[peer][0]} into test/bench/peers …`);
  mkdirSync(peers, { recursive: true });
  if (!existsSync(`${peers}/package.json`)) writeFileSync(`${peers}/package.json`, '{ "private": true }\n');
  try {
    execFileSync("npm", ["install", "--prefix", peers, ...packages[peer]], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const wanted = Object.keys(contenders).filter((name) => new RegExp(options.only).test(name));
const absent = (name) => {
  if (name.startsWith("torch") && !has("torch")) return "no PyTorch (Debian: python3-torch)";
  if (name.startsWith("numpy") && !has("numpy")) return "no NumPy (Debian: python3-numpy)";
  if (name.startsWith("chainrule-native") && !existsSync(nativeFile))
    return "no native routines (npm run build:native)";
  const peer = Object.keys(packages).find((key) => name.startsWith(key));
  if (peer && !install(peer)) return "its package could not be installed";
  return undefined;
};

const running = {};
for (const name of wanted) {
  const why = absent(name);
  if (why) console.error(`without ${name}: ${why}`);
  else running[name] = start(contenders[name]);
}

const { forward } = options;
const seconds = Number(options.seconds);
const threadsOf = (name) => Number(/(\d)t$/.exec(name)?.[1] ?? 1);
const isTorch = (name) => name.startsWith("torch");
/** PyTorch's contenders, or those of them with as many threads. */
const rivals = (rates, threads) =>
  Object.keys(rates).filter((name) => isTorch(name) && threadsOf(name) === (threads ?? threadsOf(name)));
const show = (numbers) => (numbers.length ? Number(median(numbers).toPrecision(3)) : null);

const result = {};
const quoted = [];
const versions = new Set();
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model}, ${cpus().length} cores, Node ${process.versions.node}, ` +
    `load ${loadavg()[0].toFixed(1)} before; ${forward ? "forward only" : "training"}; ` +
    `${options.rounds} rounds of ${seconds} s.`,
);
for (const net of options.nets.split(",")) {
  const rates = {};
  const settings = {};
  const slow = new Set();
  const batch = nets[net].batch ?? Number(options.batch);
  const ask = (name) =>
    running[name].ask({ net, batch: Math.min(batch, batches[name] ?? batch), forward, seconds });
  for (const name of Object.keys(running)) {
    const first = await ask(name); // builds, and tries settings
    if (first.error) {
      console.error(`net ${net} without ${name}: ${first.error}`);
      continue;
    }
    rates[name] = [];
    settings[name] = first.settings;
    if (first.version) versions.add(first.version);
    const start = performance.now();
    await ask(name); // warms up
    if (performance.now() - start > 5000) slow.add(name);
  }
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const name of shuffled(Object.keys(rates))) {
      if (round > 0 && slow.has(name)) continue; // once will do for what takes seconds a step
      rates[name].push((await ask(name)).examplesPerSecond ?? NaN);
    }
  }
  result[net] = {};
  console.log(
    `\n| net ${net}, batch ${batch} | examples/s | ratio to torch-1t | to the best PyTorch, as many threads | from … to |\n|---|---|---|---|---|`,
  );
  for (const [name, own] of Object.entries(rates)) {
    const toStock = rates["torch-1t"] ? ratios(own, rates["torch-1t"]) : [];
    const best = fastest(rates, rivals(rates, threadsOf(name)));
    const toBest = best ? ratios(own, rates[best]) : [];
    const examplesPerSecond = Number(median(own).toPrecision(4));
    result[net][name] = { examplesPerSecond, ratioToTorch: show(toStock), ratioToBest: show(toBest) };
    const range = toBest.length
      ? `${Math.min(...toBest).toFixed(2)} … ${Math.max(...toBest).toFixed(2)}`
      : "";
    const named = settings[name] ? `${name} (${settings[name]})` : name;
    console.log(
      `| ${named} | ${examplesPerSecond} | ${show(toStock) ?? ""} | ${show(toBest) ?? ""} | ${range} |`,
    );
  }
  const theirs = fastest(rates, rivals(rates));
  result[net].best = [];
  for (const kind of [/^chainrule-\dt$/, /^chainrule-native-\dt$/]) {
    const ours = fastest(
      rates,
      Object.keys(rates).filter((name) => kind.test(name)),
    );
    if (!ours || !theirs) continue;
    const both = ratios(rates[ours], rates[theirs]);
    const words = settings[theirs] ? `${theirs} (${settings[theirs]})` : theirs;
    result[net].best.push({ ours, theirs, ratio: show(both) });
    quoted.push(`| ${net} | ${ours} | ${words} | ${show(both)} |`);
  }
}
if (quoted.length) {
  console.log(`\nTo quote, against PyTorch ${[...versions].join(", ")}:\n`);
  console.log(
    `| net | chainrule at its best | PyTorch at its best | ratio |\n|---|---|---|---|\n${quoted.join("\n")}`,
  );
}
console.log(`\nLoad ${loadavg()[0].toFixed(1)} after.`);
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
for (const { child } of Object.values(running)) child.kill();
