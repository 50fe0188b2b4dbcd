/** A student's own way to double a number, and a copy of it with all names and the layout changed. */

export const LOOP = `function double(x: number): number {
  let total = 0;
  for (let step = 0; step < 2; step++) {
    if (x === 0) continue;
    total += x;
  }
  const check = [total, total - x].map((one) => one * 1);
  return check.length > 0 ? check[0] : total;
}`;

export const RENAMED = `function double(value: number) {
  let s = 0; for (let q = 0; q < 2; q++) { if (value === 0) continue;  s += (value); }
  const list = [s, s - value].map((entry) => entry * 1); return list.length > 0 ? list[0] : s;
}`;
