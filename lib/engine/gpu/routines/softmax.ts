/**
 * Softmax along an axis, and its logarithm: p = e^(x − M)/Σe^(x − M), where M is the largest number of the line. With M taken off no
 * exponential overflows.
 *
 * A line is the numbers along the axis; its neighbours in memory are INNER apart. An invocation has a line and goes through it
 * three times: for M, for the sum, for the outputs. For probabilities of each pixel, neighbouring invocations read neighbouring
 * pixels, which is what memory likes. For one row of classes an example there are as many invocations as examples, so a card has little
 * to do; but then the rows are short.
 *
 * Backward, with p the probabilities:
 *
 *     softmax  dx = p·(dy − Σdy·p),   its logarithm  dx = dy − p·Σdy
 *
 * The equations' own loops refuse a line whose largest number is NaN or infinite. A routine cannot: such a line becomes NaN.
 */
import { forEachInLine } from "./lines.js";
import { mathematics } from "./mathematics.js";
import { each, routine, type Routine } from "./routine.js";

/** @param value  y, of the number less M, `x`, and the `sum` */
function forward(name: string, value: string): Routine {
  return routine(name, {
    sizes: "LENGTH INNER COUNT",
    read: ["xs"],
    written: ["ys"],
    code: `
${mathematics}
${each}
  var top = -infinity();
  ${forEachInLine(`if (isNaN(xs[at]) || (xs[at] > top && !isNaN(top))) { top = xs[at]; }`)}
  var sum = 0.0;
  ${forEachInLine(`sum += exponential(xs[at] - top);`)}
  ${forEachInLine(`
      let x = xs[at] - top;
      ys[at] = ${value};`)}
}`,
  });
}

/** @param term  what is summed, of `dy` and `y` @param gradient  dx, of `dy`, `y` and the `sum` */
function backward(name: string, term: string, gradient: string): Routine {
  return routine(name, {
    sizes: "LENGTH INNER COUNT",
    read: ["ys", "dys"],
    written: ["dxs"],
    code: `
${mathematics}
${each}
  var sum = 0.0;
  ${forEachInLine(`
      let y = ys[at];
      let dy = dys[at];
      sum += ${term};`)}
  ${forEachInLine(`
      let y = ys[at];
      let dy = dys[at];
      dxs[at] = ${gradient};`)}
}`,
  });
}

export const softmax = forward("softmax", `exponential(x) / sum`);
export const softmaxBack = backward("softmaxBack", `dy * y`, `y * (dy - sum)`);

export const logSoftmax = forward("logSoftmax", `x - logarithm(sum)`);
export const logSoftmaxBack = backward("logSoftmaxBack", `dy`, `dy - exponential(y) * sum`);
