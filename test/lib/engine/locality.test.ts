/**
 * What an output depends on. A convolution's output sees what its filter covers; Winograd's rounding makes it depend a
 * little on its neighbours as well, within a bound that is said, and whoever shows who sees what computes without it. A number
 * that is not finite stays where it belongs on every engine.
 */
import { describe, expect, it } from "vitest";
import {
  cast,
  compute,
  Conv2d,
  conv2dBackward,
  conv2dForward,
  convTranspose2dBackward,
  convTranspose2dForward,
  Engine,
  Flatten,
  Linear,
  occlusionMap,
  Pass,
  Random,
  receptiveField,
  saliency,
  Sequential,
  Tanh,
  wrap,
  zeros,
  type Shape,
  type Tensor,
} from "../../../lib/index.js";
import { reference } from "../../../lib/engine/reference.js";
import { builds } from "../../../lib/engine/wasm/machine.js";
import { WasmEngine } from "../../../lib/engine/wasm/engine.js";

const random = new Random(12);
const plain = new WasmEngine(builds()[1]);
const engines: [string, Engine][] = [
  ...compute.engines
    .filter(({ name }) => name !== "reference")
    .map((engine): [string, Engine] => [engine.name, engine]),
  ["wasm, plain", plain],
  ["wasm, local", compute.engine.local],
];

/** Which numbers are NaN, ∞ or −∞: "NaN", "Infinity"; finite ones count as ".". */
const kinds = (x: Tensor): string[] =>
  Array.from(x.data, (value) => (Number.isFinite(value) ? "." : String(value)));

describe.each(engines)("on %s", (_, engine) => {
  const shape: Shape = [2, 4, 9, 10];
  const spoilt = (value: number, at: number, [...extents]: Shape): Tensor => {
    const x = random.normal(extents);
    x.data[at] = value;
    return x;
  };

  describe.each([3, 5])("a convolution with filters of %i squared", (size) => {
    const options = { pad: (size - 1) / 2 };
    const w = random.normal([8, 4, size, size]);
    const b = random.normal([8]);

    it.each([NaN, Infinity, -Infinity, 3e38])(
      "of a %d in x is wrong where the reference is, and nowhere else",
      (value) => {
        const x = spoilt(value, 157, shape);
        const got = engine.of(conv2dForward)(x, w, b, options);
        const right = conv2dForward(x, w, b, options);
        expect(kinds(got.y)).toEqual(kinds(right.y));
        expect(kinds(right.y).filter((kind) => kind === ".").length).toBeGreaterThan(500);
        const dy = random.normal(got.y.shape);
        const [mine, theirs] = [engine.of(conv2dBackward)(dy, got.cache), conv2dBackward(dy, right.cache)];
        expect(kinds(mine.dw)).toEqual(kinds(theirs.dw));
        expect(kinds(mine.dx)).toEqual(kinds(theirs.dx));
      },
    );

    it.each([NaN, Infinity])("of a %d in dy likewise", (value) => {
      const x = random.normal(shape);
      const got = engine.of(conv2dForward)(x, w, undefined, options);
      const dy = spoilt(value, 333, got.y.shape);
      const [mine, theirs] = [
        engine.of(conv2dBackward)(dy, got.cache),
        conv2dBackward(dy, conv2dForward(x, w, undefined, options).cache),
      ];
      expect(kinds(mine.dx)).toEqual(kinds(theirs.dx));
      expect(kinds(mine.dw)).toEqual(kinds(theirs.dw));
    });

    it("of 1e37 is as large as the reference's", () => {
      const x = spoilt(1e37, 157, shape);
      const small = wrap(
        w.data.map((value) => value / 10),
        w.shape,
      );
      const [got, right] = [
        engine.of(conv2dForward)(x, small, b, options).y,
        conv2dForward(x, small, b, options).y,
      ];
      expect(kinds(right).every((kind) => kind === ".")).toBe(true);
      for (let i = 0; i < right.size; i++) {
        const gap = Math.abs(got.data[i] - right.data[i]);
        expect(gap <= 1e-5 * Math.max(Math.abs(right.data[i]), 1e37)).toBe(true);
      }
    });

    it("transposed: of a NaN in x and of one in dy likewise", () => {
      const x = spoilt(NaN, 500, [2, 8, 9, 10]);
      const up = engine.of(convTranspose2dForward)(x, w, undefined, options);
      const right = convTranspose2dForward(x, w, undefined, options);
      expect(kinds(up.y)).toEqual(kinds(right.y));
      const dy = spoilt(Infinity, 100, up.y.shape);
      const clean = random.normal(x.shape);
      expect(
        kinds(
          engine.of(convTranspose2dBackward)(
            dy,
            engine.of(convTranspose2dForward)(clean, w, undefined, options).cache,
          ).dx,
        ),
      ).toEqual(
        kinds(convTranspose2dBackward(dy, convTranspose2dForward(clean, w, undefined, options).cache).dx),
      );
    });
  });
});

describe("a bright pixel", () => {
  const pixel = 1e6;
  const shine = (engine: Engine, size: number): { seen: number; unseen: number; most: number } => {
    const x = random.normal([1, 4, 16, 16]);
    const w = random.normal([8, 4, size, size]);
    const options = { pad: (size - 1) / 2 };
    const bright = wrap(x.data.slice() as Float32Array, x.shape);
    const [row, column] = [7, 6];
    bright.set(0, 1, row, column, pixel);
    const [dark, lit] = [x, bright].map((one) => engine.of(conv2dForward)(one, w, undefined, options).y);
    let [seen, unseen, most] = [0, 0, 0];
    for (let f = 0; f < 8; f++) {
      let mass = 0;
      for (let k = 0; k < 4 * size * size; k++) mass += Math.abs(w.data[f * 4 * size * size + k]);
      for (let i = 0; i < 16; i++) {
        for (let j = 0; j < 16; j++) {
          const change = Math.abs(lit.get(0, f, i, j) - dark.get(0, f, i, j));
          const sees = Math.abs(i - row) <= options.pad && Math.abs(j - column) <= options.pad;
          if (sees) seen++;
          if (!sees && change > 0) unseen++;
          if (!sees) most = Math.max(most, change / (pixel * mass));
        }
      }
    }
    return { seen, unseen, most };
  };

  it.each([3, 5])(
    "shines on what does not see it through Winograd's convolution with filters of %i squared, a little",
    (size) => {
      const { unseen, most } = shine(compute.engines[0], size);
      expect(unseen).toBeGreaterThan(0);
      expect(most).toBeLessThan(1e-6);
    },
  );

  it.each([3, 5])("does not on a local engine, to the last bit", (size) => {
    for (const engine of compute.engines) expect(shine(engine.local, size).unseen, engine.name).toBe(0);
    expect(shine(plain.local, size).unseen).toBe(0);
    const own = new Engine("own", { next: compute.engines[0] });
    expect(shine(own.local, size).unseen).toBe(0);
    expect(own.local.name).toBe("own");
  });

  it("an engine that is local already is its own local one", () => {
    expect(reference.local).toBe(reference);
    for (const { local } of compute.engines) expect(local.local).toBe(local);
  });
});

describe("the bound that compute.report names", () => {
  it.each([
    [3, 3e-5],
    [5, 6e-5],
  ])("holds for filters of %i squared with few weights, which cancel nothing", (size, bound) => {
    const draw = new Random(7);
    let worst = 0;
    for (let trial = 0; trial < 60; trial++) {
      const x = draw.normal([1, 3, 12, 12]);
      for (let i = 0; i < x.size; i++) x.data[i] = trial % 2 ? Math.sign(x.data[i]) : x.data[i];
      const w = zeros([8, 3, size, size]);
      for (let f = 0; f < 8; f++)
        w.set(f, draw.integer(3), draw.integer(size), draw.integer(size), 0.5 + draw.next());
      const options = { pad: (size - 1) / 2 };
      const y = compute.engines[0].of(conv2dForward)(x, w, undefined, options).y;
      const right = conv2dForward(cast(x, "float64"), cast(w, "float64"), undefined, options).y;
      const largest = x.data.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
      for (let f = 0; f < 8; f++) {
        let mass = 0;
        for (let k = 0; k < 3 * size * size; k++) mass += Math.abs(w.data[f * 3 * size * size + k]);
        for (let p = 0; p < 144; p++)
          worst = Math.max(worst, Math.abs(y.data[f * 144 + p] - right.data[f * 144 + p]) / (mass * largest));
      }
    }
    expect(worst).toBeGreaterThan(1e-7);
    expect(worst).toBeLessThan(bound);
  });

  it("stands beside the route, and not on a local engine", () => {
    const conv = (size: number): Conv2d => new Conv2d({ in: 3, out: 8, size });
    const [three] = compute.report(conv(3), [3, 9, 9]);
    expect(three).toMatchObject({ route: "winograd" });
    expect(three.why).toContain("3e−5 of the largest number in its tile of 6×6");
    expect(compute.report(conv(5), [3, 9, 9])[0].why).toContain(
      "6e−5 of the largest number in its tile of 8×8",
    );
    expect(compute.engine.local.route(conv(3), [3, 9, 9])).toMatchObject({ route: "direct" });
  });
});

describe("what shows who sees what", () => {
  const net = new Sequential(
    {
      conv1: new Conv2d({ in: 3, out: 8, size: 3, seed: 1 }),
      tanh: new Tanh(),
      conv2: new Conv2d({ in: 8, out: 8, size: 3, seed: 2 }),
      flatten: new Flatten(),
      fc: new Linear({ in: 8 * 12 * 12, out: 2 }),
    },
    { input: [3, 16, 16] },
  );
  // Class 0 is the unit of row 5 and column 6 in conv2's first map; class 1 is nothing.
  const w = zeros([2, 8 * 144]);
  w.set(0, 5 * 12 + 6, 1);
  net.parameters["fc.w"].value = w;
  const image = random.normal([3, 16, 16], 0, 100);
  const field = receptiveField(net, "conv2", [5, 6]);
  const inside = (row: number, column: number): boolean =>
    row >= field.top &&
    row < field.top + field.height &&
    column >= field.left &&
    column < field.left + field.width;

  it("saliency ends where the receptive field ends, to the last bit", () => {
    const { map } = saliency(net, image, 0);
    for (let i = 0; i < 16; i++)
      for (let j = 0; j < 16; j++) if (!inside(i, j)) expect(map.get(i, j)).toBe(0);
    expect(map.get(6, 7)).toBeGreaterThan(0);
  });

  it("occlusion outside of it changes nothing", () => {
    const { map } = occlusionMap(net, image, 0, { size: 1, fill: 1e6 });
    for (let i = 0; i < 16; i++)
      for (let j = 0; j < 16; j++) if (!inside(i, j)) expect(map.get(i, j)).toBe(0);
  });

  it("a pass on a local engine has gradients like any other", () => {
    const x = random.normal([2, 3, 16, 16]);
    const gradients = [compute.engine, compute.engine.local].map((engine) => {
      const pass = new Pass({ engine });
      net.backward(net.forward(x, pass), pass);
      return pass.gradients.get(net.parameters["conv2.w"])!.data;
    });
    const top = gradients[0].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    gradients[0].forEach((value, i) => expect(Math.abs(value - gradients[1][i])).toBeLessThan(1e-5 * top));
    expect(compute.engine.local.threads).toBe(compute.threads);
  });
});
