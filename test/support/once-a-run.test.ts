/** What tests share is made once, is whole before anybody gets it, and says to everybody why it could not be made. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import makeRunFolder, { onceARun } from "./once-a-run.js";

const run = mkdtempSync(join(tmpdir(), "chainrule-once-"));
afterAll(() => rmSync(run, { recursive: true }));

it("makes it for the first who asks, and lets the others wait until it is whole", async () => {
  let made = 0;
  let finish = (): void => {};
  const mayFinish = new Promise<void>((resolve) => (finish = resolve));
  const make = async (folder: string): Promise<void> => {
    made++;
    await mayFinish;
    writeFileSync(join(folder, "content"), "whole");
  };
  let waiting = 3;
  const all = Array.from({ length: 3 }, () =>
    onceARun("shared", make, run).then((folder) => {
      waiting--;
      return readFileSync(join(folder, "content"), "utf8");
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(waiting).toBe(3);
  finish();
  expect(await Promise.all(all)).toEqual(["whole", "whole", "whole"]);
  expect(made).toBe(1);
});

it("tells everybody why it could not be made", async () => {
  let tried = 0;
  const make = (): void => {
    tried++;
    throw new RangeError("no room");
  };
  for (let i = 0; i < 2; i++) await expect(onceARun("broken", make, run)).rejects.toThrow("no room");
  expect(tried).toBe(1);
});

it("keeps it in the folder of this run, which vitest has made", async () => {
  const folder = await onceARun(`own-${process.pid}`, (made) => writeFileSync(join(made, "content"), "here"));
  expect(readFileSync(join(folder, "content"), "utf8")).toBe("here");
  // The other projects of this run find it there.
  expect(makeRunFolder()).toBeUndefined();
  const { CHAINRULE_TEST_RUN: before } = process.env;
  try {
    delete process.env.CHAINRULE_TEST_RUN;
    const end = makeRunFolder()!;
    const other = process.env.CHAINRULE_TEST_RUN!;
    expect([other === before, existsSync(other)]).toEqual([false, true]);
    end();
    expect([process.env.CHAINRULE_TEST_RUN, existsSync(other)]).toEqual([undefined, false]);
  } finally {
    process.env.CHAINRULE_TEST_RUN = before;
  }
});
