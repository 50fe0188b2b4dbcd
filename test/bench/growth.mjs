/**
 * How does the cost of training grow with the batch, the images' size and the channels? The network is `plain` of
 * nets.mjs; while one grows the others stay. Every point is the median over interleaved rounds, in microseconds an
 * example. The table goes to standard output, the chart to a file.
 *
 *     node test/bench/growth.mjs [--rounds 3] [--seconds 0.2] [--svg build/growth.svg] [--png FILE]
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { chart } from "../../dist/lib/index.js";
import { median, node, python, shuffled, start, torch } from "./contender.mjs";
import { plain } from "./nets.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "0.2" },
    svg: { type: "string", default: "build/growth.svg" },
    png: { type: "string" },
  },
});

/** What stays while another grows. */
const usual = { batch: 32, size: 32, channels: 16 };
const sweeps = {
  batch: [8, 16, 32, 64, 128, 256],
  size: [16, 32, 64, 96, 128],
  channels: [4, 8, 16, 32, 64],
};
const titles = { batch: "batch", size: "image size", channels: "channels" };

const points = Object.entries(sweeps).flatMap(([what, values]) =>
  values.map((value) => ({ what, value, ...usual, [what]: value })),
);
const nameOf = ({ channels, size }) => `plain ${channels} ${size}`;
const description = JSON.stringify(
  Object.fromEntries(points.map((point) => [nameOf(point), plain(point.channels, point.size)])),
);
const ours = (threads) =>
  node("worker-chainrule.mjs", { CHAINRULE_COMPUTE: "wasm", CHAINRULE_THREADS: `${threads}` });
const contenders = { "chainrule, 1 thread": ours(1), "chainrule, 2 threads": ours(2) };
try {
  execFileSync(python, ["-c", "import torch"], { stdio: "ignore" });
  contenders["PyTorch, 1 thread"] = torch(1, "stock", description);
} catch {
  console.error("without PyTorch (Debian: python3-torch)");
}

const running = Object.fromEntries(Object.entries(contenders).map(([name, how]) => [name, start(how)]));
const rows = [];
for (const point of points) {
  const rates = Object.fromEntries(Object.keys(running).map((name) => [name, []]));
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const name of shuffled(Object.keys(running))) {
      const question = {
        net: nameOf(point),
        batch: point.batch,
        forward: false,
        seconds: Number(options.seconds),
      };
      const answer = await running[name].ask(question);
      if (answer.error) throw new Error(`${name}, ${nameOf(point)}: ${answer.error}`);
      if (round > 0) rates[name].push(answer.examplesPerSecond); // the first warms up
    }
  }
  for (const [contender, own] of Object.entries(rates)) {
    rows.push({ what: titles[point.what], value: point.value, contender, microseconds: 1e6 / median(own) });
  }
}
for (const { child } of Object.values(running)) child.kill();

const names = Object.keys(contenders);
console.log(`| µs an example | | ${names.join(" | ")} |\n|---|---|${names.map(() => "---|").join("")}`);
for (const { what, value } of points) {
  const cells = names.map((name) => {
    const row = rows.find(
      (row) => row.what === titles[what] && row.value === value && row.contender === name,
    );
    return Number(row.microseconds.toPrecision(3));
  });
  console.log(`| ${titles[what]} | ${value} | ${cells.join(" | ")} |`);
}

const figure = chart(
  {
    title: `A training step of two 3×3 convolutions: batch ${usual.batch}, ${usual.size}×${usual.size}, ${usual.channels} channels`,
    hconcat: Object.values(titles).map((title) => ({
      width: 190,
      height: 220,
      data: { values: rows.filter(({ what }) => what === title) },
      mark: { type: "line", point: true },
      encoding: {
        x: {
          field: "value",
          type: "quantitative",
          title,
          scale: { type: "log", base: 2, nice: false },
          axis: { values: sweeps[Object.keys(titles).find((key) => titles[key] === title)] },
        },
        y: { field: "microseconds", type: "quantitative", title: "µs an example", scale: { type: "log" } },
        color: { field: "contender", type: "nominal", title: null, sort: names },
      },
    })),
    resolve: { scale: { y: "shared" } },
  },
  { alt: "What a training step costs an example, as batch, image size and channels grow." },
);
mkdirSync(dirname(options.svg), { recursive: true });
writeFileSync(options.svg, await figure.svg());
if (options.png) writeFileSync(options.png, await figure.png());
process.exit(0);
