/**
 * What every room of the library has, but for the search: the names that a search's processes give to functions of their
 * users. The search itself imports this file when it starts, so nothing here may lead to it.
 */
export * from "./array/index.js";
export * from "./layers/index.js";
export * from "./losses/index.js";
export * from "./optim/index.js";
export * from "./engine/index.js";
export * from "./net/index.js";
export * from "./data/index.js";
export * from "./formats/index.js";
export * from "./signal/index.js";
export * from "./display/index.js";
export * from "./vision/index.js";
export * from "./check/index.js";
export * from "./ad/index.js";
export * from "./models/index.js";
export * from "./exchange/index.js";
export * from "./train/training.js";
export * from "./widgets/index.js";
