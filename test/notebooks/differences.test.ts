/** What counts as another output: words, pictures and charts, and not the machine's times or the last digits. */
import { encode } from "fast-png";
import { describe, expect, it } from "vitest";
import type { Notebook, NotebookOutput } from "../../kernel/notebook/format.js";
import { differences } from "./differences.js";

const notebook = (...outputs: NotebookOutput[]): Notebook => ({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [{ cell_type: "code", id: "a", metadata: {}, source: "x", execution_count: 1, outputs }],
});
const printed = (text: string): NotebookOutput => ({ output_type: "stream", name: "stdout", text });
const shown = (data: Record<string, unknown>): NotebookOutput => ({
  ...{ output_type: "display_data", data, metadata: {} },
});
/** What differs between two outputs, without the name of the cell. */
const differ = (kept: NotebookOutput[], again: NotebookOutput[]): string[] =>
  differences(notebook(...kept), notebook(...again)).map((text) => text.replace("cell a (x): ", ""));
const texts = (kept: string, again: string): string[] => differ([printed(kept)], [printed(again)]);

describe("texts", () => {
  it("may differ in times, in last digits, and in the pieces in which they came", () => {
    expect(texts("epoch 3: loss 0.512, 71.2 %, 350 ms", "epoch 3: loss 0.508, 71.9 %, 9,120 ms")).toEqual([]);
    expect(texts("finished after 1:05, step 4", "finished after 48 s, step 4")).toEqual([]);
    expect(texts("| 9.8 | −1.5e-7 |", "| 10.1 | -1.51e-7 |")).toEqual([]);
    expect(differ([printed("a\n"), printed("b\n")], [printed("a\nb\n")])).toEqual([]);
    expect(texts("![a](data:image/png;base64,AB3e779CD)", "![a](data:image/png;base64,XY5Z)")).toEqual([]);
  });

  it("may not differ in a word, or in what a number says", () => {
    expect(texts("loss 0.512", "error 0.512")).toEqual(['"loss #" became "error #"']);
    expect(texts("of 96 filters 40", "of 96 filters 52")).toEqual(['40 became 52 ("of 96 filters 40")']);
    expect(texts("loss 0.5", "loss −0.5")).toEqual(['0.5 became −0.5 ("loss 0.5")']);
    expect(texts("loss 0.5", "loss NaN")).toEqual(['"loss #" became "loss NaN"']);
    expect(differ([printed("a")], [])).toEqual(["it had stream stdout, and has no output"]);
    expect(differ([printed("a")], [shown({ "text/plain": "a" })])).toEqual([
      "it had stream stdout, and has display_data text/plain",
    ]);
  });
});

describe("pictures", () => {
  const picture = (size: number, colour: (i: number) => number): NotebookOutput[] => {
    const data = Uint8Array.from({ length: 3 * size * size }, (_, i) => colour(Math.floor(i / 3)));
    const png = encode({ width: size, height: size, channels: 3, data });
    return [shown({ "text/plain": "", "image/png": Buffer.from(png).toString("base64") })];
  };

  it("may differ a little everywhere, and much in a hundredth of their pixels", () => {
    expect(
      differ(
        picture(20, () => 100),
        picture(20, () => 140),
      ),
    ).toEqual([]);
    expect(
      differ(
        picture(20, () => 100),
        picture(20, (i) => (i < 4 ? 255 : 100)),
      ),
    ).toEqual([]);
  });

  it("may not differ in size, or in the colour of a line", () => {
    expect(
      differ(
        picture(20, () => 0),
        picture(21, () => 0),
      ),
    ).toEqual(["image/png: 20×20 pixels became 21×21"]);
    expect(
      differ(
        picture(20, () => 0),
        picture(20, (i) => (i < 20 ? 255 : 0)),
      ),
    ).toEqual(["image/png: 5.0 % of the pixels have another colour"]);
  });
});

it("charts may differ in their data, and not in a mark, a title or a colour", () => {
  const chart = (mark: string, y: number): NotebookOutput[] => [
    shown({ "application/vnd.vegalite.v5+json": { mark, data: { values: [{ x: 1, y }] } } }),
  ];
  expect(differ(chart("line", 1), chart("line", 9))).toEqual([]);
  expect(differ(chart("line", 1), chart("bar", 1))).toHaveLength(1);
});

it("a cell that was not run is named", () => {
  const empty: Notebook = { ...notebook(), cells: [] };
  expect(differences(notebook(printed("a")), empty)).toEqual(["cell a (x): was not run"]);
});
