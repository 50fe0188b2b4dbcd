/** A step of a journey that does not end names itself, and the page that it waits for. */
import { readFileSync, rmSync } from "node:fs";
import { expect, it } from "vitest";
import { lookAt, step, until } from "./steps.js";

const never = new Promise<never>(() => {});
const look = (): Promise<unknown> => Promise.resolve({ withoutAnswer: ["code cell 3 [*]: train()"] });

it("gives the result of a step that ends, and its own error", async () => {
  expect(await step("it", 1000, Promise.resolve(42), look)).toBe(42);
  await expect(step("it", 1000, Promise.reject(new Error("its own")), look)).rejects.toThrow("its own");
});

it("names a step that does not end, and the cells without an answer", async () => {
  await expect(step("to run all cells", 10, never, look)).rejects.toThrow(
    /^to run all cells did not end within 0\.01 s\. The page: [^]*code cell 3 \[\*\]: train\(\)/,
  );
});

it("says what a page last said that never became so", async () => {
  const answers = [() => Promise.resolve(false), () => Promise.reject(new Error("no such frame"))];
  let asked = 0;
  const holds = (): Promise<unknown> => answers[Math.min(asked++, 1)]!();
  await expect(until("a kernel", 700, holds, look)).rejects.toThrow(
    /^a kernel was not so within 0\.7 s\. It last failed with: Error: no such frame\. The page:/,
  );
  expect(asked).toBeGreaterThan(1);
});

it("asks again when a question failed, as one does while the page is loaded anew", async () => {
  let asked = 0;
  const holds = (): Promise<unknown> =>
    ++asked === 1 ? Promise.reject(new Error("navigated")) : Promise.resolve(true);
  await until("a kernel", 10_000, holds, look);
  expect(asked).toBe(2);
});

it("keeps a picture of the page beside its words, and says why it has none", async () => {
  const words = Promise.resolve({ text: "Run" });
  const seen = (await lookAt(words, Promise.resolve(Buffer.from("PNG")))) as {
    page: unknown;
    picture: string;
  };
  expect(seen.page).toEqual({ text: "Run" });
  expect(readFileSync(seen.picture, "utf8")).toBe("PNG");
  rmSync(seen.picture);
  expect(await lookAt(words, Promise.reject(new Error("no tab")))).toEqual({
    page: { text: "Run" },
    picture: "Error: no tab",
  });
});
