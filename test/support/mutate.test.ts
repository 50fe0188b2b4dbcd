/** Mutants find their place whatever the variables are called, and one that fits nowhere, or twice, says so. */
import { describe, expect, it } from "vitest";
import { mutate } from "./mutate.js";

const source = `
export function scaleBackward(dy, { x, w }) {
  const [X, W, dY] = [x.data, w.data, dy.data];
  for (let i = 0; i < X.length; i++) {
    dX[i] += W[i] * (dY[i] - (flip ? 1 : 0)); // (2)
    dW[i] += X[i] * dY[i]; // (3)
  }
  if (checked) assert(dX);
}
const helper = (a, b) => a - b;
`;

/** The lines that a mutant changes, as they are then. */
function changed(at: string, from: string, to: string, text = source): string[] {
  const before = text.split("\n");
  return mutate("scale.ts", text, { what: "it is wrong", at, from, to })
    .split("\n")
    .filter((line, i) => line !== before[i])
    .map((line) => line.trim());
}

describe("a mutant", () => {
  it("is of an equation, of a function, or of an equation in a function", () => {
    expect(changed("(3)", "$dw += $share", "$dw -= $share")).toEqual(["dW[i] -= (X[i] * dY[i]); // (3)"]);
    expect(changed("helper", "$a - $b", "$b - $a")).toEqual(["const helper = (a, b) => (b - a);"]);
    expect(changed("scaleBackward (2)", "flip ? $a : $b", "$a")).toEqual([
      "dX[i] += W[i] * (dY[i] - ((1))); // (2)",
    ]);
  });

  it("does not mind names and line breaks", () => {
    const renamed = source.replaceAll("dW", "slopes").replaceAll("X[i] * dY[i]", "(\n X[at]\n * dY[at])");
    expect(changed("(3)", "$dw += $x * $dy[$at]", "$dw = $x * $dy[$at + 1]", renamed)[0]).toBe(
      "slopes[i] = X[at] * dY[at + 1]; // (3)",
    );
  });

  it("keeps what belongs together together", () => {
    expect(changed("(2)", "$w * $rest", "$rest * 2")).toEqual([
      "dX[i] += ((dY[i] - (flip ? 1 : 0)) * 2); // (2)",
    ]);
  });

  it("may be of a statement, of a declaration or of an object", () => {
    const pair = "function backward() {\n  return { da: f(dy, b), db: f(dy, a) };\n}";
    const swapped = ["return ({ da: f(dy, a), db: f(dy, b) });"];
    expect(
      changed("backward", "{ da: f($g, $b), db: f($g, $a) }", "{ da: f($g, $a), db: f($g, $b) }", pair),
    ).toEqual(swapped);
    expect(changed("scaleBackward", "if ($c) $s;", "$s")).toEqual(["assert(dX);"]);
    expect(changed("scaleBackward", "let $i = 0", "let $i = 1")).toEqual([
      "for (let i = 1; i < X.length; i++) {",
    ]);
  });

  it("tells any expression from a single name, and one name from another", () => {
    expect(() => changed("(2)", "$$w * $$dy", "0")).toThrow(/fits 0 places/);
    expect(() => changed("(3)", "$x[$i] * $x[$i]", "0")).toThrow(/fits 0 places/);
    expect(() => changed("helper", "$a + $b", "0")).toThrow(/fits 0 places/);
  });

  it("says what stands there when it does not fit, or fits twice", () => {
    expect(() => changed("(3)", "$dw -= $share", "0")).toThrow(
      'The mutant "it is wrong" of scale.ts fits 0 places, not one, with "$dw -= $share":\n  line 6: dW[i] += X[i] * dY[i];\n',
    );
    expect(() => changed("scaleBackward", "$d += $share", "0")).toThrow(
      /fits 2 places, not one.*\n {2}line 5: dX\[i\].*\n {2}line 6: dW\[i\]/,
    );
    expect(() => changed("(9)", "$a", "$a")).toThrow("looks for equation (9), which no line bears");
    expect(() => changed("scaleForward", "$a", "$a")).toThrow("looks into a function scaleForward, which is");
    expect(() => changed("line 3", "$a", "$a")).toThrow('"line 3" is no equation and no function');
    expect(() => changed("(3)", "$d += $share", "$d += X[i] * dY[i]")).toThrow("changes nothing");
  });
});
