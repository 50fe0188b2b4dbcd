/**
 * `npm run bench:site`: how much a reader of the website loads, how soon she sees something, and how fast a network trains there
 * beside Node, in Chromium and in Firefox. Only ratios of one run are worth quoting: a busy machine slows all of a round down.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { Firefox } from "./firefox.js";
import { FIRST_NET, IS_READY, SiteJourney, WHEN_READY, executed, valueOf } from "./site-page.js";
import type { CellOutcome } from "./site-page.js";
import { step, until } from "./steps.js";

const MINUTE = 60_000;

/** The least that a browser's training may be of Node's, by the number of threads. */
const BARS = { 1: 0.9, 2: 0.85 } as const;

/** How many rounds there are, and for how long each trains in a round. */
const ROUNDS = 7;
const SECONDS = 0.8;

const NOTEBOOK = "lectures/10-convolution-forward-backward.ipynb";

/** The README's network, trained for a while: examples a second. Both as a cell and in Node. */
const RATE = `const data = digits({ train: 1024, test: 10 });
const rate = async (threads, seconds) => {
  compute.threads = threads;
  const net = new Sequential({
    conv1: new Conv2d({ in: 1, out: 8, size: 5, pad: 2 }), relu1: new ReLU(), pool1: new MaxPool2d({ size: 2 }),
    conv2: new Conv2d({ in: 8, out: 16, size: 5, pad: 2 }), relu2: new ReLU(), pool2: new MaxPool2d({ size: 2 }),
    fc: new Linear({ in: 784, out: 10 }),
  }, { input: [1, 28, 28], seed: 1 });
  const begun = performance.now();
  const end = begun + 1000 * seconds;
  const run = await fit(net, data.train, {
    optimizer: new SGD({ lr: 0.01 }), batchSize: 32, epochs: 1e9, validation: false, live: false,
    onStep: () => performance.now() < end,
  });
  return (32 * run.steps.length) / ((performance.now() - begun) / 1000);
};`;
const NAMES = "{ Conv2d, Linear, MaxPool2d, ReLU, SGD, Sequential, compute, digits, fit }";

/** Something that trains. */
interface Trainer {
  readonly name: string;
  rate(threads: 1 | 2, seconds: number): Promise<number>;
}

/** A process of Node's that answers a line with a rate. */
function nodeTrainer(): { trainer: Trainer; process: ChildProcess } {
  const library = pathToFileURL(join(projectRoot, "dist/lib/index.js")).href;
  const program = `import { createInterface } from "node:readline";
import ${NAMES} from ${JSON.stringify(library)};
${RATE}
for await (const line of createInterface({ input: process.stdin })) {
  const [threads, seconds] = JSON.parse(line);
  console.log(await rate(threads, seconds));
}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const rate = async (threads: 1 | 2, seconds: number): Promise<number> => {
    child.stdin.write(`${JSON.stringify([threads, seconds])}\n`);
    return Number((await lines.next()).value);
  };
  return { trainer: { name: "Node", rate }, process: child };
}

/** A notebook's kernel, which is asked by cells. */
async function cellTrainer(name: string, value: (code: string) => Promise<unknown>): Promise<Trainer> {
  const typed = RATE.replace("(threads, seconds)", "(threads: number, seconds: number)");
  await value(`import ${NAMES} from "chainrule";\n${typed}\n0`);
  return {
    name,
    rate: async (threads, seconds) => Number(await value(`await rate(${threads}, ${seconds})`)),
  };
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** The median over the rounds of a browser's rate divided by Node's in the same round. */
async function ratios(node: Trainer, other: Trainer): Promise<Record<1 | 2, number>> {
  const found = { 1: [] as number[], 2: [] as number[] };
  for (const one of [node, other]) for (const threads of [1, 2] as const) await one.rate(threads, SECONDS);
  for (let round = 0; round < ROUNDS; round++)
    for (const threads of [1, 2] as const) {
      const isFirst = round % 2 === 0;
      const [a, b] = isFirst ? [node, other] : [other, node];
      const rates = [await a.rate(threads, SECONDS), await b.rate(threads, SECONDS)];
      const [ofNode, ofOther] = isFirst ? rates : rates.reverse();
      found[threads].push(ofOther! / ofNode!);
    }
  return { 1: median(found[1]), 2: median(found[2]) };
}

/** In the page: milliseconds since 1970 of the first sight of anything. */
const PAINTED =
  "performance.timeOrigin + (performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN)";

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** Milliseconds after the link was followed. */
interface Visit {
  readonly painted: number;
  readonly result: number;
  readonly trained: number;
}

const visited = (name: string, { painted, result, trained }: Visit): string =>
  `${name}: first paint ${seconds(painted)}, first result ${seconds(result)}, first network trained ${seconds(trained)}`;

describe.skipIf(process.env.CHAINRULE_SITE_BENCH === undefined)("bench", () => {
  withFrontEnd("the course on a website", () => {
    withTool("chromium", "in Chromium", ({ command }) => {
      let site: SiteJourney;
      let node: ReturnType<typeof nodeTrainer>;
      const said: string[] = [];
      beforeAll(async () => {
        needsBuild();
        site = await SiteJourney.start(command);
        node = nodeTrainer();
      });
      afterAll(async () => {
        node?.process.kill();
        await site?.stop();
        console.log(said.join("\n"));
      });

      async function training(name: string, value: (code: string) => Promise<unknown>): Promise<void> {
        const found = await ratios(node.trainer, await cellTrainer(name, value));
        for (const threads of [1, 2] as const)
          said.push(
            `${name}, ${threads} threads: ${found[threads].toFixed(2)} of Node's speed (bar ${BARS[threads]})`,
          );
        for (const threads of [1, 2] as const)
          expect.soft(found[threads], `${name}, ${threads} threads`).toBeGreaterThanOrEqual(BARS[threads]);
      }

      it("Chromium", { timeout: 10 * MINUTE }, async () => {
        for (const visit of ["first", "second"]) {
          const begun = Date.now();
          const page = await site.open(NOTEBOOK);
          await page.ready(5 * MINUTE);
          const painted = Number(await page.page.evaluate(PAINTED)) - begun;
          await page.value("1 + 1");
          const result = Date.now() - begun;
          await page.value(FIRST_NET);
          said.push(visited(`Chromium, ${visit} visit`, { painted, result, trained: Date.now() - begun }));
          if (visit === "second") await training("Chromium", (code) => page.value(code));
          await page.page.close();
        }
        const sizes = await site.weight();
        const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
        said.push(
          `Until a network is trained (brotli): front end ${megabytes(sizes.frontEnd)}, kernel and library ${megabytes(sizes.kernel)}`,
        );
      });

      withTool("firefox-esr", "and Firefox", ({ command: firefoxCommand }) => {
        it("Firefox", { timeout: 10 * MINUTE }, async () => {
          const firefox = await Firefox.start(firefoxCommand);
          try {
            for (const visit of ["first", "second"]) {
              const begun = Date.now();
              const page = await firefox.open(`${site.address}?path=${NOTEBOOK}`);
              const { look } = page;
              await until("a notebook with a kernel", 5 * MINUTE, () => page.evaluate(IS_READY), look);
              await step("the kernel's first answer", 2 * MINUTE, page.evaluate(WHEN_READY), look);
              const value = async (code: string): Promise<unknown> => {
                const outcome = await step(code, 2 * MINUTE, page.evaluate(executed(code)), look);
                return valueOf(outcome as CellOutcome);
              };
              const painted = Number(await page.evaluate(PAINTED)) - begun;
              await value("1 + 1");
              const result = Date.now() - begun;
              await value(FIRST_NET);
              said.push(visited(`Firefox, ${visit} visit`, { painted, result, trained: Date.now() - begun }));
              if (visit === "second") await training("Firefox", value);
              await page.close();
            }
          } finally {
            await firefox.stop();
          }
        });
      });
    });
  });
});
