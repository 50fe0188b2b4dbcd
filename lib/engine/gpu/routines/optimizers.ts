/**
 * The optimisers' steps, an invocation for each weight, in place. The numbers that a schedule changes from step to step, such as
 * the learning rate, come in a small block, so that one pipeline serves all steps.
 *
 * SGD, with momentum μ and weight decay λ:
 *
 *     g = dw + λ·w,   v ← μ·v + g,   w ← w − η·v        (Nesterov: w ← w − η·(g + μ·v); without a velocity: w ← w − η·g)
 *
 * Adam, with the means' decays β₁ and β₂, and their weights 1 − β₁ᵗ and 1 − β₂ᵗ, which JavaScript computes in doubles:
 *
 *     m ← β₁·m + (1 − β₁)·g,   s ← β₂·s + (1 − β₂)·g²,   w ← w − η·(m/(1 − β₁ᵗ)) / (√(s/(1 − β₂ᵗ)) + ε)
 *
 * Adam's decay is λ·w in g, or, as in AdamW, ηλ·w taken from w; the one that is not meant is zero.
 *
 * RMSProp, with the mean's decay ρ, and Adagrad, whose sum s forgets nothing; g is with weight decay, as in SGD:
 *
 *     s ← ρ·s + (1 − ρ)·g²,   v ← μ·v + g/(√s + ε),   w ← w − η·v        (without a velocity: w ← w − η·g/(√s + ε))
 *     s ← s + g²,   w ← w − η·g/(√s + ε)
 *
 * Adadelta, whose u is the mean of the squared steps:
 *
 *     s ← ρ·s + (1 − ρ)·g²,   Δ = −√((u + ε)/(s + ε))·g,   u ← ρ·u + (1 − ρ)·Δ²,   w ← w + η·Δ
 */
import { change } from "./routine.js";

/** `numbers`: η, λ; a momentum that may follow is not read. */
export const descend = change("descend", {
  read: ["dw", "numbers"],
  changed: ["w"],
  code: `
  w[i] -= numbers[0] * (dw[i] + numbers[1] * w[i]);`,
});

/** `numbers`: η, λ, μ. */
export const descendAlong = change("descendAlong", {
  sizes: "NESTEROV",
  read: ["dw", "numbers"],
  changed: ["w", "v"],
  code: `
  let g = dw[i] + numbers[1] * w[i];
  v[i] = numbers[2] * v[i] + g;
  w[i] -= numbers[0] * select(v[i], g + numbers[2] * v[i], sizes.NESTEROV != 0u);`,
});

/** `numbers`: η, λ in g, ηλ taken from w, ε, β₁, β₂, 1 − β₁, 1 − β₂, 1 − β₁ᵗ, 1 − β₂ᵗ. */
export const adam = change("adam", {
  read: ["dw", "numbers"],
  changed: ["w", "m", "s"],
  code: `
  let g = dw[i] + numbers[1] * w[i];
  m[i] = numbers[4] * m[i] + numbers[6] * g;
  s[i] = numbers[5] * s[i] + numbers[7] * g * g;
  let kept = w[i] - numbers[2] * w[i];
  w[i] = kept - numbers[0] * (m[i] / numbers[8]) / (sqrt(s[i] / numbers[9]) + numbers[3]);`,
});

/** `numbers`: η, λ, ε, ρ, 1 − ρ; a momentum that may follow is not read. */
export const rmsProp = change("rmsProp", {
  read: ["dw", "numbers"],
  changed: ["w", "s"],
  code: `
  let g = dw[i] + numbers[1] * w[i];
  s[i] = numbers[3] * s[i] + numbers[4] * g * g;
  w[i] -= numbers[0] * (g / (sqrt(s[i]) + numbers[2]));`,
});

/** `numbers`: η, λ, ε, ρ, 1 − ρ, μ. */
export const rmsPropAlong = change("rmsPropAlong", {
  read: ["dw", "numbers"],
  changed: ["w", "s", "v"],
  code: `
  let g = dw[i] + numbers[1] * w[i];
  s[i] = numbers[3] * s[i] + numbers[4] * g * g;
  v[i] = numbers[5] * v[i] + g / (sqrt(s[i]) + numbers[2]);
  w[i] -= numbers[0] * v[i];`,
});

/** `numbers`: η, λ, ε. */
export const adagrad = change("adagrad", {
  read: ["dw", "numbers"],
  changed: ["w", "s"],
  code: `
  let g = dw[i] + numbers[1] * w[i];
  s[i] += g * g;
  w[i] -= numbers[0] * g / (sqrt(s[i]) + numbers[2]);`,
});

/** `numbers`: η, λ, ε, ρ, 1 − ρ. */
export const adadelta = change("adadelta", {
  read: ["dw", "numbers"],
  changed: ["w", "s", "u"],
  code: `
  let g = dw[i] + numbers[1] * w[i];
  s[i] = numbers[3] * s[i] + numbers[4] * g * g;
  let step = -sqrt((u[i] + numbers[2]) / (s[i] + numbers[2])) * g;
  u[i] = numbers[3] * u[i] + numbers[4] * step * step;
  w[i] += numbers[0] * step;`,
});
