/** What the displays of a search say and draw: order, failures with their reasons, axes, the best line above all others. */
import { expect, it } from "vitest";
import { choice, logUniform, parallelCoordinates, search, searchTable } from "../../../../lib/index.js";
import type { HasTrials, SearchTrial } from "../../../../lib/display/training/search-table.js";

const space = { filters: choice([4, 8, 16]), lr: logUniform(1e-4, 1) } as unknown as HasTrials["space"];
const trial = (number: number, filters: number, lr: number, rest: Partial<SearchTrial>): SearchTrial => ({
  ...{ number, configuration: { filters, lr }, budget: 1, status: "done", seconds: 2, ...rest },
});
const trials = [
  trial(0, 4, 0.01, { score: 0.4 }),
  trial(1, 16, 0.01, { score: 0.9 }),
  trial(2, 8, 1, { status: "failed", reason: "the score is NaN" }),
  trial(3, 8, 0.0001, { score: 0.6 }),
  trial(4, 4, 0.1, { status: "running", seconds: undefined }),
  trial(5, 4, 0.2, { status: "waiting", seconds: undefined }),
];
const found: HasTrials = { space, strategy: "random", trials, status: "running", seconds: 8 };

it("the table lists the best first, then what runs, then what failed, and why", () => {
  const { text, alt } = searchTable(found);
  expect(alt).toBe(
    "Search (random) under way: 3 of 6 trials, 1 failed, 1 running, 1 waiting, best score 0.9 (trial 1), 8.0 s, about 4.0 s left",
  );
  const rows = text.split("\n").slice(3);
  expect(rows.map((row) => Number(row.trim().split(/\s+/)[0]))).toEqual([1, 3, 0, 4, 2]);
  expect(rows[4]).toContain("failed: the score is NaN");
});

it("the table says how far a trial has come, and where it was ended", () => {
  const reports = [[0, 0.25], [3, 0.5]] as const; // prettier-ignore
  const own = [
    trial(0, 8, 1, { status: "pruned", reports }),
    trial(1, 8, 1, { status: "running", reports }),
    trial(2, 8, 1, { status: "failed", reason: "no" }),
    trial(3, 8, 1, { status: "pruned" }),
  ];
  const { text, alt } = searchTable({ ...found, trials: own });
  const at = ["running at step 3: 0.5", "failed: no", "pruned at step 3: 0.5"].map((words) =>
    text.indexOf(words),
  );
  expect(at).toEqual([...at].sort((a, b) => a - b));
  expect(at[0]).toBeGreaterThan(0);
  expect(alt).toContain("2 pruned");
});

it("the table names the machines, where there are others, and what was lost", () => {
  const elsewhere = trials.map((one, i) => ({
    ...one,
    ...(i < 2 && { host: `lab${i}`, ...(i === 1 && { lost: 1 }) }),
  }));
  const rows = searchTable({ ...found, trials: elsewhere }).text.split("\n");
  expect(rows.find((row) => row.includes("lab0"))).toMatch(/lab0\s*$/);
  expect(rows.find((row) => row.includes("lab1"))).toMatch(/lab1, begun 2 times\s*$/);
  const stopped = { ...found, status: "stopped" as const, stillRunning: ["lab0", "lab1 (scancel 7_1)"] };
  expect(searchTable(stopped).alt).toContain("2 trials still running on lab0, lab1 (scancel 7_1)");
});

it("a table of fewer rows says how many are left out", () => {
  expect(searchTable(found, { rows: 2 }).text).toContain("and 3 more trials");
});

it("a table of a thousand trials is as long as one of twenty: it is sent at every change", async () => {
  const size = async (n: number) => {
    const all = Array.from({ length: n }, (_, i) => trial(i, [4, 8, 16][i % 3]!, 0.01, { score: i / n }));
    return JSON.stringify(await searchTable({ ...found, trials: all }).bundle()).length;
  };
  expect(await size(1000)).toBeLessThan(1.05 * (await size(20)));
});

interface Layer {
  readonly data: { readonly values: readonly Record<string, unknown>[] };
}

async function layersOf(search: HasTrials): Promise<readonly Layer[]> {
  const bundle = await parallelCoordinates(search).bundle();
  return (bundle["application/vnd.vegalite.v5+json"] as { layer: readonly Layer[] }).layer;
}

it("every scored trial is a line over all axes, ranges on their own scale, and the best is drawn last", async () => {
  const [, lines] = await layersOf(found);
  const of = (number: number) => lines!.data.values.filter((row) => row.trial === number);
  expect(of(0).map((row) => [row.axis, row.place])).toEqual([
    ["filters", 0],
    ["lr", 0.5], // 0.01 is the middle of 0.0001 and 1, by its logarithm
    ["score", 0],
  ]);
  const order = [...new Set(lines!.data.values.map((row) => row.trial))];
  expect(order).toEqual([0, 3, 1]);
  expect(of(1).every((row) => row.best)).toBe(true);
});

it("a search with several budgets has an axis for them", async () => {
  const axes = async (all: HasTrials) => (await layersOf(all))[0]!.data.values.map((row) => row.axis);
  expect(await axes(found)).toEqual(["filters", "lr", "score"]);
  const more = [...trials, trial(6, 4, 0.01, { score: 0.5, budget: 3 })];
  expect(await axes({ ...found, trials: more })).toEqual(["filters", "lr", "budget", "score"]);
});

it("every colour of a score has a contrast of 3 or more on the white card, and better scores are darker", async () => {
  const [, lines] = (await layersOf(found)) as unknown as {
    encoding: { color: { scale: { range: string[] } } };
  }[];
  const light = lines!.encoding.color.scale.range.map((color) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = parseInt(color.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  });
  for (const luminance of light) expect(1.05 / (luminance + 0.05)).toBeGreaterThan(3);
  expect(light).toEqual([...light].sort((a, b) => b - a));
});

it("the words of the picture are the table, and nothing to draw is refused", async () => {
  const tried = await search({ a: choice([1, 2]) }, ({ a }) => a, {
    strategy: "grid",
    workers: 0,
    live: false,
  });
  expect(parallelCoordinates(tried).text).toBe(searchTable(tried).text);
  expect(() => parallelCoordinates({ ...found, trials: [] })).toThrow("no trial of the search has a score");
});
