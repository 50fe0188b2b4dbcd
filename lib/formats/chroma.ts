/**
 * Enlarges colour planes that were stored at half the size, by interpolation: of two samples the nearer one counts three
 * times. This is libjpeg's "fancy upsampling", with the same rounding. To repeat the samples instead would shift sharp
 * colours by up to a pixel.
 */

/**
 * Enlarges one plane of interleaved numbers in place.
 * @param data    numbers, `planes` for each pixel, in which each sample of this plane is repeated
 * @param plane   the index of the plane
 * @param across  how many times each sample is repeated across: 1 or 2; more are left repeated, as in libjpeg
 * @param down    how many times it is repeated downwards
 */
export function enlarged(
  data: Uint8Array,
  planes: number,
  plane: number,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  across: number,
  down: number,
): void {
  const [height, width] = [Math.ceil(rows / down), Math.ceil(columns / across)];
  const isSmooth = (across === 2 && down <= 2 && width > 2) || (across === 1 && down === 2);
  if (!isSmooth) return;
  const small = new Uint8Array(height * width);
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++)
      small[i * width + j] = data[(i * down * columns + j * across) * planes + plane];
  const sums = new Uint16Array(width);
  for (let row = 0; row < rows; row++) {
    // Three times the nearer row plus the next one, which at the border is the same row. A plane that is not repeated
    // downwards takes its row once.
    const near = Math.floor(row / down);
    const next = down === 1 ? near : Math.min(Math.max(row % 2 === 0 ? near - 1 : near + 1, 0), height - 1);
    for (let j = 0; j < width; j++)
      sums[j] = down === 1 ? small[near * width + j] : 3 * small[near * width + j] + small[next * width + j];
    for (let column = 0; column < columns; column++)
      data[(row * columns + column) * planes + plane] =
        across === 1 ? (sums[column] + (row % 2 === 0 ? 1 : 2)) >> 2 : between(sums, column, down);
  }
}

/** Three times the nearer sum plus the next one, rounded up and down alternately; the outermost sums are used alone. */
function between(sums: Uint16Array, column: number, down: number): number {
  const near = column >> 1;
  const isLeft = column % 2 === 0;
  const next = isLeft ? near - 1 : near + 1;
  const other = next < 0 || next >= sums.length ? sums[near] : sums[next];
  const sum = 3 * sums[near] + other;
  if (down === 2) return (sum + (isLeft ? 8 : 7)) >> 4;
  return (sum + (isLeft ? 1 : 2)) >> 2;
}
