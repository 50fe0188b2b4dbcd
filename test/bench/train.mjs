/**
 * How fast does training go, and against whom? One long-lived process a contender, all warm; then rounds in which
 * every contender, in shuffled order, trains for a moment while the others sleep. What is quoted is the median over
 * the rounds of each contender's rate divided by stock PyTorch's in the same round: a machine that slows down
 * slows all of a round down.
 *
 *     node test/bench/train.mjs [--nets a,b,c,mlp,alexnet,tdnn] [--forward] [--only regex] [--rounds 7]
 *                               [--seconds 0.6] [--batch 64] [--json FILE]
 *
 * With --forward, networks only look at examples, and onnxruntime-node joins.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { here, median, node, peers, python, shuffled, start, torch } from "./contender.mjs";
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
const contenders = {
  "chainrule-1t": node("worker-chainrule.mjs", { CHAINRULE_COMPUTE: "wasm", CHAINRULE_THREADS: "1" }),
  "chainrule-2t": node("worker-chainrule.mjs", { CHAINRULE_COMPUTE: "wasm", CHAINRULE_THREADS: "2" }),
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
const result = {};
console.log(
  `${cpus()[0].model}, ${cpus().length} cores; ${forward ? "forward only" : "training"}; ` +
    `${options.rounds} rounds of ${seconds} s.`,
);
for (const net of options.nets.split(",")) {
  const rates = {};
  const slow = new Set();
  const batch = nets[net].batch ?? Number(options.batch);
  const ask = (name) =>
    running[name].ask({ net, batch: Math.min(batch, batches[name] ?? batch), forward, seconds });
  for (const name of Object.keys(running)) {
    const start = performance.now();
    const first = await ask(name); // warms up
    if (first.error) console.error(`net ${net} without ${name}: ${first.error}`);
    else rates[name] = [];
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
    `\n| net ${net}, batch ${batch} | examples/s | ratio to torch-1t | from … to |\n|---|---|---|---|`,
  );
  for (const [name, own] of Object.entries(rates)) {
    const ratios = rates["torch-1t"] ? own.map((rate, round) => rate / rates["torch-1t"][round]) : [];
    const examplesPerSecond = Number(median(own).toPrecision(4));
    const ratioToTorch = ratios.length ? Number(median(ratios).toPrecision(3)) : null;
    result[net][name] = { examplesPerSecond, ratioToTorch };
    const range = ratios.length
      ? `${Math.min(...ratios).toFixed(2)} … ${Math.max(...ratios).toFixed(2)}`
      : "";
    console.log(`| ${name} | ${examplesPerSecond} | ${ratioToTorch ?? ""} | ${range} |`);
  }
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
for (const { child } of Object.values(running)) child.kill();
