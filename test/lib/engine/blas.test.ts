/**
 * A BLAS that the user names does the large products. Here a package koffi made of a plain loop stands for the real one, so
 * that what is handed over (sizes, transposition, steps, the bias) is tested where there is neither.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const koffi = `
let calls = 0;
process.on("exit", () => console.log("calls " + calls));
exports.load = (file) => {
  if (file !== "libtest.so") throw new Error("no such file");
  return {
    func: () => (order, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
      calls++;
      if (order !== 101) throw new Error("order");
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++)
            sum += (ta === 112 ? a[l * lda + i] : a[i * lda + l]) * (tb === 112 ? b[j * ldb + l] : b[l * ldb + j]);
          c[i * ldc + j] = alpha * sum + beta * c[i * ldc + j];
        }
    },
  };
};`;

const library = new URL("../../../dist/lib/index.js", import.meta.url).href;
const script = `
  const { compute, linearForward, linearBackward, Random } = await import(${JSON.stringify(library)});
  const random = new Random(1);
  const reference = compute.engines.find(({ name }) => name === "reference");
  for (const bias of [true, false]) {
    const [x, w, dy] = [random.normal([64, 300]), random.normal([70, 300]), random.normal([64, 70])];
    const b = bias ? random.normal([70]) : undefined;
    const [ours, theirs] = [compute.engine, reference].map((engine) => {
      const { y, cache } = engine.of(linearForward)(x, w, b);
      const { dx, dw } = engine.of(linearBackward)(dy, cache);
      return [y, dx, dw].map(({ data }) => data);
    });
    ours.forEach((data, i) => {
      const worst = Math.max(...data.map((value, j) => Math.abs(value - theirs[i][j])));
      if (!(worst < 1e-4)) throw new Error("result " + i + " is off by " + worst);
    });
  }`;
const args = ["--input-type=module", "--eval", script];

describe("a BLAS of the machine", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "chainrule-blas-"));
    mkdirSync(path.join(folder, "node_modules/koffi"), { recursive: true });
    writeFileSync(path.join(folder, "node_modules/koffi/index.js"), koffi);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (blas: string, cwd = folder) =>
    spawnSync(process.execPath, args, {
      cwd,
      encoding: "utf8",
      env: { ...process.env, CHAINRULE_BLAS: blas },
    });

  it("does the forward and both backward products of large linear layers", () => {
    const { stdout, stderr } = run("libtest.so");
    expect(stderr).toBe("");
    expect(stdout.trim()).toBe("calls 6");
  });

  it("is left alone when nobody asks for it", () => {
    expect(execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" })).toBe("");
  });

  it("that is not there is named, with the way out", () => {
    expect(run("libother.so").stderr).toContain(
      "Error: compute: CHAINRULE_BLAS is libother.so, which cannot be loaded (no such file); give the file of a BLAS with " +
        "the C interface, such as libopenblas.so.0, or unset it.",
    );
    expect(run("libtest.so", tmpdir()).stderr).toContain(
      "Error: compute: CHAINRULE_BLAS asks for libtest.so, which the package koffi would call; npm install koffi, or unset it.",
    );
  });
});
