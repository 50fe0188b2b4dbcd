/** Protects animations: every figure is in them once, one is seen when nothing moves, and two on a page do not mix. */
import { expect, test } from "vitest";
import { animation, slidingWindow } from "../../../../lib/display/index.js";
import { tensor } from "../../../../lib/array/tensor.js";

const frames = [0, 1, 2].map((at) => slidingWindow(tensor([1, 2, 3, 4]), tensor([1, -1]), { at: [0, at] }));

test("holds every figure, and shows one of them when nothing moves", async () => {
  const svg = await animation(frames, { still: 2 }).svg();
  expect(svg.match(/<g class=/g)).toHaveLength(3);
  expect(svg.match(/<g class="\w+" visibility="hidden"/g)).toHaveLength(2);
  expect(svg.match(/<g class="\w+" style="animation-delay:2\.000s">/g)).toHaveLength(1);
  for (const { alt } of frames) expect(svg).toContain(alt);
});

test("shows each figure for its share of the time", async () => {
  const svg = await animation(frames, { seconds: 0.5 }).svg();
  expect(svg).toContain("1.5s step-end infinite");
  expect(svg).toContain("33.3333%,100%{visibility:hidden}");
  expect(svg.match(/animation-delay:[\d.]+s/g)).toEqual(
    [0, 0.5, 1].map((s) => `animation-delay:${s.toFixed(3)}s`),
  );
});

test("stands still for readers who want less motion, and as a PNG", async () => {
  const still = animation(frames, { still: 1 });
  expect(await still.svg()).toContain("@media not (prefers-reduced-motion:reduce)");
  expect(await still.png()).toEqual(await animation([frames[1]]).png());
});

test("has style rules of its own", async () => {
  const nameIn = (svg: string) => /class="(\w+)"/.exec(svg)?.[1];
  const [one, other] = await Promise.all([animation(frames).svg(), animation(frames.slice(1)).svg()]);
  expect(nameIn(one)).not.toBe(nameIn(other));
});

test("says in text what the figures say", () => {
  expect(animation(frames).text).toContain("y[2] = 1·3 + (−1)·4 = −1");
});

test("refuses what it cannot play", () => {
  expect(() => animation([])).toThrow(/0 figures; give from 1 to 120/);
  expect(() => animation(frames, { seconds: 0 })).toThrow(/seconds is 0; give a number above 0/);
  expect(() => animation(frames, { still: 3 })).toThrow(/counted from 0 to 2/);
});
