/**
 * What the native routines gain over WebAssembly's, by processor time, on one thread and in turns, medians: products on the same
 * memory, convolutions of 16 images, and whole steps of the benches' networks (a process each).
 *
 *     npm run bench:native [-- product|conv|steps [name …]]
 *
 * It takes the package that is installed, or the file that CHAINRULE_NATIVE names.
 */
import { spawnSync } from "node:child_process";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";

const TURNS = 7;
/** Milliseconds that a side computes in a turn at least. */
const TURN = 80;
/** The same for steps of a network, after as many for warming up. */
const STEPS = 700;
const STEP_TURNS = 3;

const here = fileURLToPath(import.meta.url);
const [what, ...names] = process.argv.slice(2);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const used = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

if (what === "--step") await stepsOf(names[0]);
else {
  process.env.CHAINRULE_THREADS = "1";
  console.log(
    `load ${loadavg()[0].toFixed(0)}, ${new Date().toISOString().slice(0, 16)}, Node ${process.version}`,
  );
  if (what === undefined || what === "product") await products();
  if (what === undefined || what === "conv") await convolutions();
  if (what === undefined || what === "steps")
    steps(names.length ? names : ["a", "b", "c", "mlp", "alexnet", "tdnn"]);
}

/** Processor milliseconds of one call of each side, in turns: medians; the first turn warms up. */
function compare(calls) {
  const times = calls.map(() => []);
  for (let i = 0; i <= TURNS; i++) {
    calls.forEach((call, side) => {
      let count = 0;
      const start = used();
      while (used() - start < TURN) {
        call();
        count++;
      }
      if (i > 0) times[side].push((used() - start) / count);
    });
  }
  return times.map(median);
}

async function sides() {
  const { builds, Machine } = await import("../../dist/lib/engine/wasm/machine.js");
  const { findNative } = await import("../../dist/lib/engine/wasm/native.js");
  const { WasmEngine } = await import("../../dist/lib/engine/wasm/engine.js");
  const search = findNative();
  if (search.native === undefined) throw new Error(search.why);
  console.log(search.why);
  const [build] = builds();
  return {
    // One memory for both.
    machine: new Machine(build, 1),
    native: search.native,
    engines: [new WasmEngine(build), new WasmEngine(build, () => search)],
  };
}

/** GFLOP/s of C = A·B, row-major; B as it lies in a linear layer's weights where it says so. */
async function products() {
  const { machine, native } = await sides();
  const { heap, call } = machine;
  const ours = native.addon.open(new Uint8Array(heap.memory.buffer), native.instructions);
  for (const [rows, columns, depth, transposed] of [
    [64, 32, 32],
    [64, 64, 64],
    [64, 128, 128],
    [1024, 128, 128],
    [64, 256, 784, "B"],
    [256, 784, 64, "A"],
    [64, 10, 256, "B"],
  ]) {
    const [a, b, c] = [rows * depth, depth * columns, rows * columns].map((count) =>
      heap.allocate(4 * count),
    );
    machine.floats(a, rows * depth).fill(0.5);
    machine.floats(b, depth * columns).fill(0.25);
    const scratch = heap.allocate(Math.max(call.productScratch(), ours.productScratch()));
    const A = transposed === "A" ? [a, 1, rows] : [a, depth, 1];
    const B = transposed === "B" ? [b, 1, depth] : [b, columns, 1];
    const args = [0, Math.ceil(columns / 8), scratch, rows, columns, depth, ...A, ...B, c, 0];
    const times = compare([() => call.product(...args), () => ours.product(...args)]);
    const rates = times.map((ms) => (2 * rows * columns * depth) / ms / 1e6);
    const kind = transposed ? ` (${transposed} transposed)` : "";
    row(`${rows}×${columns}×${depth}${kind}`, rates, "GFLOP/s", rates[1] / rates[0]);
  }
}

async function convolutions() {
  const { engines } = await sides();
  const { conv2dBackward, conv2dForward, Random } = await import("../../dist/lib/index.js");
  const random = new Random(1);
  for (const [channels, filters, extent, size, stride] of [
    [1, 8, 28, 5, 1],
    [8, 16, 14, 5, 1],
    [3, 16, 32, 5, 1],
    [16, 20, 16, 5, 1],
    [32, 32, 32, 3, 1],
    [64, 64, 16, 3, 1],
    [128, 128, 8, 3, 1],
    [32, 32, 32, 3, 2],
    [64, 64, 16, 1, 1],
  ]) {
    const x = random.normal([16, channels, extent, extent]);
    const w = random.normal([filters, channels, size, size]);
    const options = { stride, pad: (size - 1) >> 1, round: "floor" };
    const { y } = engines[0].of(conv2dForward)(x, w, undefined, options);
    const dy = random.normal(y.shape);
    // As in a pass: the tensors lie in the engine's memory.
    const arenas = engines.map((engine) => {
      const arena = engine.openArena();
      const [ownX, ownW, ownDy] = [x, w, dy].map((tensor) => arena.enter(tensor).tensor);
      return { arena, x: ownX, w: ownW, dy: ownDy, of: (reference) => arena.engine.of(reference) };
    });
    const name = `${channels}→${filters} of ${size}×${size}, ${extent}×${extent}${stride > 1 ? `, stride ${stride}` : ""}`;
    const forward = arenas.map(({ arena, x, w, of }) => () => {
      arena.recycle(of(conv2dForward)(x, w, undefined, options).y, []);
    });
    const backward = arenas.map(({ arena, x, w, dy, of }) => {
      const { cache } = of(conv2dForward)(x, w, undefined, options);
      return () => arena.recycle(of(conv2dBackward)(dy, cache).dx, []);
    });
    for (const [way, calls] of [
      ["forward", forward],
      ["backward", backward],
    ]) {
      const times = compare(calls);
      row(`${name}, ${way}`, times, "ms", times[0] / times[1]);
    }
  }
}

function row(name, [before, after], unit, times) {
  const show = (number) => Number(number.toPrecision(3));
  console.log(`| ${name} | ${show(before)} → ${show(after)} ${unit} | ${times.toFixed(2)} |`);
}

/** Whole steps: a process for each side, in turns. */
function steps(all) {
  for (const name of all) {
    const rounds = Array.from({ length: STEP_TURNS }, () =>
      ["off", process.env.CHAINRULE_NATIVE ?? ""].map((native) => {
        const env = { ...process.env, CHAINRULE_NATIVE: native };
        const { stdout, stderr, status } = spawnSync(process.execPath, [here, "--step", name], {
          env,
          encoding: "utf8",
        });
        if (status !== 0) throw new Error(stderr);
        return JSON.parse(stdout);
      }),
    );
    if (new Set(rounds.flat().map(({ loss }) => loss)).size > 1) console.log(`${name}: the losses differ`);
    const [before, after] = [0, 1].map((side) => median(rounds.map((round) => round[side].ms)));
    const gains = rounds.map(([off, on]) => off.ms / on.ms);
    const [least, most] = [Math.min(...gains), Math.max(...gains)].map((gain) => gain.toFixed(2));
    row(`${name}, a step (${least}–${most} in ${STEP_TURNS} turns)`, [before, after], "ms", median(gains));
  }
}

/** Processor milliseconds of a step by `fit`, and the loss of the tenth, which must not depend on the routines. */
async function stepsOf(name) {
  const { SGD, SoftmaxCrossEntropy, fit } = await import("../../dist/lib/index.js");
  const { examples, network } = await import("./network.mjs");
  const { nets } = await import("./nets.mjs");
  const { batch = 64 } = nets[name];
  const data = examples(nets[name], batch === 1 ? 1 : 4 * batch);
  const begin = used();
  let [start, counted, loss] = [0, 0, 0];
  await fit(network(nets[name]), data, {
    loss: new SoftmaxCrossEntropy(),
    optimizer: new SGD({ lr: 0.01 }),
    batchSize: batch,
    epochs: 1e9,
    validation: false,
    live: false,
    onStep: ({ steps }) => {
      const now = used();
      if (steps.length === 10) loss = steps[9].loss;
      if (start > 0) counted++;
      else if (now - begin > STEPS && loss !== 0) start = now;
      return start === 0 || now - start < STEPS || counted < 3;
    },
  }).then(() => console.log(JSON.stringify({ ms: (used() - start) / counted, loss })));
}
