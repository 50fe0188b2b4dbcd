/**
 * Colour planes that were stored at half the size, enlarged smoothly: between two samples the nearer one counts three
 * times, as in libjpeg's "fancy upsampling", whose rounding this follows. Repeating the samples instead shifts sharp
 * colours by up to a pixel.
 */

/**
 * Enlarges one plane of interleaved numbers in place.
 * @param data    numbers, `planes` a pixel, in which each sample of this plane stands repeated
 * @param plane   which of them
 * @param across  how many times it stands beside itself: 1 or 2, or more, which libjpeg repeats too
 * @param down    how many times below itself
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
    // Three of the nearer row and one of the next; at the border that is the same row. A row alone counts once.
    const near = Math.floor(row / down);
    const next = down === 1 ? near : Math.min(Math.max(row % 2 === 0 ? near - 1 : near + 1, 0), height - 1);
    for (let j = 0; j < width; j++)
      sums[j] = down === 1 ? small[near * width + j] : 3 * small[near * width + j] + small[next * width + j];
    for (let column = 0; column < columns; column++)
      data[(row * columns + column) * planes + plane] =
        across === 1 ? (sums[column] + (row % 2 === 0 ? 1 : 2)) >> 2 : between(sums, column, down);
  }
}

/** Three of the nearer sum and one of the next, rounded up and down in turns; the outermost sums count alone. */
function between(sums: Uint16Array, column: number, down: number): number {
  const near = column >> 1;
  const isLeft = column % 2 === 0;
  const next = isLeft ? near - 1 : near + 1;
  const other = next < 0 || next >= sums.length ? sums[near] : sums[next];
  const sum = 3 * sums[near] + other;
  if (down === 2) return (sum + (isLeft ? 8 : 7)) >> 4;
  return (sum + (isLeft ? 1 : 2)) >> 2;
}
