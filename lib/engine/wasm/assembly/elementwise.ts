/** ReLU and the step of gradient descent: one pass over memory, four numbers at a time. */
import { floats, lanes } from "./simd";

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

/** Adds its channel's bias to each of the rows first … last−1, a row being one map of one image. */
export function addBias(first: i32, last: i32, _scratch: usize, maps: i32, size: i32, bias: usize, y: usize): void {
  for (let row = first; row < last; row++) {
    const value = load<f32>(bias + floats(row % maps));
    const values = f32x4.splat(value);
    let to = y + floats(row * size);
    let i = 0;
    for (; i + 4 <= size; i += 4, to += 16) v128.store(to, f32x4.add(v128.load(to), values));
    for (; i < size; i++, to += 4) store<f32>(to, load<f32>(to) + value);
  }
}

/** Whether so many floats are neither NaN nor infinite: x − x is 0 for those, and NaN for all others. */
export function allFinite(count: i32, x: usize): bool {
  let sum = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const values = v128.load(x + floats(i));
    sum = f32x4.add(sum, f32x4.sub(values, values));
  }
  let rest: f32 = 0;
  for (; i < count; i++) rest += load<f32>(x + floats(i)) - load<f32>(x + floats(i));
  return lanes(sum) + rest == 0;
}

/** Zeros into the floats first … last−1. */
export function clear(first: i32, last: i32, _scratch: usize, to: usize): void {
  memory.fill(to + floats(first), 0, floats(last - first));
}
