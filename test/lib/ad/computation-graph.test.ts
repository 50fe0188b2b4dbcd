/**
 * Protects the drawn graph: every gate, value and gradient is there, forked wires carry parts that add up, the
 * text form says the same, and pictures are well-formed.
 */
import { expect, it } from "vitest";
import { computationGraph, displaySymbol, Variable } from "../../../lib/index.js";

const lesson = (): { x: Variable; y: Variable; z: Variable; f: Variable } => {
  const [x, y, z] = [new Variable(-2, "x"), new Variable(5, "y"), new Variable(-4, "z")];
  return { x, y, z, f: x.add(y).named("q").mul(z).named("f") };
};

/** The texts of one colour in a drawing. */
const textsOf = (svg: string, fill: string): string[] =>
  [...svg.matchAll(new RegExp(`<text [^>]*fill="${fill}"[^>]*>([^<]*)<`, "g"))]
    .map(([, content]) => content)
    .sort();

const [GREEN, RED] = ["#00805e", "#c02f1d"];

it("draws lecture D's first graph: values above the wires, gradients below", async () => {
  const { f } = lesson();
  const figure = computationGraph(f, { title: "(x + y) z" });
  const svg = await figure.svg();
  expect(textsOf(svg, GREEN)).toEqual(["5", "q = 3", "−12", "−2", "−4"]);
  expect(textsOf(svg, RED)).toEqual(["1", "3", "−4", "−4", "−4"]);
  expect(svg.match(/<ellipse/g)).toHaveLength(2);
  expect(svg).toContain("(x + y) z");
  expect(figure.alt).toBe("A computation graph of 2 gates: f is −12; ∂f/∂x = −4, ∂f/∂y = −4, ∂f/∂z = 3.");
  expect(figure.text.split("\n").map((line) => line.trimEnd().replace(/ +/g, " "))).toEqual([
    "(x + y) z",
    " is value ∂f/∂•",
    expect.stringMatching(/^─+$/),
    "x −2 −4",
    "y 5 −4",
    "z −4 3",
    "q x + y 3 −4",
    "f q · z −12 1",
  ]);
});

it("a wire forks where a variable is used twice, and the parts add up", async () => {
  const x = new Variable(3, "x");
  const svg = await computationGraph(x.mul(5).add(x.mul(x)).named("f")).svg();
  // The trunk carries 5 + 3 + 3 = 11; the branches 5, 3 and 3; the two products and the output 1 each.
  expect(textsOf(svg, RED)).toEqual(["1", "1", "1", "11", "3", "3", "5"]);
  expect(svg.match(/<circle/g)).toHaveLength(1);
  expect(svg).toContain("Where a wire forks");
  const values = await computationGraph(x.mul(x), { gradients: false }).svg();
  expect(values).not.toContain("Where a wire forks");
});

it("shows tangents along one input, or values alone", async () => {
  const { x, f } = lesson();
  const along = computationGraph(f, { along: x });
  expect(textsOf(await along.svg(), RED)).toEqual(["0", "0", "1", "1", "−4"]);
  expect(along.text).toContain("∂•/∂x");
  const values = computationGraph(f, { gradients: false });
  expect(textsOf(await values.svg(), RED)).toEqual([]);
  expect(values.text).not.toContain("∂");
  expect(() => computationGraph(f, { along: new Variable(1, "t") })).toThrow("does not depend on t");
});

it("drawing leaves the variables' own gradients alone", () => {
  const { x, f } = lesson();
  f.backward(10);
  computationGraph(f);
  expect(x.gradient).toBe(-40);
});

it("constants stand in the gates, and variables without a name get one that is free", () => {
  const a = new Variable(2, "v1");
  const { text } = computationGraph(a.mul(-3).add(1).reciprocal());
  expect(text).toContain("v1 · (−3)");
  expect(text).toContain("v2 + 1");
  expect(text).toContain("1 / v3");
});

it("a variable shows its graph in a notebook and prints as a table", async () => {
  const { f } = lesson();
  const bundle = await f[displaySymbol]();
  expect(Object.keys(bundle)).toEqual(["image/svg+xml", "image/png", "text/plain"]);
  expect(
    Buffer.from(bundle["image/png"] as string, "base64")
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG");
  expect(bundle["text/plain"]).toContain("q · z");
});

it("a name cannot break the drawing", async () => {
  const f = new Variable(1, `<b>"&\\`).exp().named("n0; } ]");
  const svg = await computationGraph(f).svg();
  expect(svg).toContain("&lt;b&gt;&quot;&amp;\\");
  expect(svg).not.toContain("<b>");
});

it("a lone input has a drawing, and one too large to read has none", async () => {
  expect(textsOf(await computationGraph(new Variable(7, "x")).svg(), GREEN)).toEqual(["7"]);
  let y = new Variable(1, "x");
  for (let i = 0; i < 200; i++) y = y.add(1);
  expect(() => computationGraph(y)).toThrow(
    "200 wires cannot be told apart in a drawing; draw a part with at most 150.",
  );
});
