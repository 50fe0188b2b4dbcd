/**
 * Large matrix products by the machine's own BLAS, if the user asks for it: CHAINRULE_BLAS names the library's file
 * (OpenBLAS, MKL, Accelerate), and the package koffi calls it. Its instructions work on eight or sixteen numbers at once,
 * WebAssembly's on four. The results' last bits may then depend on the machine and on the library's number of threads
 * (OPENBLAS_NUM_THREADS).
 */
import { loadNative } from "#host/native";
import { setting } from "#host/settings";

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

/** The number of multiply-adds from which a call of the library is worth its cost. */
export const LEAST_PRODUCT = 2 ** 20;

const [ROW_MAJOR, PLAIN, TRANSPOSED] = [101, 111, 112];

/** @returns undefined when CHAINRULE_BLAS is not set @throws Error when the library or koffi cannot be loaded */
export function findBlas(file = setting("CHAINRULE_BLAS")): Gemm | undefined {
  if (!file) return undefined;
  const sgemm = loadNative(file, "compute: CHAINRULE_BLAS").func(
    "void cblas_sgemm(int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int)",
  );
  const flag = (transposed: boolean): number => (transposed ? TRANSPOSED : PLAIN);
  return (transposeA, transposeB, rows, columns, depth, a, stepA, b, stepB, beta, c) => {
    const flags = [ROW_MAJOR, flag(transposeA), flag(transposeB)];
    sgemm(...flags, rows, columns, depth, 1, a, stepA, b, stepB, beta, c, columns);
  };
}
