/** Pipelines of sharp, which have made no picture yet: what to write to see it. */
import { classOf, dataOf } from "../properties.js";
import type { Recogniser } from "./recogniser.js";

export const pipelines: Recogniser = (value) => {
  const isPipeline =
    classOf(value) === "Sharp" &&
    ["toBuffer", "metadata"].every((name) => typeof dataOf(value, name) === "function");
  if (!isPipeline) return undefined;
  return {
    "text/plain": "Sharp: a picture that is not made yet; await image.png().toBuffer() makes and shows it.",
  };
};
