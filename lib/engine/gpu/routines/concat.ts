/**
 * Concatenation of channels, and back. All channels of one example lie together, so each tensor is rows of LENGTH numbers,
 * which go to the places from AT on in rows of WHOLE numbers. An invocation moves one number of the tensor.
 */
import { each, routine } from "./routine.js";

const inWhole = `i / sizes.LENGTH * sizes.WHOLE + sizes.AT + i % sizes.LENGTH`;

export const join = routine("join", {
  sizes: "LENGTH WHOLE AT COUNT",
  read: ["part"],
  written: ["whole"],
  code: `
${each}
  whole[${inWhole}] = part[i];
}`,
});

export const takeApart = routine("takeApart", {
  sizes: "LENGTH WHOLE AT COUNT",
  read: ["whole"],
  written: ["part"],
  code: `
${each}
  part[i] = whole[${inWhole}];
}`,
});
