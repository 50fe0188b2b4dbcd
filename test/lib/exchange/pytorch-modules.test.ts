/**
 * The modules that PyTorch's networks are made of, through its exporter: the imported network computes what PyTorch computes,
 * for batches of any size, passes PyTorch's gradients back, trains, and is the same after it was exported and read again.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import {
  cast,
  exportOnnx,
  gradCheckNet,
  importOnnx,
  Pass,
  readNpz,
  UnsupportedOperatorError,
  Linear,
  summary,
  Sequential,
  type Tensor,
} from "../../../lib/index.js";
import { sizeOf } from "../../../lib/array/tensor.js";
import { deviation } from "../../support/engines.js";
import { withTool } from "../../support/shared.js";

withTool("python3-torch", "modules that PyTorch writes", ({ command, args }) => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-modules-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const script = fileURLToPath(new URL("export_torch_modules.py", import.meta.url));
  const { status, stderr } = spawnSync(command, [...args, script, folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const file = (name: string): Buffer => readFileSync(join(folder, name));
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".npz"))
    .map((name) => name.slice(0, -".npz".length));
  const modules = names.filter((name) => name !== "positions-first");

  /** The numbers of a file in the precision of its network; indices come as whole numbers. */
  function numbers(name: string): Record<"x" | "y" | "x3" | "y3" | "dy" | "dx", Tensor> {
    const dtype = name.endsWith("double") ? "float64" : "float32";
    const arrays = Object.entries(readNpz(file(`${name}.npz`)));
    return Object.fromEntries(arrays.map(([key, x]) => [key, cast(x, dtype)])) as ReturnType<typeof numbers>;
  }

  test("there are many", () => expect(modules.length).toBeGreaterThan(200));

  describe.each(modules)("%s", (name) => {
    // ONNX stores settings such as ε in single precision, whatever the network's.
    const tolerance = name.endsWith("double") ? 1e-7 : 2e-6;
    const read = (): Sequential => importOnnx(file(`${name}.onnx`));

    test("computes what PyTorch computes, for other batches too, and its gradient", () => {
      const { x, y, x3, y3, dy, dx } = numbers(name);
      const net = read();
      const pass = new Pass();
      expect(deviation(net.forward(x, pass), y)).toBeLessThan(tolerance);
      expect(deviation(net.backward(dy, pass), dx)).toBeLessThan(10 * tolerance);
      expect(deviation(net.forward(x3), y3)).toBeLessThan(tolerance);
      // A network of single examples says so, and shows itself as a table.
      expect(net.input).toEqual(x.shape.slice(1));
      expect(net.outputShape(x.shape.slice(1))).toEqual(y.shape.slice(1));
      expect(net.table().text).toContain("multiply-adds");
      const costs = summary(net).map(({ multiplyAdds = 0 }) => multiplyAdds);
      expect(costs.reduce((a, b) => a + b, 0)).toBe(net.multiplyAdds(x.shape.slice(1)));
    });

    test("is the same after it was written and read again", () => {
      const { x, y, x3, y3, dy, dx } = numbers(name);
      const net = read();
      const back = importOnnx(exportOnnx(net));
      const pass = new Pass();
      expect(deviation(back.forward(x, pass), y)).toBeLessThan(tolerance);
      expect(deviation(back.backward(dy, pass), dx)).toBeLessThan(10 * tolerance);
      expect(deviation(back.forward(x3), y3)).toBeLessThan(tolerance);
      expect(Object.values(back.parameters).map(({ value }) => value.shape)).toEqual(
        Object.values(net.parameters).map(({ value }) => value.shape),
      );
    });
  });

  test.each([
    ["layernorm", 2],
    ["groupnorm", 2],
    ["matrices", 0],
    ["attention", 4],
    ["multihead", 4],
    ["encoder", 12],
    ["vision-transformer", 10],
    ["unet", 6],
  ])("%s trains: all its gradients are those of differences", (name, parameters) => {
    const net = importOnnx(file(`${name}.16-double.onnx`));
    const { x, y } = numbers(`${name}.16-double`);
    expect(Object.keys(net.parameters).length).toBeGreaterThanOrEqual(parameters);
    const labels = Array.from({ length: x.shape[0] }, (_, n) => n % 2);
    // Whatever it gives, a linear layer makes three scores of it.
    const scores = new Linear({ in: sizeOf(y.shape.slice(1)), out: 3, dtype: "float64", seed: 1 });
    const report = gradCheckNet(new Sequential({ net, scores }), x, labels);
    expect(report.passed, String(report)).toBe(true);
  });

  test.each([
    ["lstm", "LSTM: recurrent layers are not in the catalogue"],
    ["gru", "GRU: recurrent layers are not in the catalogue"],
    ["conv3d", "windows over 3 axes are not in the catalogue"],
    ["bicubic", "cubic interpolation"],
    ["argmax", "ArgMax: indices have no gradient"],
    ["hardshrink", "it compares what the network computes"],
  ])("%s is refused in words", (name, why) => {
    const run = () => importOnnx(file(`${name}.refused.onnx`));
    expect(run).toThrow(UnsupportedOperatorError);
    expect(run).toThrow(why);
  });

  test("an open axis may be another than the first", () => {
    const net = importOnnx(file("positions-first.onnx"));
    const { x, y } = numbers("positions-first");
    expect(deviation(net.forward(x), y)).toBeLessThan(2e-6);
    expect(() => exportOnnx(net, { input: [2, 8] })).toThrow("exportOnnx(net, { batch: 1 })");
    const back = importOnnx(exportOnnx(net, { input: [2, 8], batch: 5 }));
    expect(deviation(back.forward(x), y)).toBeLessThan(2e-6);
  });
});
