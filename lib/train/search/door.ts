/** The library as its users see it, for functions of theirs that run in another process. Loaded when it is asked for. */
export async function library(): Promise<Readonly<Record<string, unknown>>> {
  return (await import("../../index.js")) as Readonly<Record<string, unknown>>;
}
