/**
 * The addon: what Node sees of the kernels. It is loaded once in every thread.
 *
 *     contract                 what the arguments of the routines are; the library refuses another
 *     instructions             the sets of instructions that it has kernels for and this processor runs, the fastest first
 *     open(bytes, set)         the routines on the memory that the array `bytes` sees from its beginning
 *
 * The memory must be shared WebAssembly memory: that grows in place, so its address stays. A routine trusts its arguments, as one
 * in WebAssembly does; but there a wrong address ends in an error, and here possibly the process.
 */
#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "routines.h"
#if defined(__x86_64__)
#include <cpuid.h>
#endif

/** The same number stands in ../wasm/native.ts; raise both when arguments of a routine change. */
#define CONTRACT 2
#define MOST_ARGUMENTS 32

struct set {
  const char *name;
  const struct routine *routines;
};

#if defined(__x86_64__)
/** Whether all these bits are set. */
static int are_set(unsigned value, unsigned bits) { return (value & bits) == bits; }

/** The sets that this processor runs, the fastest first; the last entry is empty. */
static const struct set *sets(void) {
  static const struct set all[] = {{"avx512", routines_avx512}, {"avx2", routines_avx2}, {NULL, NULL}};
  const struct set *none = all + 2;
  unsigned a, b, c, d, kept, above;
  // Leaf 1: fused multiply-add, and that the system tells which registers it keeps. Leaf 7: the sets.
  if (!__get_cpuid(1, &a, &b, &c, &d) || !are_set(c, bit_FMA | bit_OSXSAVE)) return none;
  __asm__ volatile("xgetbv" : "=a"(kept), "=d"(above) : "c"(0));
  if (!are_set(kept, 0x06) || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !are_set(b, bit_AVX2)) return none;
  if (are_set(kept, 0xe6) && are_set(b, bit_AVX512F | bit_AVX512VL | bit_AVX512DQ | bit_AVX512BW)) return all;
  return all + 1;
}
#else
static const struct set *sets(void) {
  static const struct set all[] = {{"neon", routines_neon}, {NULL, NULL}};
  return all;
}
#endif

/** A routine, and the memory that it computes in. */
struct bound {
  const struct routine *routine;
  char *memory;
  /** Keeps the memory as long as the function is there. */
  napi_ref bytes;
};

static void release(napi_env env, void *data, void *hint) {
  (void)hint;
  napi_delete_reference(env, ((struct bound *)data)->bytes);
  free(data);
}

static napi_value call(napi_env env, napi_callback_info info) {
  size_t count = MOST_ARGUMENTS;
  napi_value values[MOST_ARGUMENTS], result;
  double numbers[MOST_ARGUMENTS];
  struct bound *bound;
  if (napi_get_cb_info(env, info, &count, values, NULL, (void **)&bound) != napi_ok) return NULL;
  const struct routine *routine = bound->routine;
  int good = count == (size_t)routine->arguments;
  for (size_t i = 0; good && i < count; i++) good = napi_get_value_double(env, values[i], &numbers[i]) == napi_ok;
  if (!good) {
    char message[128];
    snprintf(message, sizeof message, "%s takes %d numbers, and was given %zu values", routine->name, routine->arguments, count);
    napi_throw_type_error(env, NULL, message);
    return NULL;
  }
  const double value = routine->call(bound->memory, numbers);
  return napi_create_double(env, value, &result) == napi_ok ? result : NULL;
}

static napi_value open(napi_env env, napi_callback_info info) {
  size_t count = 2, length = 0;
  napi_value values[2], result;
  napi_typedarray_type type;
  void *memory = NULL;
  char name[16] = "";
  if (napi_get_cb_info(env, info, &count, values, NULL, NULL) != napi_ok || count < 2 ||
      napi_get_typedarray_info(env, values[0], &type, &length, &memory, NULL, NULL) != napi_ok ||
      napi_get_value_string_utf8(env, values[1], name, sizeof name, NULL) != napi_ok || memory == NULL) {
    napi_throw_type_error(env, NULL, "open takes an array over WebAssembly's memory and the name of a set of instructions");
    return NULL;
  }
  const struct set *set = sets();
  while (set->name != NULL && strcmp(set->name, name) != 0) set++;
  if (set->name == NULL) {
    napi_throw_error(env, NULL, "this processor does not run that set of instructions");
    return NULL;
  }
  if (napi_create_object(env, &result) != napi_ok) return NULL;
  for (const struct routine *routine = set->routines; routine->name != NULL; routine++) {
    napi_value function;
    struct bound *bound = malloc(sizeof *bound);
    if (bound == NULL) return NULL;
    bound->routine = routine;
    bound->memory = memory;
    if (napi_create_reference(env, values[0], 1, &bound->bytes) != napi_ok ||
        napi_create_function(env, routine->name, NAPI_AUTO_LENGTH, call, bound, &function) != napi_ok ||
        napi_add_finalizer(env, function, bound, release, NULL, NULL) != napi_ok ||
        napi_set_named_property(env, result, routine->name, function) != napi_ok) {
      return NULL;
    }
  }
  return result;
}

NAPI_MODULE_INIT() {
  napi_value contract, names, function;
  if (napi_create_uint32(env, CONTRACT, &contract) != napi_ok || napi_create_array(env, &names) != napi_ok ||
      napi_create_function(env, "open", NAPI_AUTO_LENGTH, open, NULL, &function) != napi_ok) {
    return NULL;
  }
  uint32_t at = 0;
  for (const struct set *set = sets(); set->name != NULL; set++, at++) {
    napi_value name;
    if (napi_create_string_utf8(env, set->name, NAPI_AUTO_LENGTH, &name) != napi_ok) return NULL;
    napi_set_element(env, names, at, name);
  }
  napi_set_named_property(env, exports, "contract", contract);
  napi_set_named_property(env, exports, "instructions", names);
  napi_set_named_property(env, exports, "open", function);
  return exports;
}
