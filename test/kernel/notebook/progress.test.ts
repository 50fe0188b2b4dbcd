/** The progress line, in a terminal and in a file. */
import { expect, it } from "vitest";
import { ProgressLine } from "../../../kernel/notebook/progress.js";
import type { Progress } from "../../../kernel/notebook/run.js";

const step = (state: Progress["state"], source: string): Progress => ({
  state,
  number: 2,
  total: 9,
  seconds: 1.26,
  cell: { cell_type: "code", id: "c", metadata: {}, source, execution_count: 2, outputs: [] },
});

function shown(columns: number | undefined, ...steps: Progress[]): string[] {
  const written: string[] = [];
  const line = new ProgressLine({ write: (text) => written.push(text), columns, hasColours: false });
  for (const one of steps) line.show(one);
  line.end();
  return written;
}

it("is a line for each cell that ended where lines cannot be rewritten", () => {
  const source = 'import {\n  a,\n} from "b";\n\nconst net = 1;\nnet';
  expect(shown(undefined, step("running", source), step("ok", source), step("failed", "x"))).toEqual([
    "cell 2 of 9: 1.3 s  const net = 1;\n",
    "cell 2 of 9: 1.3 s failed  x\n",
  ]);
  expect(shown(undefined, step("ok", 'import { a } from "b";'))[0]).toContain('import { a } from "b";');
});

it("is one line that is rewritten in a terminal, no wider than that, and gone at the end", () => {
  const written = shown(40, step("running", "const w = 1; // ".padEnd(200, "=")));
  expect(written).toHaveLength(2);
  expect(written[0]).toMatch(/^\r\x1b\[Kcell 2 of 9 {2}1\.3 s {2}const w = .*…$/);
  expect(written[0]!.replace("\r\x1b[K", "").length).toBeLessThan(40);
  expect(written[1]).toBe("\r\x1b[K");
});
