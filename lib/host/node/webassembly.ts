/**
 * Node 20 needs a flag of V8 for relaxed SIMD, which can be set at run time; later versions need none. The flag is set
 * only while a module is read, because V8 refuses every code cache that was made under other flags.
 */
const behindFlag = process.versions.node.startsWith("20.");

export function withRelaxedSimd<T>(read: () => T): T {
  if (!behindFlag) return read();
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  try {
    return read();
  } finally {
    setFlagsFromString("--no-experimental-wasm-relaxed-simd");
  }
}
