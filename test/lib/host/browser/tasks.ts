/** What the browser's tests have done in Node, in a page and in a worker, to compare. Every task gives what JSON can say. */
import * as chainrule from "chainrule";
import { obtainFiles } from "../../../../dist/lib/data/download.js";
import { readBytes } from "../../../../dist/lib/data/files.js";

const { choice, compute, Conv2d, digits, filters, fit, imageFiles, Linear, MaxPool2d } = chainrule;
const { mnist, Random, ReLU, search, Sequential, SGD, spokenDigits, uniform } = chainrule;

/** The README's net. */
function net(): chainrule.Sequential {
  return new Sequential(
    {
      conv1: new Conv2d({ in: 1, out: 8, size: 5, pad: 2 }),
      relu1: new ReLU(),
      pool1: new MaxPool2d({ size: 2 }),
      conv2: new Conv2d({ in: 8, out: 16, size: 5, pad: 2 }),
      relu2: new ReLU(),
      pool2: new MaxPool2d({ size: 2 }),
      fc: new Linear({ in: 16 * 7 * 7, out: 10 }),
    },
    { input: [1, 28, 28] },
  );
}

async function losses(options: Partial<chainrule.FitOptions> = {}): Promise<number[]> {
  const optimizer = new SGD({ lr: 0.1, momentum: 0.9 });
  const data = digits({ train: 600, test: 100 });
  const run = await fit(net(), data, { optimizer, live: false, ...options });
  return run.steps.map(({ loss }) => loss);
}

/** A function that comes as text, as one of a notebook's cell does: its names are the library's. */
const trains = `async ({ lr }, { seed, budget }) => {
  const { train, test } = digits({ train: 100, test: 50, seed: 1 });
  const net = new Sequential({ flat: new Flatten(), fc: new Linear({ in: 784, out: 10, seed }) });
  await fit(net, train, { optimizer: new SGD({ lr }), epochs: budget, seed, live: false });
  return evaluate(net, test).loss;
}`;

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}

const describe = ({ name, train, test }: chainrule.Splits) => ({
  name,
  classes: train.classes,
  sizes: [train.size, test.size],
  labels: [...train.labels, ...test.labels],
  sums: [sum(chainrule.flat(train.images)), sum(chainrule.flat(test.images))],
});

const said = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : "");

export const tasks = {
  /** One epoch; every step's loss, to the last bit. */
  async train({ threads }: { threads?: number }) {
    if (threads !== undefined) compute.threads = threads;
    return { engine: compute.engine.name, threads: compute.threads, losses: await losses() };
  },
  /** One epoch in parts: up to a step, or to the end. */
  async trainFrom({ checkpoint, steps }: { checkpoint: string; steps?: number }) {
    return await losses({ checkpoint, onStep: (run) => run.steps.length !== steps });
  },
  /** Trials of a function of the library's, and of a module. */
  async search({ workers, journal, module }: { workers: number; journal?: string; module?: string }) {
    const train = new Function("library", `with (library) { return ${trains} }`)(chainrule) as () => number;
    const options = { trials: 4, live: false, workers, journal };
    const space = { lr: uniform(0.01, 0.1), act: choice(["relu", "tanh"]) };
    const { trials } = await search(space, module ?? train, options);
    return trials.map(({ seconds: _, ...trial }) => trial);
  },
  /** The published files, which lie beside the page. */
  async mnist({ folder }: { folder?: string }) {
    return await mnist({ folder }).then(describe, said);
  },
  async spokenDigits({ folder }: { folder?: string }) {
    return await spokenDigits({ folder, frames: 4 }).then(describe, said);
  },
  /** Fetches one file from elsewhere, unless it is there. */
  async download({ url, sha256, folder }: { url: string; sha256: string; folder?: string }) {
    const set = {
      name: "toy",
      title: "Toy",
      layouts: [{ train: ["a"], test: ["a"] }],
      otherwise: "do without",
    };
    const files = { ...set, sources: [{ url, sha256, files: ["a"] }] };
    const both = [obtainFiles(files, folder, true), obtainFiles(files, folder, true)];
    return await Promise.all(both).then(async ([{ train }]) => sum(await readBytes(train[0])), said);
  },
  /** Pictures as a page gets them from its user. */
  async pictures() {
    const random = new Random(1);
    const files = ["cats", "dogs"].flatMap((name) =>
      [0, 1, 2].map((i) => {
        const png = chainrule.writePng(random.uniform([3, 5, 4])).slice();
        return {
          name: `${i}.png`,
          webkitRelativePath: `pets/${name}/${i}.png`,
          arrayBuffer: () => Promise.resolve(png.buffer as ArrayBuffer),
        };
      }),
    );
    return describe(await imageFiles(files, { size: 4 }));
  },
  /** The forms in which a figure is shown. */
  async figure() {
    const figure = filters(new Random(1).uniform([4, 1, 3, 3]));
    return { bundle: await figure.bundle(), metadata: await figure.metadata() };
  },
  /** What a browser cannot do is said. */
  async refusals() {
    const tried = (call: () => unknown): string => {
      try {
        call();
        return "";
      } catch (error) {
        return said(error);
      }
    };
    return { imageFolder: tried(() => chainrule.imageFolder("pictures", { size: 8 })) };
  },
};

export type TaskName = keyof typeof tasks;

export async function perform(name: string, options: object): Promise<unknown> {
  return await (tasks[name as TaskName] as (options: object) => Promise<unknown>)(options);
}
