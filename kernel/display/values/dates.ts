/** Dates of Day.js. */
import { dataOf, methodOf } from "../properties.js";
import type { Recogniser } from "./recogniser.js";

export const dates: Recogniser = (value) => {
  if (dataOf(value, "$isDayjsObject") !== true) return undefined;
  const text = methodOf(value, "format")?.();
  return typeof text === "string" ? { "text/plain": `dayjs ${text}` } : undefined;
};
