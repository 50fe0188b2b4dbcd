/**
 * Whatever of the library shows itself in a notebook says how large its pictures are and what they show: without that a
 * front end draws them at twice their size, and nobody who cannot see them learns what is there.
 */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import * as library from "../../../lib/rooms.js";
import {
  displaySymbol,
  metadataSymbol,
  type MimeBundle,
  type MimeMetadata,
} from "../../../lib/display/index.js";
import plugin from "../../../lib/plugin.js";
import type { Formatter, KernelApi } from "../../../kernel/plugins/contract.js";
import { present } from "../../../kernel/display/protocol.js";
import { manifest } from "../../support/doors.js";
import { projectRoot } from "../../support/shared.js";
import { someHistory } from "./gallery.js";

type Showing = { [displaySymbol]?: () => unknown; [metadataSymbol]?: () => unknown };
type Class = abstract new (...parts: never[]) => Showing;

const isClass = (value: unknown): value is Class =>
  typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));

/** What each door has, by its specifier; those of the kernel show nothing of the library's. */
const doors = await Promise.all(
  Object.values(manifest.exports)
    .flatMap(({ default: file }) => (file?.startsWith("./dist/lib/") ? [file] : []))
    .map(async (file) => {
      const source = file.replace("./dist/", "").replace(/\.js$/, ".ts");
      const names = (await import(pathToFileURL(path.join(projectRoot, source)).href)) as object;
      return Object.entries(names);
    }),
);
const classes = [...new Map(doors.flat()).entries()].flatMap(([name, value]) =>
  isClass(value) && displaySymbol in value.prototype ? [[name, value] as const] : [],
);

/** Widgets show themselves by one method of their base; figures to touch, which have a picture, have a test of their own. */
const isWidget = ({ prototype }: Class): boolean =>
  (prototype as unknown) === library.Widget.prototype || prototype instanceof library.Widget;

const { Random, Sequential, Conv2d, Flatten, Linear, Dataset, SGD } = library;
const data = new Dataset(
  new Random(1).normal([12, 1, 4, 4]),
  Array.from({ length: 12 }, (_, n) => n % 2),
  ["a", "b"],
);
const network = () =>
  new Sequential(
    {
      conv: new Conv2d({ in: 1, out: 2, size: 3 }),
      flatten: new Flatten(),
      fc: new Linear({ in: 8, out: 2 }),
    },
    { input: [1, 4, 4] },
  );
const fitted = () =>
  library.fit(network(), data, {
    optimizer: new SGD({ lr: 0.01 }),
    epochs: 1,
    batchSize: 4,
    validation: false,
  });

/** One of every class that shows itself; those that a class is the base of stand for it too. */
const samples: Record<string, () => unknown> = {
  Sequential: network,
  Figure: () => library.lossCurve(someHistory(2, 5)),
  Chart: () => library.linePlot({ a: [1, 3, 2] }),
  GradientReport: () =>
    library.gradCheck(library.operation("relu", {}), { x: new Random(1).normal([4], 0, 1, "float64") }),
  Grade: () => library.check("relu", (dy) => ({ dx: dy }), { only: ["a row of numbers"] }),
  AnswerCheck: () => library.checkAnswer(55, 55),
  Marks: () => library.marks("y", 1, { a: () => ({ passed: true }) }),
  Run: fitted,
  Watch: () => {
    const watch = library.watchDistributions(network(), data, { live: false });
    watch.look(1);
    watch.look(2);
    return watch;
  },
  LearningRateTrial: () =>
    library.findLearningRate(network(), data, { optimizer: new SGD({ lr: 0.1 }), batchSize: 4, steps: 20 }),
  Variable: () => new library.Variable(2, "x").mul(3),
  DataTable: () => library.readCsv("a,b\n1,2\n"),
  IntSlider: () => new library.IntSlider({ value: 3 }),
};

describe("every class that shows itself", () => {
  it.each(classes)("%s says what its pictures are", (_, { prototype }) => {
    expect(typeof prototype[metadataSymbol]).toBe("function");
  });

  const shown = classes.filter(([name, one]) => name === "IntSlider" || !isWidget(one));
  it.each(shown.map(([name]) => name))(
    "%s, an example of it: size and words for each picture",
    async (name) => {
      expect(Object.keys(samples), "give an example of the class here").toContain(name);
      const value = (await samples[name]()) as Required<Showing>;
      const bundle = (await value[displaySymbol]()) as MimeBundle;
      const metadata = (await value[metadataSymbol]()) as MimeMetadata;
      expectDescribed(bundle, metadata);
    },
  );

  it("was found", () => {
    const names = classes.map(([name]) => name);
    expect(doors.length).toBeGreaterThan(15);
    for (const name of ["Sequential", "Run", "LearningRateTrial", "Variable", "DataTable", "Watch"])
      expect(names).toContain(name);
  });
});

it("every class of the sources that has a display, exported or not, says what its pictures are", () => {
  const folder = path.join(projectRoot, "lib");
  const showing = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => {
      const text = readFileSync(path.join(folder, file), "utf8");
      if (!/^\s+(async )?\[displaySymbol\]\(/m.test(text)) return [];
      return [...text.matchAll(/^(?:export )?(?:abstract )?class (\w+)[^]*?^}/gm)]
        .filter(([body]) => body.includes("[displaySymbol](") && !body.includes("[metadataSymbol]("))
        .map(([, name]) => name);
    });
  // In the place of a result that failed: an error's words, and no picture.
  expect(showing).toEqual(["Failure"]);
});

describe("what the kernel shows for the library", () => {
  const formatters: Formatter[] = [];
  const nothing = () => () => undefined;
  const kernel = {
    addFormatter: (test: Formatter["test"], format: Formatter["format"]) => {
      formatters.push({ test, format });
      return () => undefined;
    },
    addIndexHint: nothing,
    addOperatorHint: nothing,
    addPropertyHint: nothing,
    addInspection: nothing,
    addCommTarget: nothing,
    addCompletion: nothing,
    openComm: () => ({
      id: "a",
      ...{ send: nothing(), onMessage: nothing(), onClose: nothing(), close: nothing() },
    }),
  };
  void plugin.activate(kernel as unknown as KernelApi);

  it.each<[string, unknown]>([
    ["a tensor", library.zeros([3, 4])],
    [
      "a specification of Vega-Lite",
      {
        $schema: "https://vega.github.io/schema/vega-lite/v5.json",
        description: "Two bars.",
        data: { values: [{ a: 1 }, { a: 2 }] },
        mark: "bar",
        encoding: { x: { field: "a" } },
      },
    ],
  ])("%s has size and words for each picture", async (_, value) => {
    const { data: bundle, metadata } = present(value, formatters);
    expectDescribed((await bundle) as MimeBundle, (await metadata) as MimeMetadata);
    expect(Object.keys(await bundle).length).toBeGreaterThan(1);
  });
});

function expectDescribed(bundle: MimeBundle, metadata: MimeMetadata): void {
  expect(bundle["text/plain"]).toEqual(expect.any(String));
  for (const mime of Object.keys(bundle).filter((key) => key.startsWith("image/"))) {
    expect(metadata[mime]?.alt?.length, mime).toBeGreaterThan(5);
    if (mime !== "image/png") continue;
    const { width, height } = metadata[mime];
    const header = Buffer.from(bundle[mime] as string, "base64");
    // Two pixels of the picture are one on the page.
    expect([2 * width!, 2 * height!].map(Math.round)).toEqual([
      header.readUInt32BE(16),
      header.readUInt32BE(20),
    ]);
  }
}
