/** What all routines have in common. */

/** A routine of the device. */
export interface Routine {
  readonly name: string;
  /** The names of its sizes, in order; those that are no whole numbers end in ":f32". */
  readonly sizes: readonly string[];
  /** Its text in WGSL, with one entry point. */
  readonly code: string;
}

/**
 * A routine. Its text knows its sizes as `sizes.NAME`, and its blocks, arrays of float32 numbers, by the names given here.
 * @param sizes    names with spaces between: "ROWS COLUMNS", or "EPSILON:f32" for a number that is not whole
 * @param read     the blocks that it reads, in the order in which they are given
 * @param written  the blocks that it writes, which come after those
 */
export function routine(
  name: string,
  parts: { sizes: string; read: readonly string[]; written: readonly string[]; code: string },
): Routine {
  const sizes = parts.sizes.split(" ");
  const block = (block: string, i: number): string => {
    const access = i < parts.read.length ? "read" : "read_write";
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${block}: array<f32>;`;
  };
  return {
    name,
    sizes,
    code: `
struct Sizes { ${sizes.map((size) => (size.includes(":") ? size : `${size}: u32`)).join(", ")} }
@group(0) @binding(0) var<uniform> sizes: Sizes;
${[...parts.read, ...parts.written].map(block).join("\n")}
${parts.code}`,
  };
}

/** The head of an entry point for `Device.spread`: each invocation has one number, `i` of COUNT. */
export const each = `
@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let i = (group.y * groups.x + group.x) * 64u + local.x;
  if (i >= sizes.COUNT) { return; }
`;

/** The head of an entry point with 256 invocations in each work `group`; each knows its `own` number. */
export const eachGroup = `
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) own: u32) {
`;

/** The head of an entry point for `runRows`: a work group of 256 invocations has one row, `row` of ROWS; each knows its `own` number. */
export const eachRow = `
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) own: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= sizes.ROWS) { return; }
`;

/**
 * A routine that changes what lasts longer than a pass, such as weights, an invocation for each number `i`. It changes nothing once
 * a loss was not finite, which `flag` says. It is run by `Workspace.change`.
 */
export function change(
  name: string,
  parts: { sizes?: string; read: readonly string[]; changed: readonly string[]; code: string },
): Routine {
  return routine(name, {
    sizes: parts.sizes ? `${parts.sizes} COUNT` : "COUNT",
    read: [...parts.read, "flag"],
    written: parts.changed,
    code: `
${each}
  if (flag[0] != 0.0) { return; }
${parts.code}
}`,
  });
}

/** A function that says whether a number is NaN by its bits, because a compiler for graphics may assume that none is. */
export const isNaN = `
fn isNaN(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
`;

/** A function that says by the bits, too, whether a number is neither NaN nor infinite. */
export const isFinite = `
fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u; }
`;

/**
 * A function that sums one number of each of 256 invocations, in pairs, then pairs of pairs, and so on: the order is fixed, and
 * eight steps round less than 256 would. All invocations get the sum.
 */
export const sumOfGroup = `
var<workgroup> parts: array<f32, 256>;
fn sumOfGroup(mine: f32, own: u32) -> f32 {
  parts[own] = mine;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (own < half) { parts[own] += parts[own + half]; }
  }
  workgroupBarrier();
  let sum = parts[0];
  workgroupBarrier(); // before parts are written again
  return sum;
}
`;
