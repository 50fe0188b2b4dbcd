/** `npm run conformance`: ONNX's own operator cases pass, and the command can tell when one does not. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { projectRoot, withData } from "../support/shared.js";

function conformance(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(projectRoot, "test/conformance/run.mjs"), ...args],
    { encoding: "utf8" },
  );
  return { status, output: stdout + stderr };
}

withData("onnx", "ONNX's operator cases", (folder) => {
  test("all pass whose operators the library has, from JSON and from the original files", () => {
    const { status, output } = conformance(folder);
    expect(output).not.toContain("failed:");
    expect(status).toBe(0);
    const [, passed, failed, unsupported] =
      /(\d+) passed, (\d+) failed, (\d+) unsupported\n$/.exec(output) ?? [];
    expect(Number(failed)).toBe(0);
    expect(Number(passed)).toBeGreaterThanOrEqual(185);
    expect(Number(passed) + Number(unsupported)).toBe(197);
    // What is left over is not in the catalogue; a new name here is a loss.
    const names = /unsupported operators, with the number of cases: (.*)\n/
      .exec(output)?.[1]
      .replace(/ \(\d+\)/g, "");
    const known = ["Col2Im", "Conv", "ConvTranspose", "MatMul", "MaxUnpool", "MeanVarianceNormalization"];
    expect(known).toEqual(expect.arrayContaining(names?.split(", ") ?? []));
  });

  describe("a changed case", () => {
    const copy = mkdtempSync(join(tmpdir(), "chainrule-onnx-"));
    afterAll(() => rmSync(copy, { recursive: true }));
    const change = (
      name: string,
      edit: (one: { outputs: { b64: string; shape: number[] }[] }) => void,
    ): void => {
      mkdirSync(join(copy, "node"), { recursive: true });
      const file = join("node", `${name}.json`);
      cpSync(join(folder, file), join(copy, file));
      const one = JSON.parse(readFileSync(join(copy, file), "utf8"));
      edit(one);
      writeFileSync(join(copy, file), JSON.stringify(one));
    };
    const nudge = (b64: string, by: number): string => {
      const values = new Float32Array(Uint8Array.from(Buffer.from(b64, "base64")).buffer);
      values[0] += by;
      return Buffer.from(values.buffer).toString("base64");
    };

    test("fails: a number off by 3e-5, a wrong shape; and passes when it is not changed", () => {
      change("test_elu", ({ outputs: [y] }) => (y.b64 = nudge(y.b64, 3e-5)));
      change("test_flatten_axis2", ({ outputs: [y] }) => (y.shape = [20, 6]));
      change("test_adam", ({ outputs }) => (outputs[2].b64 = nudge(outputs[2].b64, 1e-3)));
      change("test_sce_none", ({ outputs: [y] }) => (y.b64 = nudge(y.b64, -1e-3)));
      change("test_tanh_example", () => {});
      const { status, output } = conformance(copy);
      for (const name of ["test_elu", "test_flatten_axis2", "test_adam", "test_sce_none"]) {
        expect(output).toContain(`failed: node/${name} (json): `);
      }
      expect(output).toMatch(/1 passed, 4 failed, 0 unsupported\n$/);
      expect(status).toBe(1);
    });
  });
});

test("without a folder it says what it wants", () => {
  expect(conformance()).toEqual({
    status: 2,
    output: "conformance: name the folder of cases: npm run conformance -- DIR\n",
  });
});
