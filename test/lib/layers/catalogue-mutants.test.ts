/**
 * Broken passes of the catalogue's layers and losses, each of which the tests' two questions must catch: is backward the
 * gradient of forward, and is forward's answer what it was (which PyTorch confirmed)? One place of the real source at a
 * time; a mutant that fits nowhere fails, so that the table follows the code.
 */
import { describe, expect, it } from "vitest";
import { flat, gradCheck, Random, tensor, type Tensor } from "../../../lib/index.js";
import { deviation } from "../../support/engines.js";
import { mutated, type Mutant } from "../../support/mutate.js";

const random = new Random(81);
const draw = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
const positive = (...shape: number[]): Tensor => random.uniform(shape, 0.5, 2, "float64");

type Inputs = Record<string, Tensor>;
type Functions = Record<string, (...args: unknown[]) => Record<string, unknown>>;

/** What an operation is tried on. */
interface Trial {
  readonly inputs: Inputs;
  readonly call?: (inputs: Inputs) => readonly unknown[];
  /** Inputs that are not differentiated. */
  readonly constant?: readonly string[];
}

/** What is wrong, where, the right form and the wrong one; test/support/mutate.ts says how to write them. */
type Row = readonly [what: string, at: string, from: string, to: string];

interface Suspect {
  readonly file: string;
  readonly operation: string;
  readonly trials: readonly Trial[];
  readonly mutants: readonly Row[];
}

const image = draw(2, 3, 4, 5);
const labels = [2, 0, 3];
const logits = draw(3, 4);
const numbers = draw(3, 4);

const suspects: readonly Suspect[] = [
  {
    file: "lib/layers/activation/sigmoid.ts",
    operation: "sigmoid",
    trials: [{ inputs: { x: image } }],
    mutants: [
      ["the slope is s·(1 + s)", "(2)", "1 - $s", "1 + $s"],
      ["the upstream gradient is left out", "(2)", "$$g * $$s", "$$s"],
      ["the exponent has the wrong sign", "(1)", "-$value", "$value"],
    ],
  },
  {
    file: "lib/layers/activation/tanh.ts",
    operation: "tanh",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { amplitude: 1.7159, rate: 2 / 3 }] }],
    mutants: [
      [
        "the rate's inner derivative is left out",
        "slope",
        "$amplitude * $rate * (1 - ($value / $amplitude) ** 2)",
        "$amplitude * (1 - ($value / $amplitude) ** 2)",
      ],
      ["the amplitude is left out of the slope", "slope", "$$amplitude * $$rate", "$$rate"],
      ["the output is not brought back to tanh", "slope", "($value / $amplitude) ** 2", "$value ** 2"],
      ["the slope is 1 − tanh", "slope", "($value / $amplitude) ** 2", "$value / $amplitude"],
    ],
  },
  {
    file: "lib/layers/activation/leaky-relu.ts",
    operation: "leakyRelu",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { slope: 0.3 }] }],
    mutants: [
      ["the gradient leaks on the wrong side", "(2)", "$value > 0", "$value < 0"],
      ["nothing leaks back", "(2)", "$slope * $g", "0"],
    ],
  },
  {
    file: "lib/layers/activation/prelu.ts",
    operation: "prelu",
    trials: [{ inputs: { x: image, a: draw(3) } }, { inputs: { x: image, a: draw(1) } }],
    mutants: [
      ["da counts positive inputs", "(3)", "$x <= 0", "$x > 0"],
      ["da is not summed", "(3)", "$da += $share", "$da = $share"],
      ["da forgets the input", "(3)", "$dy * $x", "$dy"],
      ["the slope is another channel's", "(2)", "$a[$c] * $dy", "$a[0] * $dy"],
      ["channels are taken for places", "slopeOf", "Math.floor($at / $places)", "$at"],
    ],
  },
  {
    file: "lib/layers/activation/elu.ts",
    operation: "elu",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { alpha: 0.4 }] }],
    mutants: [
      ["alpha is left out of the slope", "slope", "$alpha * Math.exp($value)", "Math.exp($value)"],
      ["the slope is the output", "slope", "Math.exp", "Math.expm1"],
    ],
  },
  {
    file: "lib/layers/activation/softplus.ts",
    operation: "softplus",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { sharpness: 3 }] }],
    mutants: [
      ["the sharpness is left out of the slope", "slope", "-$sharpness * $value", "-$value"],
      [
        "the correction is not divided by the sharpness",
        "softplusForward",
        "Math.log1p(Math.exp(-$sharpness * Math.abs($value))) / $sharpness",
        "Math.log1p(Math.exp(-$sharpness * Math.abs($value)))",
      ],
    ],
  },
  {
    file: "lib/layers/activation/gelu.ts",
    operation: "gelu",
    trials: [{ inputs: { x: image } }, { inputs: { x: image }, call: ({ x }) => [x, { form: "tanh" }] }],
    mutants: [
      [
        "the density's term is left out",
        "(2)",
        "$value * Math.exp((-$value * $value) / 2)",
        "0 * Math.exp((-$value * $value) / 2)",
      ],
      ["the inner derivative of the tanh form has no 3", "(4)", "3 * CUBIC", "CUBIC"],
      ["the tanh form's slope is 1 + tanh²", "(4)", "1 - $t * $t", "1 + $t * $t"],
    ],
  },
  {
    file: "lib/layers/activation/softmax.ts",
    operation: "softmax",
    trials: [{ inputs: { x: image } }, { inputs: { x: image }, call: ({ x }) => [x, { axis: -1 }] }],
    mutants: [
      ["the shared term is left out", "(3)", "$p * ($g - $sum)", "$p * $g"],
      ["the shared term is added", "(3)", "$g - $sum", "$g + $sum"],
      ["the sum has no probabilities", "term", "$g * $p", "$g"],
      ["lines begin at the wrong places", "forEachLine", "$o * $length * $inner + $i", "$o * $length + $i"],
    ],
  },
  {
    file: "lib/layers/activation/softmax.ts",
    operation: "logSoftmax",
    trials: [{ inputs: { x: image } }],
    mutants: [
      ["the probabilities stay logarithms", "(4)", "Math.exp($l)", "$l"],
      ["the sum is left out", "(4)", "Math.exp($l) * $sum", "Math.exp($l)"],
    ],
  },
  {
    file: "lib/layers/pooling/average-pool.ts",
    operation: "averagePool2d",
    trials: [
      { inputs: { x: image }, call: ({ x }) => [x, { size: 2, stride: [2, 1], pad: { left: 1 } }] },
      {
        inputs: { x: image },
        call: ({ x }) => [x, { size: 3, stride: 2, pad: 1, round: "ceil", countPadding: true }],
      },
    ],
    mutants: [
      ["the gradient is not shared", "(2)", "$dy / $counts", "$dy"],
      ["overlapping windows overwrite each other", "(2)", "$dx += $share", "$dx = $share"],
      [
        "the padding after the input is not counted",
        "taps",
        "$axis.input + $axis.after - 1",
        "$axis.input - 1",
      ],
      [
        "rows are counted like columns",
        "countWithPadding",
        "$taps($rows, $i) * $taps($columns, $j)",
        "$taps($columns, $i) * $taps($columns, $j)",
      ],
      ["padding counts though nobody asked", "forward", "if (countPadding) $s;", "$s"],
    ],
  },
  {
    file: "lib/layers/pooling/lp-pool.ts",
    operation: "lpPool2d",
    trials: [
      { inputs: { x: image }, call: ({ x }) => [x, { size: 2, stride: [2, 1], power: 3 }] },
      { inputs: { x: image }, call: ({ x }) => [x, { size: [2, 5], power: 2 }] },
    ],
    mutants: [
      [
        "the sign is left out",
        "(2)",
        "$dy * (Math.abs($x) / $norms) ** ($power - 1) * Math.sign($x)",
        "$dy * (Math.abs($x) / $norms) ** ($power - 1)",
      ],
      [
        "the exponent is p",
        "(2)",
        "(Math.abs($x) / $norms) ** ($power - 1)",
        "(Math.abs($x) / $norms) ** $power",
      ],
      ["the root is left out", "(1)", "$sum ** (1 / $power)", "$sum"],
      ["overlapping windows overwrite each other", "(2)", "$dx += $share", "$dx = $share"],
    ],
  },
  {
    file: "lib/layers/pooling/sum-pool.ts",
    operation: "sumPool2d",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { size: 2, stride: [2, 1] }] }],
    mutants: [
      ["overlapping windows overwrite each other", "(2)", "$dx += $share", "$dx = $share"],
      [
        "the upstream gradient is read in the wrong order",
        "(2)",
        "$dx += $dy[$yAt]",
        "$dx += $dy[$dy.length - 1 - $yAt]",
      ],
    ],
  },
  {
    file: "lib/layers/pooling/decimation.ts",
    operation: "decimate2d",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, [3, 2]] }],
    mutants: [["the gradient goes one pixel too far", "(2)", "$dx[$xAt] = $share", "$dx[$xAt + 1] = $share"]],
  },
  {
    file: "lib/layers/pooling/global-average-pool.ts",
    operation: "globalAveragePool",
    trials: [{ inputs: { x: image } }],
    mutants: [
      ["the gradient is not shared", "(2)", "$dy[Math.floor($at / $m)] / $m", "$dy[Math.floor($at / $m)]"],
      ["places are taken for channels", "(2)", "Math.floor($at / $m)", "$at % dY.length"],
    ],
  },
  {
    file: "lib/layers/activation/maxout.ts",
    operation: "maxout",
    trials: [{ inputs: { x: draw(2, 6, 2, 3) }, call: ({ x }) => [x, 3] }],
    mutants: [
      ["the loser wins", "(2)", "$x[$at] > $x[$winner]", "$x[$at] < $x[$winner]"],
      [
        "groups are taken in steps",
        "maxoutForward",
        "Math.floor($o / $places) * $group * $places",
        "Math.floor($o / $places) * $places",
      ],
      [
        "the first always gets the gradient",
        "maxoutForward",
        "$$winners[$$o] = $$winner",
        "$$winners[$$o] = first",
      ],
    ],
  },
  {
    file: "lib/layers/normalisation/layer-norm.ts",
    operation: "layerNorm",
    trials: [{ inputs: { x: draw(4, 5), gamma: positive(5), beta: draw(5) } }],
    mutants: [
      ["gamma is left out of dx", "(4)", "$gamma * $dy", "$dy"],
      [
        "dgamma is not summed over the rows",
        "(3)",
        "$dgamma += $dy * $rows.normalised[$at]",
        "$dgamma = $dy * $rows.normalised[$at]",
      ],
      [
        "dgamma reads the rows for the features",
        "(3)",
        "$dgamma[$at % $m] += $dy * $rows.normalised[$at]",
        "$dgamma[Math.floor($at / $m)] += $dy * $rows.normalised[$at]",
      ],
      [
        "dbeta sums what dgamma sums",
        "(3)",
        "$dbeta += $dy[$at]",
        "$dbeta += $dy[$at] * rows.normalised[$at]",
      ],
    ],
  },
  {
    file: "lib/layers/normalisation/group-norm.ts",
    operation: "groupNorm",
    trials: [
      {
        inputs: { x: draw(2, 4, 3), gamma: positive(4), beta: draw(4) },
        call: ({ x, gamma, beta }) => [x, gamma, beta, { groups: 2 }],
      },
    ],
    mutants: [
      [
        "parameters are the group's",
        "channelOf",
        "Math.floor($at / $places) % $shape",
        "Math.floor($at / $places / 2) % 2",
      ],
      ["gamma is left out of dx", "(4)", "$gamma * $dy", "$dy"],
      ["dbeta is not summed", "(3)", "$dbeta += $dy[$at]", "$dbeta = $dy[$at]"],
      ["the groups are too large", "(1)", "sizeOf($x.shape.slice(1)) / $groups", "sizeOf($x.shape.slice(1))"],
    ],
  },
  {
    file: "lib/layers/normalisation/local-response-norm.ts",
    operation: "localResponseNorm",
    trials: [
      { inputs: { x: draw(2, 6, 2) }, call: ({ x }) => [x, { size: 4, alpha: 0.7, beta: 1.2, k: 1.5 }] },
    ],
    mutants: [
      ["the way through s is left out", "(3)", "2 * $alpha", "0 * $alpha"],
      ["the way through s has the wrong sign", "(3)", "$dx -= $share", "$dx += $share"],
      ["the square's 2 is forgotten", "(3)", "2 * $alpha", "$alpha"],
      ["the exponent is −β", "localResponseNormBackward", "$sums ** (-$beta - 1)", "$sums ** -$beta"],
      [
        "the window is not turned round",
        "localResponseNormBackward",
        "$dy[$cAt] * $x[$cAt] * $sums[$cAt] ** (-$beta - 1)",
        "$dy[bAt] * $x[bAt] * $sums[bAt] ** (-$beta - 1)",
      ],
      ["the mean's 1/n is forgotten", "(3)", "(2 * $alpha * $beta) / $size", "(2 * $alpha * $beta)"],
      ["the window leans the other way", "forEachNeighbour", "$$c - $$before", "$$c - after"],
    ],
  },
  {
    file: "lib/layers/normalisation/local-contrast-norm.ts",
    operation: "localContrastNorm",
    trials: [
      { inputs: { x: draw(2, 2, 4, 5) }, call: ({ x }) => [x, { size: 3 }] },
      { inputs: { x: draw(1, 2, 4, 4) }, call: ({ x }) => [x, { size: 3, floor: 0.8 }] },
      { inputs: { x: draw(1, 2, 4, 4) }, call: ({ x }) => [x, { size: 3, acrossChannels: false }] },
    ],
    mutants: [
      ["the divisor is taken for a constant", "localContrastNormBackward", "-$dy * $centred", "0"],
      ["the divisor's square is forgotten", "localContrastNormBackward", "$divisor ** 2", "$divisor"],
      ["the floor's share is left out", "localContrastNormBackward", "$$dDivisor[$$o] / $$pixels", "0"],
      [
        "the floor's share is not a mean",
        "localContrastNormBackward",
        "$$dDivisor[$$o] / $$pixels",
        "$$dDivisor[$$o]",
      ],
      ["all pixels send to the floor", "localContrastNormBackward", "if ($sigma <= $floor) $s;", "$s"],
      [
        "a floored pixel still sends to its deviation",
        "(5)",
        "($sigma > $floors ? $d : 0) + $shared",
        "$d + $shared",
      ],
      [
        "the root's ½ is forgotten",
        "localContrastNormBackward",
        "$dSigma / (2 * $sigma)",
        "$dSigma / $sigma",
      ],
      [
        "the weights are not transposed for the deviation",
        "localContrastNormBackward",
        "smoothTransposed($$weights, $$dVariance)",
        "smooth($$weights, $$dVariance)",
      ],
      ["the square's 2 is forgotten", "(6)", "2 * $centred", "$centred"],
      ["the mean is taken for a constant", "(7)", "$$back[$$u]", "0"],
      [
        "the weights are not transposed for the mean",
        "localContrastNormBackward",
        "smoothTransposed($weights, overChannels($a, $b, $c))",
        "smooth($weights, overChannels($a, $b, $c))",
      ],
      ["weights at the border do not sum to 1", "gaussianWeights", "$weight /= $sum", "$weight /= 4"],
    ],
  },
  {
    file: "lib/layers/normalisation/dropout.ts",
    operation: "dropout",
    trials: [{ inputs: { x: image, mask: positive(2, 3) }, constant: ["mask"] }],
    mutants: [
      ["backward does not mask", "(2)", "masked(wrap($dy, $shape), $mask)", "wrap($dy, $shape)"],
      [
        "the mask is read in the wrong order",
        "masked",
        "reshape($mask, $shape)",
        "reshape($mask.step(...$mask.shape.map(() => -1)), $shape)",
      ],
    ],
  },
  {
    file: "lib/layers/shape/padding.ts",
    operation: "pad2d",
    trials: (["zero", "reflect", "edge"] as const).map((mode) => ({
      inputs: { x: image },
      call: ({ x }: Inputs) => [
        x,
        [
          [1, 2],
          [3, 0],
        ],
        mode,
      ],
    })),
    mutants: [
      ["copies overwrite each other", "(2)", "$dx += $share", "$dx = $share"],
      [
        "the mirror repeats the border",
        "sources",
        "$u < 0 ? -$u : 2 * ($length - 1) - $u",
        "$u < 0 ? -$u - 1 : 2 * $length - 1 - $u",
      ],
      [
        "rows and columns are swapped",
        "forEachCopy",
        "$map * $pixels + $h * $width + $v",
        "$map * $pixels + $v + $h",
      ],
    ],
  },
  {
    file: "lib/layers/shape/attention.ts",
    operation: "attention",
    trials: [{ inputs: { x: image, mask: draw(2, 1, 4, 5) } }],
    mutants: [
      ["dmask is not summed over the channels", "(3)", "$da += $share", "$da = $share"],
      ["dx gets the activation", "(2)", "multiply($mask, $dy)", "multiply(x, $dy)"],
      [
        "the mask is another example's",
        "positionIn",
        "Math.floor($at / $example) * $places + ($at % $places)",
        "$at % $places",
      ],
    ],
  },
  {
    file: "lib/layers/convolution/conv-transpose.ts",
    operation: "convTranspose2d",
    trials: [
      {
        inputs: { x: draw(2, 4, 3, 2), w: draw(4, 2, 2, 3), b: draw(4) },
        call: ({ x, w, b }) => [
          x,
          w,
          b,
          { stride: [2, 3], pad: { top: 1, right: 1 }, groups: 2, extra: [1, 0] },
        ],
      },
    ],
    mutants: [
      ["dx has the wrong sign", "(2)", "$dx += $share", "$dx -= $share"],
      ["dw is not summed", "(3)", "$dw += $share", "$dw = $share"],
      ["dw reads dy mirrored", "(3)", "$x * $dy[$yAt]", "$x * $dy[$dy.length - 1 - $yAt]"],
      ["db is not summed", "(4)", "$db += $share", "$db = $share"],
      ["the map is another one", "mapOf", "Math.floor($at / $places)", "$at"],
      ["columns are padded like rows", "transposed2d", "$$sides[$$i]", "$$sides[0]"],
    ],
  },
  {
    file: "lib/layers/convolution/local-conv.ts",
    operation: "localConv2d",
    trials: [
      {
        inputs: { x: draw(2, 2, 4, 5), w: draw(2, 2, 3, 2, 3, 1), b: draw(2, 2, 3) },
        call: ({ x, w, b }) => [x, w, b, { stride: [1, 2] }],
      },
    ],
    mutants: [
      [
        "the filters are shared in the gradient's sum only",
        "(3)",
        "$dw[$wAt] += $share",
        "$dw[$wAt % 12] += $share",
      ],
      [
        "the filter is another place's",
        "untied",
        "($yAt % $filters) * $fan",
        "($filters - 1 - ($yAt % $filters)) * $fan",
      ],
      ["db is not summed over the examples", "(4)", "$db += $share", "$db = $share"],
      ["dx has the wrong sign", "(2)", "$dx += $share", "$dx -= $share"],
    ],
  },
  {
    file: "lib/losses/hinge.ts",
    operation: "hinge",
    trials: [
      { inputs: { scores: logits }, call: ({ scores }) => [scores, labels, {}] },
      {
        inputs: { scores: logits },
        call: ({ scores }) => [scores, labels, { power: 2, margin: 1.7, reduction: "sum" }],
      },
    ],
    mutants: [
      ["the right class is not pulled up", "(4)", "$ds -= $slope", "$ds -= 0"],
      ["the right class is pushed down", "(4)", "$ds -= $share", "$ds += $share"],
      ["the right class is pulled up once", "(4)", "$ds -= $slope", "$ds = -$slope"],
      [
        "the square's 2 is forgotten",
        "hingeBackward",
        "$power * $violation ** ($power - 1)",
        "$violation ** ($power - 1)",
      ],
      [
        "the mean is forgotten",
        "hingeBackward",
        '$reduction === "mean" ? $N : 1',
        '$reduction === "mean" ? 1 : 1',
      ],
      [
        "the margin is forgotten",
        "hingeBackward",
        "$s[$at] - $s[$rightAt] + $margin",
        "$s[$at] - $s[$rightAt] + 1",
      ],
    ],
  },
  {
    file: "lib/losses/euclidean.ts",
    operation: "euclidean",
    trials: [{ inputs: { prediction: logits }, call: ({ prediction }) => [prediction, numbers, {}] }],
    mutants: [
      ["the mean is forgotten", "(2)", "($x - $targets) / $divisor", "$x - $targets"],
      ["the sign is wrong", "(2)", "$x - $targets", "$targets - $x"],
      ["the ½ is in the gradient", "(2)", "($x - $targets) / $divisor", "($x - $targets) / $divisor / 2"],
    ],
  },
  {
    file: "lib/losses/huber.ts",
    operation: "huber",
    trials: [
      { inputs: { prediction: logits }, call: ({ prediction }) => [prediction, numbers, { threshold: 0.7 }] },
    ],
    mutants: [
      [
        "large errors are not cut off",
        "huberBackward",
        "Math.min($threshold, $x - $targets)",
        "$x - $targets",
      ],
      [
        "the straight part does not join",
        "(1)",
        "$threshold * ($error - $threshold / 2)",
        "$threshold * $error",
      ],
    ],
  },
  {
    file: "lib/losses/binary-cross-entropy.ts",
    operation: "binaryCrossEntropy",
    trials: [
      {
        inputs: { logits },
        call: ({ logits }) => [
          logits,
          tensor(
            flat(positive(3, 4)).map((v: number) => v / 2),
            [3, 4],
          ),
          {},
        ],
      },
    ],
    mutants: [
      ["the sigmoid is turned round", "binaryCrossEntropyBackward", "-$z", "$z"],
      [
        "the target is left out",
        "binaryCrossEntropyBackward",
        "(1 / (1 + Math.exp(-$z)) - $targets) / $divisor",
        "(1 / (1 + Math.exp(-$z))) / $divisor",
      ],
    ],
  },
  {
    file: "lib/losses/negative-log-likelihood.ts",
    operation: "negativeLogLikelihood",
    trials: [
      {
        inputs: { logProbabilities: logits },
        call: ({ logProbabilities }) => [
          logProbabilities,
          labels,
          { classWeights: [1, 2, 3, 4], ignoreIndex: 0 },
        ],
      },
    ],
    mutants: [
      ["the class weight is forgotten", "(2)", "-($classWeights?.[$labels] ?? 1)", "-1"],
      [
        "an ignored example has a gradient",
        "negativeLogLikelihoodBackward",
        "if ($label === ignoreIndex) continue;",
        "",
      ],
    ],
  },
  {
    file: "lib/layers/activation/clip.ts",
    operation: "clip",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { min: -0.5, max: 0.8 }] }],
    mutants: [
      ["the gradient passes below", "(2)", "$value >= $min && $value <= $max", "$value <= $max"],
      [
        "the gradient passes above",
        "(2)",
        "$value >= $min && $value <= $max ? $g : 0",
        "$value >= $min ? $g : 0",
      ],
      [
        "the bounds change places",
        "(1)",
        "Math.min(Math.max($value, $min), $max)",
        "Math.max(Math.min($value, $min), $max)",
      ],
    ],
  },
  {
    file: "lib/layers/activation/hard-sigmoid.ts",
    operation: "hardSigmoid",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { slope: 0.4, offset: 0.3 }] }],
    mutants: [
      ["the slope is left out", "(2)", "$slope * $g", "$g"],
      [
        "the gradient passes everywhere",
        "(2)",
        "$isRising($value) ? $slope * $g : 0",
        "$isRising($value) ? $slope * $g : $slope * $g",
      ],
      ["the offset is left out", "(1)", "$slope * $value + $offset", "$slope * $value"],
    ],
  },
  {
    file: "lib/layers/activation/hard-sigmoid.ts",
    operation: "hardSwish",
    trials: [{ inputs: { x: random.normal([3, 4, 5], 0, 3, "float64") } }],
    mutants: [
      ["the gate's own slope is left out", "(4)", "$value / 3", "$value / 6"],
      [
        "the gradient stops above 3",
        "(4)",
        "$value > 3 ? 1 : $value / 3 + 1 / 2",
        "$value > 3 ? 0 : $value / 3 + 1 / 2",
      ],
      ["the gradient goes on below −3", "hardSwishBackward", "if ($value < -3) return 0;", ""],
    ],
  },
  {
    file: "lib/layers/activation/softsign.ts",
    operation: "softsign",
    trials: [{ inputs: { x: image } }],
    mutants: [
      ["the square is left out", "(2)", "(1 + Math.abs($value)) ** 2", "(1 + Math.abs($value))"],
      ["the size is taken with its sign", "(2)", "Math.abs($value)", "$value"],
    ],
  },
  {
    file: "lib/layers/activation/error-function.ts",
    operation: "errorFunction",
    trials: [{ inputs: { x: image } }],
    mutants: [
      [
        "2/√π is left out",
        "(2)",
        "$g * $rate * Math.exp(-$value * $value)",
        "$g * Math.exp(-$value * $value)",
      ],
      ["the exponent is halved", "(2)", "-$value * $value", "(-$value * $value) / 2"],
    ],
  },
  {
    file: "lib/layers/activation/power.ts",
    operation: "power",
    trials: [
      { inputs: { x: image }, call: ({ x }) => [x, { exponent: 3 }] },
      { inputs: { x: positive(3, 4) }, call: ({ x }) => [x, { exponent: -0.5 }] },
    ],
    mutants: [
      [
        "the exponent is not brought forward",
        "slope",
        "$exponent * raised($value, $exponent - 1)",
        "raised($value, $exponent - 1)",
      ],
      ["the exponent stays as it is", "slope", "$exponent - 1", "$exponent"],
    ],
  },
  {
    file: "lib/layers/activation/exponential.ts",
    operation: "exponential",
    trials: [{ inputs: { x: image } }],
    mutants: [["the slope is 1", "(2)", "$g * $value", "$g"]],
  },
  {
    file: "lib/layers/activation/exponential.ts",
    operation: "logarithm",
    trials: [{ inputs: { x: positive(3, 4) } }],
    mutants: [
      ["the slope is x", "(4)", "$g / $value", "$g * $value"],
      ["it is the logarithm to base 2", "(3)", "Math.log", "Math.log2"],
    ],
  },
  {
    file: "lib/layers/activation/absolute.ts",
    operation: "absolute",
    trials: [{ inputs: { x: image } }],
    mutants: [["the sign is forgotten", "(2)", "$g * Math.sign($value)", "$g"]],
  },
  {
    file: "lib/layers/pooling/reduce.ts",
    operation: "reduce",
    trials: (["mean", "max", "min", "l1", "l2", "sum"] as const).map((kind) => ({
      inputs: { x: image },
      call: ({ x }: Inputs) => [x, { kind, axes: 1 }],
    })),
    mutants: [
      ["the mean is not divided", "(2)", "$g / $n", "$g"],
      ["the largest shares with the others", "(6)", "$chosen * $g", "$g"],
      ["the smallest is taken for the largest", "reduceBackward", "-1", "1"],
      ["a sum of sizes forgets the signs", "(8)", "Math.sign($x) * $g", "$g"],
      ["a length's gradient is not of length 1", "(10)", "($x / $y) * $g", "$x * $g"],
      [
        "the axes are put back in another order",
        "winners",
        "$order.map(($_, $axis) => $order.indexOf($axis))",
        "$order",
      ],
    ],
  },
  {
    file: "lib/layers/normalisation/unit-norm.ts",
    operation: "unitNorm",
    trials: [
      { inputs: { x: image }, call: ({ x }) => [x, { axis: 2 }] },
      { inputs: { x: image }, call: ({ x }) => [x, { axis: 1, power: 1 }] },
    ],
    mutants: [
      [
        "the way through the length is left out",
        "(2)",
        "($power === 1 ? Math.sign($x) : $y) * $dot",
        "($power === 1 ? Math.sign($x) : $y) * 0",
      ],
      ["both norms have one slope", "(2)", "($power === 1 ? Math.sign($x) : $y) * $dot", "$y * $dot"],
      [
        "it is not divided by the length",
        "(2)",
        "($dy - ($power === 1 ? Math.sign($x) : $y) * $dot) / $r",
        "($dy - ($power === 1 ? Math.sign($x) : $y) * $dot)",
      ],
      ["the lengths are squares", "unitNormForward", "$power === 1 ? $sum : Math.sqrt($sum)", "$sum"],
    ],
  },
  {
    file: "lib/layers/shape/resize.ts",
    operation: "resize",
    trials: [
      { inputs: { x: image }, call: ({ x }) => [x, { scale: 2, mode: "linear" }] },
      { inputs: { x: image }, call: ({ x }) => [x, { size: [3, 7] }] },
      { inputs: { x: image }, call: ({ x }) => [x, { size: [5, 3], mode: "linear", align: "corners" }] },
    ],
    mutants: [
      ["the weights change places", "(2)", "(1 - $weight) * $dx", "$weight * $dx"],
      ["the second neighbour gets nothing", "(2)", "$weight[$o] * $dx[$from]", "0 * $dx[$from]"],
      [
        "an input's gradient is its last output's",
        "(2)",
        "$next += (1 - $weight) * $dx",
        "$next = (1 - $weight) * $dx",
      ],
      [
        "half a pixel is forgotten",
        "placeOf",
        "return ($o + 0.5) / $scale - 0.5;",
        "return ($o + 0.5) / $scale",
      ],
      [
        "corners are those of the sizes",
        "placeOf",
        "($o * ($input - 1)) / ($size - 1)",
        "($o * $input) / $size",
      ],
    ],
  },
  {
    file: "lib/layers/shape/slice.ts",
    operation: "slice",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { axis: 3, begin: 1, step: 2 }] }],
    mutants: [
      [
        "the gradient goes to the first places",
        "(2)",
        "sliceView($dx, $ranges)",
        "sliceView($dx, [null, null, null, [0, outputs[3]]])",
      ],
    ],
  },
  {
    file: "lib/layers/shape/gather.ts",
    operation: "gather",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { axis: 1, places: [2, 2] }] }],
    mutants: [
      ["of two takers one gets its gradient back", "(2)", "$dx += $share", "$dx = $share"],
      ["the places are counted along another axis", "forEachCopy", "$shape[$axis]", "places.length"],
    ],
  },
  {
    file: "lib/layers/shape/embedding.ts",
    operation: "embedding",
    trials: [{ inputs: { x: tensor([[0, 2, 2]], undefined, "float64"), w: draw(4, 5) }, constant: ["x"] }],
    mutants: [
      ["a row that is taken twice learns once", "(2)", "$dw += $share", "$dw = $share"],
      ["all learn in one row", "(2)", "$dw[$index * $width + $d] += $share", "$dw[$d] += $share"],
    ],
  },
  {
    file: "lib/layers/shape/pixel-shuffle.ts",
    operation: "pixelShuffle",
    trials: [
      { inputs: { x: draw(2, 8, 2, 3) }, call: ({ x }) => [x, { factor: 2 }] },
      { inputs: { x: draw(2, 8, 2, 3) }, call: ({ x }) => [x, { factor: 2, order: "place" }] },
    ],
    mutants: [
      [
        "rows and columns of a block change places",
        "forEachMove",
        "$c * $r * $r + $i * $r + $j",
        "$c * $r * $r + $j * $r + $i",
      ],
      [
        "both orders are one",
        "forEachMove",
        'const $q = $order === "channel" ? $c * $r * $r + $i * $r + $j : ($i * $r + $j) * $C + $c',
        "const $q = ($i * $r + $j) * $C + $c",
      ],
      [
        "the gradient goes where it came from",
        "pixelShuffleBackward (2)",
        "$dx[$from] = $dy[$to]",
        "$dx[$to] = $dy[$from]",
      ],
    ],
  },
  {
    file: "lib/layers/shape/transpose.ts",
    operation: "transpose",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, [2, 0, 3, 1]] }],
    mutants: [
      [
        "the order is not turned round",
        "(2)",
        "transpose($dy, inverseOrder($order))",
        "wrap($dy.data as Float64Array, [2, 3, 4, 5])",
      ],
    ],
  },
  {
    file: "lib/layers/arithmetic/divide.ts",
    operation: "divide",
    trials: [{ inputs: { a: draw(2, 3), b: positive(2, 3) } }],
    mutants: [
      ["the quotient is not divided again", "(2)", "divide($dy, $b)", "$dy"],
      ["the divisor's sign is wrong", "(3)", "negate(multiply($da, $y))", "multiply($da, $y)"],
    ],
  },
  {
    file: "lib/layers/arithmetic/subtract.ts",
    operation: "subtract",
    trials: [{ inputs: { a: draw(2, 3), b: draw(2, 3) } }],
    mutants: [["both have one sign", "(3)", "negate($da)", "$da"]],
  },
  {
    file: "lib/layers/arithmetic/multiply.ts",
    operation: "multiply",
    trials: [{ inputs: { a: draw(2, 3), b: draw(2, 3) } }],
    mutants: [
      [
        "each gets its own value",
        "(2)",
        "{ da: multiply($dy, $b), db: multiply($dy, $a) }",
        "{ da: multiply($dy, $a), db: multiply($dy, $b) }",
      ],
    ],
  },
  {
    file: "lib/layers/arithmetic/extremes.ts",
    operation: "maximum",
    trials: [{ inputs: { a: draw(2, 3), b: draw(2, 3) } }],
    mutants: [
      [
        "both get the whole gradient",
        "(3)",
        "{ larger, smaller: subtract($dy, $larger) }",
        "{ larger: $dy, smaller: $dy }",
      ],
      [
        "the smaller one gets it",
        "maximumBackward",
        "{ da: $larger, db: $smaller }",
        "{ da: $smaller, db: $larger }",
      ],
    ],
  },
  {
    file: "lib/layers/arithmetic/extremes.ts",
    operation: "minimum",
    trials: [{ inputs: { a: draw(2, 3), b: draw(2, 3) } }],
    mutants: [
      [
        "the larger one gets it",
        "minimumBackward",
        "{ da: $smaller, db: $larger }",
        "{ da: $larger, db: $smaller }",
      ],
    ],
  },
  {
    file: "lib/layers/arithmetic/matrix-product.ts",
    operation: "matrixProduct",
    trials: [{ inputs: { a: draw(2, 3, 3), b: draw(3, 3) } }],
    mutants: [
      ["B is not turned", "(2)", "turned($b)", "$b"],
      ["A is not turned", "(3)", "turned($a)", "$a"],
      ["the factors change places", "(3)", "matmul(turned($a), $dy)", "matmul($dy, turned($a))"],
    ],
  },
  {
    file: "lib/layers/arithmetic/dot-product-attention.ts",
    operation: "dotProductAttention",
    trials: [{ inputs: { q: draw(2, 3, 4), k: draw(2, 5, 4), v: draw(2, 5, 2) } }],
    mutants: [
      ["the scores are not scaled", "(1)", "scale * $sum", "$sum"],
      ["the weights do not sum to 1", "(2)", "$a /= $sum", "$a"],
      ["the answers are another query's", "(3)", "Y[$answer + $e]", "Y[$e]"],
      ["dv has no weights", "(4)", "$weight * $dy", "$dy"],
      ["dv is one query's", "(4)", "$dv += $share", "$dv = $share"],
      ["da is not summed", "(5)", "$slope += $share", "$slope = $share"],
      ["the row's shared term is left out", "(6)", "$da - $shared", "$da"],
      ["the shared term is added", "(6)", "$da - $shared", "$da + $shared"],
      ["the Jacobian forgets the weight", "(6)", "$a * ($da - $shared)", "$da - $shared"],
      [
        "the shared term has no weights",
        "dotProductAttentionBackward",
        "shared += $weight * $slope",
        "shared += $slope",
      ],
      ["the scale is left out", "dotProductAttentionBackward", "scale * dS", "dS"],
      ["dq is not summed", "(7)", "$dq += $share", "$dq = $share"],
      ["dk gets the key", "(8)", "$$scaled * Q[$at]", "$$scaled * K[$at]"],
      ["dk is one query's", "(8)", "$dk += $share", "$dk = $share"],
    ],
  },
  {
    file: "lib/layers/shape/positional-encoding.ts",
    operation: "positionalEncoding",
    trials: [{ inputs: { x: draw(2, 8, 3, 4) } }, { inputs: { x: draw(2, 4, 5) } }],
    mutants: [
      ["sine and cosine change places", "(1)", "$channel % 2 === 0", "$channel % 2 === 1"],
      ["the table is another example's", "(2)", "$table[$at % $table.length]", "$table[0]"],
      ["rows count as columns", "positionTable", "$places.slice($axis + 1)", "$places.slice(0, $axis)"],
      ["a sine and its cosine turn at two speeds", "positionTable", "$channel - ($channel % 2)", "$channel"],
    ],
  },
];

/** Why the checks do not accept these passes, or undefined when they do. */
function complaint(ours: Functions, real: Functions, { operation, trials }: Suspect): string | undefined {
  for (const { inputs, call = Object.values, constant = [] } of trials) {
    const args = call(inputs); // drawn once, so that both see the same targets
    const withInputs = (at: Inputs): unknown[] => {
      const names = Object.keys(inputs);
      return args.map((arg) => at[names.find((name) => inputs[name] === arg) ?? ""] ?? arg);
    };
    const output = ours[`${operation}Forward`](...args);
    const expected = real[`${operation}Forward`](...args);
    const [y, right] = [output, expected].map(
      (of) => (of.y as Tensor) ?? tensor([of.loss as number], [1], "float64"),
    );
    if (!(deviation(y, right) <= 1e-12)) return `${operation}: another answer`;
    const isLoss = "loss" in output;
    const differentiable = {
      forward: (at: Inputs) =>
        ours[`${operation}Forward`](...withInputs(at)) as { y: Tensor; cache: unknown },
      backward: (dy: Tensor, cache: unknown) =>
        isLoss ? ours[`${operation}Backward`](cache) : ours[`${operation}Backward`](dy, cache),
    };
    const of = Object.keys(inputs).filter((name) => !constant.includes(name));
    const report = gradCheck(differentiable, inputs, { of });
    if (!report.passed) return report.text;
  }
  return undefined;
}

describe.each(suspects)("$operation", (suspect) => {
  const { file, mutants } = suspect;

  it("passes as it is", async () => {
    const module = (await mutated(file)) as Functions;
    expect(complaint(module, module, suspect)).toBeUndefined();
  });

  it.each(mutants)("is caught when %s", async (what, at, from, to) => {
    const real = (await mutated(file)) as Functions;
    const broken = (await mutated(file, { what, at, from, to })) as Functions;
    const found = complaint(broken, real, suspect); // a mutant that crashes is no mutant
    expect(found).toBeDefined();
  });
});

describe("standardise, which layer and group normalisation share", () => {
  const file = "lib/layers/normalisation/standardise.ts";
  const check = async (mutant?: Mutant): Promise<boolean> => {
    const { standardise, standardiseBackward } = (await mutated(file, mutant)) as unknown as {
      standardise: (X: ArrayLike<number>, m: number, epsilon: number) => { normalised: Float64Array };
      standardiseBackward: (dN: Float64Array, rows: unknown) => Float64Array;
    };
    const x = draw(3, 5);
    return gradCheck(
      {
        forward: ({ x }: Inputs) => {
          const rows = standardise(flat(x), 5, 0.01);
          return { y: tensor(rows.normalised, x.shape), cache: rows };
        },
        backward: (dy: Tensor, rows: unknown) => ({
          dx: tensor(standardiseBackward(Float64Array.from(flat(dy)), rows), x.shape),
        }),
      },
      { x },
    ).passed;
  };

  it("passes as it is", async () => {
    expect(await check()).toBe(true);
  });

  it.each([
    [
      "the mean's way is left out",
      "standardiseBackward",
      "$dNormalised - $mean - $normalised * $along",
      "$dNormalised - $normalised * $along",
    ],
    [
      "the deviation's way is left out",
      "standardiseBackward",
      "$scale * ($dNormalised - $mean - $normalised * $along)",
      "$scale * ($dNormalised - $mean)",
    ],
    [
      "the deviation's way has the wrong sign",
      "standardiseBackward",
      "$dNormalised - $mean - $normalised * $along",
      "$dNormalised - $mean + $normalised * $along",
    ],
    [
      "the scale is left out",
      "standardiseBackward",
      "$scale * ($dNormalised - $mean - $normalised * $along)",
      "($dNormalised - $mean - $normalised * $along)",
    ],
    ["the variance is of m − 1", "standardise", "($x - $mean) ** 2 / $m", "($x - $mean) ** 2 / ($m - 1)"],
    ["rows run into each other", "standardiseBackward", "[$row * $m, $row * $m + $m]", "[0, $m]"],
  ])("is caught when %s", async (what, at, from, to) => {
    expect(await check({ what, at, from, to })).toBe(false);
  });
});

it("has mutants enough", () => {
  expect(suspects.flatMap(({ mutants }) => mutants).length).toBeGreaterThanOrEqual(140);
});
