/**
 * What a second run of a notebook shows otherwise than the run that is kept. Machines differ in times and in the last digits of
 * what was trained; a display that was changed, a sentence, a colour or an axis differs in more than that.
 */
import { decode } from "fast-png";
import type { CodeCell, Notebook, NotebookOutput } from "../../kernel/notebook/format.js";
import { runnableCells } from "./support.js";

/** A number in a text, with its digits' commas, and its exponent. */
const NUMBER = /[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?/g;
/** Pictures in a text. */
const PICTURES = /data:image\/[^"')\s]+/g;
/** A time as a clock shows it: minutes and seconds. */
const CLOCK = /\b(\d+):\d\d\b/g;
/** What a number measures when it is the machine's and not the notebook's: time, memory, speed. */
const OF_THE_MACHINE =
  /^\s?(?:ms|µs|s|seconds?|minutes?|min|h|kB|MB|GB|GFLOP|threads?|cores?|times as fast)\b/;
/** Numbers may differ by this share of the larger one, or by the least that is printed. */
const SHARE = 0.05;
/** Red, green or blue of two pixels of the same colour differ by at most this, of 255. */
const SAME_COLOUR = 48;
/** The share of pixels with another colour up to which two pictures show the same. */
const PICTURE = 0.01;

/** One sentence for each cell whose outputs differ; empty when a reader would see the same. */
export function differences(kept: Notebook, again: Notebook): string[] {
  const found: string[] = [];
  const second = new Map(runnableCells(again).map((cell) => [cell.id, cell]));
  for (const cell of runnableCells(kept)) {
    const other = second.get(cell.id);
    const why = other ? differ(joined(cell), joined(other)) : "was not run";
    if (why) found.push(`cell ${cell.id} (${cell.source.slice(0, 40).replace(/\n/g, " ")}): ${why}`);
  }
  return found;
}

/** The outputs, with what was printed to one stream in several pieces as one. */
function joined({ outputs }: CodeCell): NotebookOutput[] {
  const all: NotebookOutput[] = [];
  for (const output of outputs) {
    const last = all.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
      all[all.length - 1] = { ...last, text: last.text + output.text };
    } else all.push(output);
  }
  return all;
}

/** How the outputs of a cell differ, in words; undefined when they show the same. */
function differ(kept: readonly NotebookOutput[], again: readonly NotebookOutput[]): string | undefined {
  const [before, now] = [kept, again].map((outputs) => outputs.map(kind).join("; "));
  if (before !== now) return `it had ${before || "no output"}, and has ${now || "no output"}`;
  for (const [i, output] of kept.entries()) {
    const why = differOne(output, again[i]);
    if (why) return why;
  }
  return undefined;
}

/** What an output is: "stream stdout", "display_data image/png, text/plain". */
function kind(output: NotebookOutput): string {
  if (output.output_type === "stream") return `stream ${output.name}`;
  if (output.output_type === "error") return `error ${output.ename}`;
  return `${output.output_type} ${Object.keys(output.data).sort().join(", ")}`;
}

function differOne(kept: NotebookOutput, again: NotebookOutput): string | undefined {
  if (kept.output_type === "stream" && again.output_type === "stream") {
    return differInText(kept.text, again.text);
  }
  if (kept.output_type === "error" && again.output_type === "error") {
    return differInText(kept.evalue, again.evalue);
  }
  if (!("data" in kept) || !("data" in again)) return undefined;
  const types: [type: string, compare: (a: string, b: string) => string | undefined][] = [
    ["text/plain", differInText],
    ["text/markdown", differInText],
    ["image/png", differInPicture],
    ["application/vnd.vegalite.v5+json", differInChart],
  ];
  for (const [type, compare] of types) {
    if (!(type in kept.data)) continue;
    const [before, now] = [kept.data[type], again.data[type]].map((value) =>
      typeof value === "string" ? value : JSON.stringify(value),
    );
    const why = before === now ? undefined : compare(before, now);
    if (why) return `${type}: ${why}`;
  }
  return undefined;
}

/** Compares the words, and then each number with its sister. */
function differInText(kept: string, again: string): string | undefined {
  [kept, again] = [kept, again].map((text) => text.replace(PICTURES, "a picture").replace(CLOCK, "$1 s"));
  const words = [kept, again].map((text) =>
    text
      .replace(NUMBER, "#")
      .replace(/[\s─-╿▀-▟=-]+/g, " ")
      .trim(),
  );
  if (words[0] !== words[1]) {
    const at = [...words[0]].findIndex((letter, i) => letter !== words[1][i]);
    const [before, now] = words.map((text) => text.slice(Math.max(0, at - 20), at + 60));
    return `"${before}" became "${now}"`;
  }
  const [before, now] = [kept, again].map((text) => [...text.matchAll(NUMBER)]);
  for (const [i, match] of before.entries()) {
    const after = kept.slice(match.index + match[0].length);
    if (!OF_THE_MACHINE.test(after) && !near(match[0], now[i][0])) {
      return `${match[0]} became ${now[i][0]} ("${kept.slice(Math.max(0, match.index - 30), match.index + 30).trim()}")`;
    }
  }
  return undefined;
}

/** Whether two printed numbers are the same but for their last digits. */
function near(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => Number(text.replace(/,/g, "").replace("−", "-")));
  const decimals = /\.(\d+)/.exec(a)?.[1].length ?? 0;
  return Math.abs(x - y) <= Math.max(SHARE * Math.max(Math.abs(x), Math.abs(y)), 3 * 10 ** -decimals);
}

/** Compares a chart without its numbers: its marks, encodings, titles and scales. */
function differInChart(kept: string, again: string): string | undefined {
  const [before, now] = [kept, again].map((text) =>
    JSON.stringify(
      JSON.parse(text, (key, value: unknown) => (key === "data" || key === "datasets" ? undefined : value)),
    ),
  );
  return differInText(before, now);
}

/** Compares the sizes, and then the colours of all pixels. */
function differInPicture(kept: string, again: string): string | undefined {
  const [a, b] = [kept, again].map((text) => decode(Buffer.from(text, "base64")));
  if (a.width !== b.width || a.height !== b.height) {
    return `${a.width}×${a.height} pixels became ${b.width}×${b.height}`;
  }
  const [before, now] = [colours(a), colours(b)];
  const differs = (i: number): boolean => Math.abs(before[i] - now[i]) > SAME_COLOUR;
  let changed = 0;
  for (let i = 0; i < before.length; i += 3) if (differs(i) || differs(i + 1) || differs(i + 2)) changed++;
  const share = changed / (a.width * a.height);
  return share > PICTURE ? `${(100 * share).toFixed(1)} % of the pixels have another colour` : undefined;
}

/** Red, green and blue of each pixel. */
function colours({ width, height, channels, data, palette }: ReturnType<typeof decode>): Uint8Array {
  const all = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      all[3 * i + c] = palette ? palette[data[i]][c] : data[channels * i + (channels < 3 ? 0 : c)];
    }
  }
  return all;
}
