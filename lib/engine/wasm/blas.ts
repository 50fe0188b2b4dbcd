/**
 * Large matrix products by the machine's own BLAS, for whoever asks for it: CHAINRULE_BLAS names the library's file
 * (OpenBLAS, MKL, Accelerate), and the package koffi calls it. Its instructions work on eight or sixteen numbers at once
 * where WebAssembly's work on four. Results are then that library's: their last bits may change with the machine and with
 * its number of threads (OPENBLAS_NUM_THREADS).
 */

/** C = A·B + beta·C, row-major: `cblas_sgemm` without its first argument and with alpha 1. */
export type Gemm = (
  transposeA: boolean,
  transposeB: boolean,
  rows: number,
  columns: number,
  depth: number,
  a: Float32Array,
  stepA: number,
  b: Float32Array,
  stepB: number,
  beta: number,
  c: Float32Array,
) => void;

/** Multiply-adds from which a call of the library is worth its way. */
export const LEAST_PRODUCT = 2 ** 20;

interface Koffi {
  load(file: string): { func(declaration: string): (...args: unknown[]) => void };
}

const [ROW_MAJOR, PLAIN, TRANSPOSED] = [101, 111, 112];

/** @returns undefined when none is asked for @throws Error when the library or koffi cannot be loaded */
export function findBlas(file = globalThis.process?.env.CHAINRULE_BLAS): Gemm | undefined {
  if (!file) return undefined;
  const sgemm = load(file).func(
    "void cblas_sgemm(int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int)",
  );
  const flag = (transposed: boolean): number => (transposed ? TRANSPOSED : PLAIN);
  return (transposeA, transposeB, rows, columns, depth, a, stepA, b, stepB, beta, c) => {
    const flags = [ROW_MAJOR, flag(transposeA), flag(transposeB)];
    sgemm(...flags, rows, columns, depth, 1, a, stepA, b, stepB, beta, c, columns);
  };
}

function load(file: string): ReturnType<Koffi["load"]> {
  const { createRequire } = globalThis.process.getBuiltinModule("node:module");
  let koffi: Koffi | undefined;
  for (const from of [import.meta.url, `${globalThis.process.cwd()}/`]) {
    try {
      koffi ??= createRequire(from)("koffi") as Koffi;
    } catch {
      // not there; the other place may have it
    }
  }
  if (koffi === undefined) {
    throw new Error(
      `compute: CHAINRULE_BLAS asks for ${file}, which the package koffi would call; npm install koffi, or unset it.`,
    );
  }
  try {
    return koffi.load(file);
  } catch (error) {
    throw new Error(
      `compute: CHAINRULE_BLAS is ${file}, which cannot be loaded (${(error as Error).message}); ` +
        `give the file of a BLAS with the C interface, such as libopenblas.so.0, or unset it.`,
      { cause: error },
    );
  }
}
