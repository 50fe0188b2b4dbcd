/** ReLU and the step of gradient descent: one pass over memory, four numbers at a time. */
import { floats } from "./simd";

/** y = max(0, x) for the elements first … last−1; "x < 0 ? 0 : x" lane by lane, so that NaN stays NaN. */
export function relu(first: i32, last: i32, _scratch: usize, x: usize, y: usize): void {
  const zero = f32x4.splat(0);
  let i = first;
  for (; i + 4 <= last; i += 4) v128.store(y + floats(i), f32x4.pmax(v128.load(x + floats(i)), zero));
  for (; i < last; i++) {
    const value = load<f32>(x + floats(i));
    store<f32>(y + floats(i), value < 0 ? 0 : value);
  }
}

/** dx = dy where y > 0, else 0. y may be the forward's input or output: they are positive at the same places. */
export function reluBack(first: i32, last: i32, _scratch: usize, y: usize, dy: usize, dx: usize): void {
  const zero = f32x4.splat(0);
  let i = first;
  for (; i + 4 <= last; i += 4) {
    const at = floats(i);
    v128.store(dx + at, v128.and(v128.load(dy + at), f32x4.gt(v128.load(y + at), zero)));
  }
  for (; i < last; i++)
    store<f32>(dx + floats(i), load<f32>(y + floats(i)) > 0 ? load<f32>(dy + floats(i)) : 0);
}

/** Zeros into the floats first … last−1. */
export function clear(first: i32, last: i32, _scratch: usize, to: usize): void {
  memory.fill(to + floats(first), 0, floats(last - first));
}
