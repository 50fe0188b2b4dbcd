/** Tensors of TensorFlow.js: their type, shape and values. */
import { dataOf, methodOf } from "../properties.js";
import type { Recogniser } from "./recogniser.js";

export const tensors: Recogniser = (value) => {
  const write = methodOf(value, "toString");
  if (!write || !Array.isArray(dataOf(value, "shape")) || typeof dataOf(value, "dtype") !== "string")
    return undefined;
  if (typeof dataOf(value, "dataSync") !== "function") return undefined;
  // `true` asks for the values; TensorFlow.js shortens long ones.
  return { "text/plain": String(write(true)) };
};
