/** `interact`: the controls and their types, one call at a time, the last values always shown, errors in place. */
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { Dropdown, interact, IntRangeSlider, slider } from "../../../lib/widgets/index.js";

/** The cells' global `display`, which writes down what each output shows. */
let shown: unknown[][];
beforeEach(() => {
  shown = [];
  (globalThis as { display?: unknown }).display = (value: unknown) => {
    const output = [value];
    shown.push(output);
    return { update: (next: unknown) => void output.push(next) };
  };
});
afterEach(() => void delete (globalThis as { display?: unknown }).display);

/** What the result's output shows, over time. */
const results = (): unknown[] => shown[1];
const turn = (milliseconds = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("interact", () => {
  it("infers the types of the arguments from the controls", async () => {
    const live = await interact(
      ({ k, flip, name, by, ends }) => {
        expectTypeOf(k).toEqualTypeOf<number>();
        expectTypeOf(flip).toEqualTypeOf<boolean>();
        expectTypeOf(name).toEqualTypeOf<string>();
        expectTypeOf(by).toEqualTypeOf<"sum" | "mean">();
        expectTypeOf(ends).toEqualTypeOf<readonly [low: number, high: number]>();
        return `${k} ${flip} ${name} ${by} ${ends.join()}`;
      },
      {
        k: slider(1, 11),
        flip: true,
        name: "x",
        by: ["sum", "mean"],
        ends: new IntRangeSlider({ value: [1, 2] }),
      },
    );
    expectTypeOf(live.result).toEqualTypeOf<string | undefined>();
    expect(live.result).toBe("6 true x sum 1,2");
    expect(results()).toEqual(["6 true x sum 1,2"]);
    live.controls.by.value = "mean";
    live.controls.k.value = 3;
    await live.refresh();
    expect(results().at(-1)).toBe("3 true x mean 1,2");
  });

  it("describes each control by its argument, unless it has words of its own", async () => {
    await interact(() => 1, { k: slider(0, 1, { description: "size" }), by: new Dropdown({ options: [1] }) });
    const [box] = shown[0] as { children: readonly { get(name: string): unknown }[] }[];
    expect(box.children.slice(0, 2).map((one) => one.get("description"))).toEqual(["size", "by"]);
  });

  it("runs one call at a time and always shows the last values", async () => {
    let running = 0;
    const seen: number[] = [];
    const live = await interact(
      async ({ k }) => {
        expect(++running).toBe(1);
        await turn(3);
        running--;
        seen.push(k);
        return k;
      },
      { k: slider(0, 100, { value: 0 }) },
    );
    for (let k = 1; k <= 50; k++) {
      live.controls.k.value = k;
      if (k % 10 === 0) await turn(2);
    }
    await live.refresh();
    expect(seen.at(-1)).toBe(50);
    expect(results().at(-1)).toBe(50);
    expect(seen.length).toBeLessThan(25);
  });

  it("shows an error in place of the result, and the next result in place of it", async () => {
    const live = await interact(
      ({ k }) => {
        if (k > 5) throw new RangeError(`${k} is too large`);
        return k;
      },
      { k: slider(0, 10, { value: 7 }) },
    );
    const display = Symbol.for("Jupyter.display");
    const [error] = results() as { [display]: () => Record<string, string> }[];
    expect(error[display]()["text/plain"]).toBe("RangeError: 7 is too large");
    expect([live.result, String(live.error)]).toEqual([undefined, "RangeError: 7 is too large"]);
    live.controls.k.value = 2;
    await live.refresh();
    expect(results().at(-1)).toBe(2);
    expect(live.error).toBeUndefined();
  });

  it("says that a slow function computes, until it has", async () => {
    let finish!: () => void;
    const live = interact(({ k }) => new Promise<number>((resolve) => (finish = () => resolve(k))), {
      k: slider(0, 2),
    });
    await turn(1);
    const [box] = shown[0] as { children: readonly { value: unknown }[] }[];
    expect(box.children[1].value).toBe("");
    await expect.poll(() => box.children[1].value).toBe("<i>computing …</i>");
    finish();
    await live;
    expect(box.children[1].value).toBe("");
  });

  it("names a control that it cannot make, and a range that is none", () => {
    expect(() => interact(() => 1, { k: 3 as never })).toThrow(
      "interact: no control can be made of k: 3; a number needs its range: slider(0, 6).",
    );
    expect(() => slider(3, 3)).toThrow("slider: 3 to 3 by 1 is no range");
    expect(slider(0, 2.5).value).toBe(1.25);
    expect(slider(0, 1, { step: 0.25, value: 0.75 }).value).toBe(0.75);
    expect(slider(1, 10).value).toBe(6);
  });

  it("is a plain call where nothing can be shown", async () => {
    delete (globalThis as { display?: unknown }).display;
    const live = await interact(({ k }) => k * 2, { k: slider(0, 10, { value: 4 }) });
    expect(live.result).toBe(8);
    live.controls.k.value = 5;
    await live.refresh();
    expect(live.result).toBe(10);
  });
});
