/** Total variation: how much an image changes from pixel to pixel, a penalty on noise that does not blur edges. */
import { expectRank } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { flat, zeros, dtypeOf, type Tensor } from "../array/tensor.js";

export const derivation = String.raw`
### Total variation

With $u_{ij}=x_{i+1,j}-x_{ij}$ and $v_{ij}=x_{i,j+1}-x_{ij}$ (0 beyond the last row and column),

$$\mathcal V = \sum_{ij} s_{ij}, \qquad s_{ij}=\sqrt{u_{ij}^2+v_{ij}^2+\varepsilon^2} \tag{1}$$

It grows with the height of a border times its length and not with its sharpness: a step costs as much as a ramp, where a sum of
squares would blur it. The small $\varepsilon$ rounds the corner at 0. A pixel is in three of the terms, its own, that of the pixel above and that of
the pixel at its left:

$$dx_{ij} = -\frac{u_{ij}+v_{ij}}{s_{ij}}+\frac{u_{i-1,j}}{s_{i-1,j}}+\frac{v_{i,j-1}}{s_{i,j-1}} \tag{2}$$

(Rudin, Osher and Fatemi, 1992; for images that a network likes, Mahendran and Vedaldi, 2014.)
`;

/**
 * Total variation of every plane, summed, and its gradient.
 * @param x        N×C×H×W
 * @param epsilon  differences much smaller than this have almost no effect; 0.01
 * @throws ShapeError, ValueError for an epsilon that is not above 0
 */
export function totalVariation(x: Tensor, epsilon = 0.01): { value: number; dx: Tensor } {
  expectRank("totalVariation", "x", x, "N×C×H×W");
  if (!(epsilon > 0)) throw new ValueError(`totalVariation: epsilon is ${epsilon}; it must be above 0.`);
  const [height, width] = x.shape.slice(2);
  const X = flat(x);
  const dx = zeros(x.shape, dtypeOf(x));
  let value = 0;
  for (let i = 0; i < X.length; i++) {
    const column = i % width;
    const row = Math.floor(i / width) % height;
    const u = row + 1 < height ? X[i + width] - X[i] : 0;
    const v = column + 1 < width ? X[i + 1] - X[i] : 0;
    const s = Math.sqrt(u * u + v * v + epsilon * epsilon);
    value += s; // (1)
    dx.data[i] -= (u + v) / s; // (2)
    if (row + 1 < height) dx.data[i + width] += u / s; // (2)
    if (column + 1 < width) dx.data[i + 1] += v / s; // (2)
  }
  return { value, dx };
}
