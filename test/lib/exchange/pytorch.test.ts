/** ONNX files by PyTorch's exporter, operator sets 7 to 17: the imported network computes what PyTorch computes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { importOnnx, readNpz, readOnnx, type Tensor } from "../../../lib/index.js";
import { deviation } from "../../support/engines.js";
import { withTool } from "../../support/shared.js";

withTool("python3-torch", "ONNX files that PyTorch writes", ({ command, args }) => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-torch-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let numbers: Record<string, Tensor>;
  beforeAll(() => {
    const script = fileURLToPath(new URL("export_torch.py", import.meta.url));
    const { status, stderr } = spawnSync(command, [...args, script, folder], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    numbers = readNpz(readFileSync(join(folder, "numbers.npz")));
  });

  test.each([7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17])("operator set %i", (opset) => {
    const bytes = readFileSync(join(folder, `${opset}.onnx`));
    expect(readOnnx(bytes).opsets).toEqual({ "": opset });
    expect(deviation(importOnnx(bytes).forward(numbers.x), numbers.y)).toBeLessThan(1e-6);
  });
});
