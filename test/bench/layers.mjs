/**
 * What the routines gain over the reference's loops, layer by layer: nanoseconds an element of the output, forward and
 * backward, on one thread, the engines in turns within one run; medians. Then a loss and its gradient, a logit, and an
 * optimiser's step, a weight.
 *
 *     npm run bench:layers [-- regex]
 */
process.env.CHAINRULE_THREADS = "1";
const cr = await import("../../dist/lib/index.js");
const { compute, Random } = cr;

const TURNS = 7;
/** Milliseconds that an engine works in a turn at least. */
const TURN = 40;
const wanted = new RegExp(process.argv[2] ?? ".");
const random = new Random(1);

const map = [8, 16, 32, 32];
const layers = {
  sigmoid: [cr.Sigmoid, {}],
  tanh: [cr.Tanh, {}],
  ELU: [cr.ELU, {}],
  "leaky ReLU": [cr.LeakyReLU, {}],
  softplus: [cr.Softplus, {}],
  GELU: [cr.GELU, {}],
  "average pooling 2×2": [cr.AveragePool2d, { size: 2 }],
  "sum pooling 2×2": [cr.SumPool2d, { size: 2 }],
  "global average pooling": [cr.GlobalAveragePool, undefined],
  "Lp pooling 2×2": [cr.LpPool2d, { size: 2 }],
  PReLU: [cr.PReLU, { size: 16 }],
  "softmax of the channels": [cr.Softmax, {}],
  "its logarithm": [cr.LogSoftmax, {}],
  "local response normalisation": [cr.LocalResponseNorm, {}],
  "transposed convolution": [cr.ConvTranspose2d, { in: 16, out: 16, size: 3, stride: 2, seed: 1 }],
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** Milliseconds of one call, the mean over a turn. */
function turn(call) {
  let [count, spent] = [0, 0];
  const start = performance.now();
  while (spent < TURN) {
    call();
    count++;
    spent = performance.now() - start;
  }
  return spent / count;
}

/** Medians of the calls' milliseconds, the calls taking turns; the first turn warms up. */
function compare(calls) {
  const times = calls.map(() => []);
  for (let i = 0; i <= TURNS; i++)
    calls.forEach((call, k) => (i > 0 ? times[k].push(turn(call)) : turn(call)));
  return times.map(median);
}

const show = (ms, elements) => Number(((ms * 1e6) / elements).toPrecision(3));
const engines = compute.engines.filter(({ name }) => name !== "typescript");
const rows = {};
for (const [name, [Kind, options]] of Object.entries(layers)) {
  if (!wanted.test(name)) continue;
  const layer = options === undefined ? new Kind() : new Kind(options);
  const x = random.normal(map);
  const size = [map[0], ...layer.outputShape(map.slice(1))].reduce((a, b) => a * b, 1);
  const dy = random.normal([map[0], ...layer.outputShape(map.slice(1))]);
  const forwards = engines.map((engine) => () => layer.forward(x, new cr.Pass({ engine, backward: false })));
  const both = engines.map((engine) => () => {
    const pass = new cr.Pass({ engine });
    layer.forward(x, pass);
    layer.backward(dy, pass);
  });
  const [forward, whole] = [compare(forwards), compare(both)];
  const back = whole.map((ms, i) => ms - forward[i]);
  const [fast, slow] = [0, engines.length - 1];
  rows[name] = {
    "forward, reference": show(forward[slow], size),
    "forward, routine": show(forward[fast], size),
    "times as fast": Number((forward[slow] / forward[fast]).toPrecision(2)),
    "backward, reference": show(back[slow], size),
    "backward, routine": show(back[fast], size),
    "times as fast ": Number((back[slow] / back[fast]).toPrecision(2)),
  };
}
if (Object.keys(rows).length) console.table(rows);

const losses = {};
for (const shape of [
  [64, 10],
  [64, 1000],
  [8, 21, 32, 32],
]) {
  const name = `softmax cross-entropy of ${shape.join("×")}`;
  if (!wanted.test(name)) continue;
  const logits = random.normal(shape);
  const size = shape.reduce((a, b) => a * b, 1);
  const labels = Array.from({ length: size / shape[1] }, (_, i) => i % shape[1]);
  const [loss, all] = [new cr.SoftmaxCrossEntropy(), [engines.at(-1), engines[0]]];
  const calls = all.map((engine) => () => {
    const pass = new cr.Pass({ engine });
    loss.forward(logits, labels, pass);
    loss.backward(pass);
  });
  const [slow, fast] = compare(calls);
  losses[name] = {
    reference: show(slow, size),
    routine: show(fast, size),
    "times as fast": Number((slow / fast).toPrecision(2)),
  };
}
if (Object.keys(losses).length) console.table(losses);

const steps = {
  SGD: [cr.SGD, { lr: 1e-6 }],
  "SGD, momentum": [cr.SGD, { lr: 1e-6, momentum: 0.9 }],
  Adam: [cr.Adam, { lr: 1e-6 }],
  RMSProp: [cr.RMSProp, { lr: 1e-6 }],
  Adagrad: [cr.Adagrad, { lr: 1e-6 }],
  Adadelta: [cr.Adadelta, { lr: 1e-6 }],
};
const SIZE = 200_000;
const optimisers = {};
for (const [name, [Kind, options]] of Object.entries(steps)) {
  if (!wanted.test(name)) continue;
  const calls = ["reference", "typescript", "wasm"].map((wantedEngine) => {
    const engine = compute.engines.find((one) => one.name === wantedEngine);
    const parameter = new cr.Parameter((draw) => draw.normal([SIZE]), random);
    const gradients = new Map([[parameter, random.normal([SIZE])]]);
    const optimizer = new Kind(options);
    return () => optimizer.step(gradients, engine);
  });
  const [slow, loop, fast] = compare(calls);
  optimisers[name] = {
    reference: show(slow, SIZE),
    "TypeScript's loop": show(loop, SIZE),
    routine: show(fast, SIZE),
    "times as fast": Number((slow / fast).toPrecision(2)),
  };
}
if (Object.keys(optimisers).length) console.table(optimisers);
