/**
 * How does the cost of training grow with the batch, the images' size and the channels, and shrink with threads, here and
 * in PyTorch at its best? The network is `plain` of nets.mjs; while one grows the others stay. Every point is the
 * median over interleaved rounds, in microseconds an example. The table goes to standard output, the chart to a file.
 *
 *     node test/bench/growth.mjs [--rounds 3] [--seconds 0.2] [--svg build/growth.svg] [--png FILE]
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
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

/** As many threads as there are cores, up to eight, and one. */
const most = Math.min(8, Math.max(2, availableParallelism()));
const counts = [1, 2, 4, 8].filter((count) => count <= most);
if (!counts.includes(most)) counts.push(most);

/** What stays while another grows. */
const usual = { batch: 32, size: 32, channels: 16 };
const sweeps = {
  batch: [8, 16, 32, 64, 128, 256],
  size: [16, 32, 64, 128],
  channels: [4, 8, 16, 32, 64],
};
const titles = { batch: "batch", size: "image size", channels: "channels", threads: "threads" };

const growing = Object.entries(sweeps).flatMap(([what, values]) =>
  values.map((value) => ({ what, value, ...usual, [what]: value, counts: [1, most] })),
);
const points = [...growing, { what: "threads", ...usual, counts }];
const nameOf = ({ channels, size }) => `plain ${channels} ${size}`;
const description = JSON.stringify(
  Object.fromEntries(points.map((point) => [nameOf(point), plain(point.channels, point.size)])),
);
const ours = (threads) =>
  node("worker-chainrule.mjs", { CHAINRULE_COMPUTE: "wasm", CHAINRULE_THREADS: `${threads}` });
/** Whose lines are drawn, and the process of each for a number of threads. */
const makers = { chainrule: ours };
try {
  execFileSync(python, ["-c", "import torch"], { stdio: "ignore" });
  makers["PyTorch at its best"] = (threads) => torch(threads, "best", description);
} catch {
  console.error("without PyTorch (Debian: python3-torch)");
}
const named = (maker, count) => `${maker}, ${count} thread${count > 1 ? "s" : ""}`;
const contenders = Object.keys(makers).flatMap((maker) =>
  counts.map((count) => ({ maker, count, name: named(maker, count) })),
);

const running = Object.fromEntries(
  contenders.map(({ maker, count, name }) => [name, start(makers[maker](count))]),
);
const rows = [];
for (const point of points) {
  const asked = contenders.filter(({ count }) => point.counts.includes(count));
  const rates = Object.fromEntries(asked.map(({ name }) => [name, []]));
  for (let round = -1; round <= Number(options.rounds); round++) {
    for (const { name } of shuffled(asked)) {
      const question = {
        net: nameOf(point),
        batch: point.batch,
        forward: false,
        seconds: Number(options.seconds),
      };
      const answer = await running[name].ask(question);
      if (answer.error) throw new Error(`${name}, ${nameOf(point)}: ${answer.error}`);
      if (round > 0) rates[name].push(answer.examplesPerSecond); // the first builds, the second warms up
    }
  }
  for (const { maker, count, name } of asked) {
    const microseconds = 1e6 / median(rates[name]);
    const place = { what: titles[point.what], value: point.value ?? count };
    rows.push({ ...place, contender: point.what === "threads" ? maker : name, microseconds });
  }
}
for (const { child } of Object.values(running)) child.kill();

const names = contenders.filter(({ count }) => count === 1 || count === most).map(({ name }) => name);
const cell = (what, value, contender) => {
  const row = rows.find((row) => row.what === what && row.value === value && row.contender === contender);
  return Number(row.microseconds.toPrecision(3));
};
const line = (cells) => `| ${cells.join(" | ")} |`;
console.log([line(["µs an example", "", ...names]), line(["", "", ...names].map(() => "---"))].join("\n"));
for (const { what, value } of growing)
  console.log(line([titles[what], value, ...names.map((name) => cell(titles[what], value, name))]));
console.log(
  [``, line(["threads", ...Object.keys(makers)]), line(["", ...Object.keys(makers)].map(() => "---"))].join(
    "\n",
  ),
);
for (const count of counts)
  console.log(line([count, ...Object.keys(makers).map((maker) => cell(titles.threads, count, maker))]));

// Two of Okabe and Ito's colours, one a contender; dashes for one thread.
const [blue, orange] = ["#0072b2", "#d55e00"];
const order = [...names, ...Object.keys(makers)];
const figure = chart(
  {
    title: `A training step of two 3×3 convolutions: batch ${usual.batch}, ${usual.size}×${usual.size}, ${usual.channels} channels`,
    hconcat: Object.values(titles).map((title) => ({
      width: 170,
      height: 220,
      data: { values: rows.filter(({ what }) => what === title) },
      mark: { type: "line", point: { filled: true } },
      encoding: {
        x: {
          field: "value",
          type: "quantitative",
          title,
          scale: { type: "log", base: 2, nice: false },
          axis: { values: [...new Set(rows.filter(({ what }) => what === title).map(({ value }) => value))] },
        },
        y: { field: "microseconds", type: "quantitative", title: "µs an example", scale: { type: "log" } },
        color: {
          field: "contender",
          type: "nominal",
          title: null,
          scale: {
            domain: order,
            range: order.map((name) => (name.startsWith("chainrule") ? blue : orange)),
          },
          legend: { orient: "bottom", columns: 3, symbolType: "stroke", symbolSize: 400 },
        },
        strokeDash: {
          field: "contender",
          type: "nominal",
          title: null,
          scale: { domain: order, range: order.map((name) => (name.endsWith("1 thread") ? [4, 3] : [1, 0])) },
          legend: { orient: "bottom", columns: 3, symbolType: "stroke", symbolSize: 400 },
        },
      },
    })),
    resolve: { scale: { y: "shared" } },
  },
  {
    alt: "What a training step costs an example, as batch, image size and channels grow, and with more threads.",
  },
);
mkdirSync(dirname(options.svg), { recursive: true });
writeFileSync(options.svg, await figure.svg());
if (options.png) writeFileSync(options.png, await figure.png());
process.exit(0);
