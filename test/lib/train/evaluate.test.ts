/** A network's verdict: loss, accuracy and mistakes, whatever the size of the batches. */
import { expect, test } from "vitest";
import { Dataset, Linear, Sequential, evaluate, tensor, toNested } from "../../../lib/index.js";

/** A network whose outputs are its two inputs. */
function identity(): Sequential {
  const fc = new Linear({ in: 2, out: 2, bias: false });
  fc.parameters.w.value = tensor([
    [1, 0],
    [0, 1],
  ]);
  return new Sequential({ fc });
}

const outputs = [
  [2, 0],
  [0, 3],
  [5, 0],
  [1, 0],
];
const dataset = new Dataset(tensor(outputs), [0, 1, 1, 1], ["a", "b"]);

test("loss, accuracy, predictions and probabilities are those of the outputs", () => {
  const verdict = evaluate(identity(), dataset);
  expect(Array.from(verdict.predictions)).toEqual([0, 1, 0, 0]);
  expect(verdict.accuracy).toBe(0.5);
  const log = Math.log1p;
  const losses = [log(Math.exp(-2)), log(Math.exp(-3)), 5 + log(Math.exp(-5)), 1 + log(Math.exp(-1))];
  expect(verdict.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 4, 6);
  const [, , third] = toNested(verdict.probabilities) as number[][];
  expect(third[0]).toBeCloseTo(1 / (1 + Math.exp(-5)), 12);
});

test("mistakes come with the surest first", () => {
  expect(evaluate(identity(), dataset).mistakes).toEqual([2, 3]);
});

test("the size of the batches changes nothing", () => {
  const whole = evaluate(identity(), dataset);
  const pieces = evaluate(identity(), dataset, { batchSize: 3 });
  expect(pieces.loss).toBeCloseTo(whole.loss, 12);
  expect(toNested(pieces.outputs)).toEqual(toNested(whole.outputs));
});

test("an empty data set is refused", () => {
  const empty = new Dataset(tensor(new Float32Array(0), [0, 2]), [], ["a", "b"]);
  expect(() => evaluate(identity(), empty)).toThrow("evaluate: the data set is empty");
});
