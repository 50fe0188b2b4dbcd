/** The journal of a search: nothing that was written is lost, a line that was cut short is, and no search reads another's. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Journal } from "../../../../lib/train/search/journal.js";
import type { Trial } from "../../../../lib/train/search/trial.js";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "chainrule-journal-"));
  file = path.join(folder, "deep/search.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const header = { search: 1, strategy: "random", seed: 1 };
const entry = (number: number): Trial => ({
  number,
  configuration: { lr: 0.1 },
  budget: 1,
  status: "done",
  score: 0.5,
});

async function write(...numbers: number[]): Promise<void> {
  const journal = await Journal.open(file, header);
  for (const number of numbers) await journal.add(entry(number));
  await journal.close();
}
const numbers = async (): Promise<number[]> => {
  const journal = await Journal.open(file, header);
  await journal.close();
  return journal.entries.map(({ number }) => number);
};

it("gives back what it was told, over several parts", async () => {
  await write(0, 1);
  await write(2);
  expect(await numbers()).toEqual([0, 1, 2]);
});

it("drops a line that was cut short, wherever, and goes on behind it", async () => {
  await write(0, 1);
  const whole = readFileSync(file, "utf8");
  const second = whole.indexOf('{"number":1');
  for (const cut of [second + 1, second + 20, whole.length - 1]) {
    writeFileSync(file, whole.slice(0, cut));
    expect(await numbers()).toEqual([0]);
    await write(1);
    expect(await numbers()).toEqual([0, 1]);
  }
  writeFileSync(file, whole.slice(0, 5)); // killed while it began
  await write(7);
  expect(await numbers()).toEqual([7]);
});

it("refuses the journal of another search, and what is none", async () => {
  await write(0);
  await expect(Journal.open(file, { ...header, seed: 2 })).rejects.toThrow(
    /journal of another search: its seed is 1, not 2. Name another file/,
  );
  appendFileSync(file, "not json\n");
  await expect(Journal.open(file, header)).rejects.toThrow(/line 3 of .* is not JSON; it is no journal/);
});
