/** The routines as the addon calls them: with numbers that came from JavaScript. */
#pragma once

/** @param memory  the beginning of WebAssembly's memory @param n  the arguments: numbers, and addresses in bytes from there */
typedef double routine_call(char *memory, const double *n);

struct routine {
  /** The name that the WebAssembly module exports too. */
  const char *name;
  /** How many arguments it takes. */
  int arguments;
  routine_call *call;
};

/** One table for each set of instructions, the last entry empty. */
extern const struct routine routines_avx2[], routines_avx512[], routines_neon[];
