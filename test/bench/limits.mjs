/**
 * What the library promises about time and memory, measured: a row a promise, with its limit. Anyone can run it, on
 * a quiet machine:
 *
 *     npm run bench:limits [-- --only regex] [--steps 10000]
 *
 * Each measurement runs in a process of its own. Those that compare two things do them in turns.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import ndarray from "ndarray";
import { examples, network } from "./network.mjs";
import { nets, resolve } from "./nets.mjs";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "." },
    steps: { type: "string", default: "10000" },
    part: { type: "string" },
  },
});

const door = new URL("../../dist/lib/index.js", import.meta.url);

/** Seconds that each of two rivals works at a time, and how many turns there are. */
const [TURN, TURNS] = [0.4, 9];

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** The median over the turns of how much longer a step of the second takes than one of the first. */
async function longer(first, second) {
  const ratios = [];
  for (let turn = 0; turn <= TURNS; turn++) {
    const [a, b] =
      turn % 2 ? [await first(TURN), await second(TURN)] : [await second(TURN), await first(TURN)].reverse();
    if (turn > 0) ratios.push(b / a - 1); // the first turn warms up
  }
  return median(ratios);
}

/** Milliseconds a step. */
const timed = (step) => (seconds) => {
  const start = performance.now();
  let count = 0;
  do {
    step();
    count++;
  } while (performance.now() - start < 1000 * seconds);
  return (performance.now() - start) / count;
};

/** A training step of nothing but calls of the engine, as a person would write it who cares for nothing but time. */
async function bare(name, batch) {
  const {
    compute,
    batchNormBackward,
    batchNormForward,
    conv2dBackward,
    conv2dForward,
    linearBackward,
    linearForward,
    maxPool2dBackward,
    maxPool2dForward,
    reluBackward,
    reluForward,
    sgdStep,
    softmaxCrossEntropyBackward,
    softmaxCrossEntropyForward,
    Random,
  } = await import(door);
  const { images, labels } = examples(nets[name], batch);
  const random = new Random(1);
  const parameter = (...shape) => random.normal(shape, 0, 0.05);
  const kinds = {
    conv: ({ channels, filters, extent, pad }) => {
      const [w, b] = [parameter(filters, channels, extent, extent), parameter(filters)];
      return {
        forward: (engine, x) => engine.of(conv2dForward)(x, w, b, { pad }),
        backward(engine, dy, cache, first) {
          const gradients = engine.of(conv2dBackward)(dy, cache);
          const dx = first ? undefined : gradients.dx;
          return {
            dx,
            steps: [
              [w, gradients.dw],
              [b, gradients.db],
            ],
          };
        },
      };
    },
    fc: ({ inputs, outputs }) => {
      const [w, b] = [parameter(outputs, inputs), parameter(outputs)];
      return {
        forward: (engine, x) => engine.of(linearForward)(flatten(x), w, b),
        backward(engine, dy, cache, first) {
          const gradients = engine.of(linearBackward)(dy, cache);
          const dx = first ? undefined : gradients.dx;
          return {
            dx,
            steps: [
              [w, gradients.dw],
              [b, gradients.db],
            ],
          };
        },
      };
    },
    bn: ({ channels }) => {
      const [gamma, beta] = [parameter(channels), parameter(channels)];
      return {
        forward: (engine, x) => engine.of(batchNormForward)(x, gamma, beta),
        backward(engine, dy, cache) {
          const { dx, dgamma, dbeta } = engine.of(batchNormBackward)(dy, cache);
          return {
            dx,
            steps: [
              [gamma, dgamma],
              [beta, dbeta],
            ],
          };
        },
      };
    },
    relu: () => ({
      forward: (engine, x) => engine.of(reluForward)(x),
      backward: (engine, dy, cache) => ({ dx: engine.of(reluBackward)(dy, cache).dx, steps: [] }),
    }),
    pool: ({ extent, stride }) => ({
      forward: (engine, x) => engine.of(maxPool2dForward)(x, { size: extent, stride }),
      backward: (engine, dy, cache) => ({ dx: engine.of(maxPool2dBackward)(dy, cache).dx, steps: [] }),
    }),
  };
  const layers = resolve(nets[name], Object.keys(kinds)).map((layer) => kinds[layer.kind](layer));
  return () => {
    const arena = compute.engine.openArena();
    const shapes = [];
    let x = images;
    const caches = layers.map((layer) => {
      shapes.push(x.shape);
      const { y, cache } = layer.forward(arena.engine, x);
      x = y;
      return cache;
    });
    const { cache } = arena.engine.of(softmaxCrossEntropyForward)(x, labels);
    let gradient = arena.engine.of(softmaxCrossEntropyBackward)(cache).dlogits;
    const steps = [];
    for (let i = layers.length - 1; i >= 0; i--) {
      const result = layers[i].backward(arena.engine, gradient, caches[i], i === 0);
      steps.push(...result.steps);
      gradient = result.dx && reshaped(result.dx, shapes[i]);
    }
    arena.release();
    for (const [value, slope] of steps) compute.engine.of(sgdStep)(value, slope, undefined, { lr: 0.01 });
  };
}

/** A view of another shape. */
const reshaped = (x, shape) =>
  x.shape.length === shape.length ? x : ndarray(x.data, shape, undefined, x.offset);
const flatten = (x) => reshaped(x, [x.shape[0], x.shape.slice(1).reduce((a, b) => a * b, 1)]);

/** Training through the public door: a function of seconds that gives milliseconds a step. */
async function trainer(name, batch, more = {}) {
  const { fit, SGD, SoftmaxCrossEntropy } = await import(door);
  const net = network(nets[name]);
  const data = examples(nets[name], 16 * batch);
  const [loss, optimizer] = [new SoftmaxCrossEntropy(), new SGD({ lr: 0.01 })];
  const given = { loss, optimizer, batchSize: batch, epochs: 1e9, validation: false, live: false, ...more };
  return async (seconds) => {
    const start = performance.now();
    const onStep = () => performance.now() - start < 1000 * seconds;
    const run = await fit(net, data, { ...given, onStep });
    return (1000 * run.seconds) / run.steps.length; // without the picture that stays, which is drawn after training
  };
}

const parts = {
  async layers(name) {
    const { Pass, SGD, SoftmaxCrossEntropy } = await import(door);
    const { images, labels } = examples(nets[name], 64);
    const net = network(nets[name]);
    const [loss, optimizer] = [new SoftmaxCrossEntropy(), new SGD({ lr: 0.01 })];
    const step = () => {
      const pass = new Pass({ training: true });
      loss.forward(net.forward(images, pass), labels, pass);
      net.backward(loss.backward(pass), pass, false);
      optimizer.step(pass.gradients, pass.engine);
    };
    return longer(timed(await bare(name, 64)), timed(step));
  },
  async fit(name) {
    return longer(timed(await bare(name, 64)), await trainer(name, 64));
  },
};

/** What a notebook's kernel does with a panel: it asks for all its pictures and sends them. */
function asNotebook() {
  let sent = 0;
  const send = async (value) => {
    sent += JSON.stringify(await value[Symbol.for("Jupyter.display")]()).length;
  };
  globalThis.display = (value) => {
    void send(value);
    return { update: send };
  };
  return () => sent;
}

/** A front end that shows widgets: messages are counted as they would be sent. */
async function asPageWithWidgets() {
  const { connectWidgets } = await import(new URL("../../dist/lib/widgets/index.js", import.meta.url));
  let sent = 0;
  const send = (data, _metadata, buffers = []) => {
    sent += JSON.stringify(data).length + buffers.reduce((sum, { length }) => sum + length, 0);
  };
  const comm = { id: "a comm", send, close() {}, onMessage() {}, onClose() {} };
  connectWidgets({
    openComm: (_target, ...parts) => (send(...parts), comm),
    addCommTarget: (_target, open) => open(comm, {}),
  });
  return () => sent;
}

Object.assign(parts, {
  async panel(name, more = {}) {
    const sent = asNotebook();
    const without = await trainer(name, 64);
    const shown = await trainer(name, 64, { live: true, ...more });
    // A panel is drawn every third of a second, so a turn takes some of them.
    const ratio = await longer(
      (seconds) => without(5 * seconds),
      (seconds) => shown(5 * seconds),
    );
    if (sent() === 0) throw new Error("no panel was drawn");
    return ratio;
  },
  async controls(name) {
    const sent = await asPageWithWidgets();
    const ratio = await parts.panel(name, { controls: true });
    if (sent() < 2e5) throw new Error(`the controls sent ${sent()} bytes: too few pictures`);
    return ratio;
  },
  async lecture() {
    const { augment, Conv2d, fit, Linear, MaxPool2d, mnist, normal, ReLU, Sequential, SGD } = await import(
      door
    );
    const found = await mnist({ train: 10_000 });
    const net = new Sequential(
      {
        conv1: new Conv2d({ in: 1, out: 8, size: 5, pad: 2 }),
        relu1: new ReLU(),
        pool1: new MaxPool2d({ size: 2 }),
        conv2: new Conv2d({ in: 8, out: 16, size: 5, pad: 2 }),
        relu2: new ReLU(),
        pool2: new MaxPool2d({ size: 2 }),
        fc: new Linear({ in: 16 * 7 * 7, out: 10, init: normal(0.01) }),
      },
      { input: [1, 28, 28] },
    );
    const start = performance.now();
    const optimizer = new SGD({ lr: 0.05, momentum: 0.9, weightDecay: 5e-4 });
    const shifted = augment({ shift: 1 });
    await fit(net, found, {
      optimizer,
      schedule: "cosine",
      augment: shifted,
      epochs: 5,
      validation: false,
      live: false,
    });
    return (performance.now() - start) / 1000;
  },
  async start() {
    const script = `
      const start = performance.now();
      const { Conv2d, Linear, MaxPool2d, Random, ReLU, Sequential, SGD, SoftmaxCrossEntropy, trainStep } =
        await import(${JSON.stringify(door.href)});
      const net = new Sequential({
        conv1: new Conv2d({ in: 1, out: 8, size: 5, pad: 2 }), relu1: new ReLU(), pool1: new MaxPool2d({ size: 2 }),
        conv2: new Conv2d({ in: 8, out: 16, size: 5, pad: 2 }), relu2: new ReLU(), pool2: new MaxPool2d({ size: 2 }),
        fc: new Linear({ in: 16 * 7 * 7, out: 10 }) });
      const random = new Random(1);
      const options = { optimizer: new SGD({ lr: 0.1 }), loss: new SoftmaxCrossEntropy(), random };
      trainStep(net, random.normal([64, 1, 28, 28]), Array.from({ length: 64 }, (_, i) => i % 10), options);
      console.log(performance.now() - start);
      process.exit(0);`;
    const run = () =>
      Number(execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" }));
    run(); // the files come from the disk
    return median(Array.from({ length: 5 }, run));
  },
  async rss(name) {
    const train = await trainer(name, 64);
    await train(5);
    return process.memoryUsage.rss() / 2 ** 20;
  },
  async growth(name) {
    const { Pass, SGD, SoftmaxCrossEntropy } = await import(door);
    const { images, labels } = examples(nets[name], 8);
    const net = network(nets[name]);
    const [loss, optimizer] = [new SoftmaxCrossEntropy(), new SGD({ lr: 0.01 })];
    const resident = [];
    const steps = Number(options.steps);
    for (let i = 0; i < steps; i++) {
      const pass = new Pass({ training: true });
      loss.forward(net.forward(images, pass), labels, pass);
      net.backward(loss.backward(pass), pass, false);
      optimizer.step(pass.gradients, pass.engine);
      if (i % 20 === 0) {
        await new Promise((resolve) => setImmediate(resolve)); // as fit does
        resident.push(process.memoryUsage.rss() / 2 ** 20);
      }
    }
    // After a warm-up of a fifth: the second half's median against the first's.
    const warm = resident.slice(Math.floor(resident.length / 5));
    const half = warm.length >> 1;
    return median(warm.slice(half)) - median(warm.slice(0, half));
  },
});

const percent = (value) => `${(100 * value).toFixed(1)} %`;
const rows = [
  ...["a", "b", "c", "mlp"].map((net) => [
    `layers, pass and optimiser over bare engine calls, net ${net}`,
    "layers",
    net,
    percent,
    0.05,
  ]),
  ...["a", "b", "c", "mlp"].map((net) => [
    `fit's loop over bare engine calls, net ${net}`,
    "fit",
    net,
    percent,
    undefined,
  ]),
  ["the live panel over none, net a", "panel", "a", percent, 0.03],
  ["the live panel with controls over none, net a", "controls", "a", percent, 0.03],
  ["first lecture: MNIST, 10,000 images, 5 epochs", "lecture", "", (value) => `${value.toFixed(1)} s`, 10],
  ["import and first step", "start", "", (value) => `${value.toFixed(0)} ms`, 300],
  ["resident memory, net c at batch 64", "rss", "c", (value) => `${value.toFixed(0)} MB`, 350],
  [
    `growth of memory over ${options.steps} steps, net a at batch 8`,
    "growth",
    "a",
    (value) => `${value.toFixed(1)} MB`,
    5,
  ],
];

if (options.part) {
  const [part, name] = options.part.split(":");
  console.log(JSON.stringify(await parts[part](name)));
  process.exit(0);
}

console.log("| | measured | limit |\n|---|---|---|");
for (const [title, part, name, show, limit] of rows) {
  if (!new RegExp(options.only).test(`${part} ${title}`)) continue;
  const args = [fileURLToPath(import.meta.url), "--part", `${part}:${name}`, "--steps", options.steps];
  try {
    const output = execFileSync(process.execPath, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const value = Number(output.trim().split("\n").at(-1));
    const verdict = limit === undefined ? "" : `${show(limit)}${value <= limit ? "" : ", missed"}`;
    console.log(`| ${title} | ${show(value)} | ${verdict} |`);
  } catch (error) {
    console.log(
      `| ${title} | ${String(error.stderr || error).match(/\w*Error: .*/)?.[0] ?? "it failed"} | |`,
    );
  }
}
