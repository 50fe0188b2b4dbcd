/**
 * The library as its users see it, for functions of theirs that run in another process: the values of every room but this
 * one, which search.ts adds. Each room is loaded by itself, since the door of all leads to the search, and so back here.
 */
export async function rooms(): Promise<Readonly<Record<string, unknown>>> {
  const all = await Promise.all([
    import("../../array/index.js"),
    import("../../layers/index.js"),
    import("../../losses/index.js"),
    import("../../optim/index.js"),
    import("../../engine/index.js"),
    import("../../net/index.js"),
    import("../../data/index.js"),
    import("../../formats/index.js"),
    import("../../signal/index.js"),
    import("../../display/index.js"),
    import("../../vision/index.js"),
    import("../../check/index.js"),
    import("../../ad/index.js"),
    import("../../models/index.js"),
    import("../../exchange/index.js"),
    import("../training.js"),
  ]);
  return Object.assign({}, ...all) as Record<string, unknown>;
}
