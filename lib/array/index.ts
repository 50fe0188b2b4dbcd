/** Tensors: making, reading, computing with, rearranging and showing them. */
export { broadcastShapes, broadcastTo } from "./broadcast.js";
export * from "./elementwise.js";
export * from "./make.js";
export * from "./product.js";
export * from "./rearrange.js";
export * from "./reduce.js";
export * from "./rows.js";
export { showTensor } from "./show.js";
