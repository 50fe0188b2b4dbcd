/**
 * Node 20 has relaxed SIMD behind a flag of V8's, which may be set while it runs; later versions need none. The flag
 * stands only while a module is read: V8 refuses every code cache that was made under other flags.
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
