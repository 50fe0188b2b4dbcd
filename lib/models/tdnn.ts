/**
 * The time-delay neural network: convolution over time, to distinguish b, d and g wherever they begin in the sound (Waibel,
 * Hanazawa, Hinton, Shikano, Lang: "Phoneme Recognition: Neural Networks vs. Hidden Markov Models", ICASSP 1988;
 * lecture C).
 */
import { Conv1d } from "../layers/convolution/conv1d.js";
import { GlobalAveragePool } from "../layers/pooling/global-average-pool.js";
import { lecunNormal } from "../layers/initialise.js";
import { Sigmoid } from "../layers/activation/sigmoid.js";
import { Sequential } from "../net/sequential.js";
import type { ModelOptions } from "./options.js";

/** The sizes of a `tdnn`: its input of channels × frames, its hidden layer and its number of classes. */
export interface TdnnOptions extends ModelOptions {
  /** How many phonemes; 3. */
  classes?: number;
  /** Numbers in a frame: mel-scale filter-bank coefficients; 16. */
  channels?: number;
  /** Frames, of 10 ms in the paper; 15. */
  frames?: number;
  /** Features in the first hidden layer; 8. */
  hidden?: number;
}

/**
 * Input C×frames. The first hidden layer sees 3 frames at a time (delays 0, 1, 2), the second 5 of those, and has one
 * feature for each class. An output is the mean of its feature over time: the paper's sum with equal fixed
 * weights, up to a factor. Targets are 1 for the class and 0 for the others (mean squared error, `Euclidean`).
 *
 * Example (`spokenDigits`): with 10 classes, 64 frames and 24 features, trained on 600 spoken digits of four speakers, it
 * recognises 95 % of new recordings by the same speakers. Trained on three of the speakers, it recognises 51 to 71 % of the
 * digits of the fourth, whom it has not heard.
 */
export function tdnn({
  classes = 3,
  channels = 16,
  frames = 15,
  hidden = 8,
  seed = 1,
  dtype = "float32",
}: TdnnOptions = {}): Sequential {
  const init = lecunNormal;
  return new Sequential(
    {
      hidden1: new Conv1d({ in: channels, out: hidden, size: 3, init, dtype }),
      sigmoid1: new Sigmoid(),
      hidden2: new Conv1d({ in: hidden, out: classes, size: 5, init, dtype }),
      sigmoid2: new Sigmoid(),
      output: new GlobalAveragePool(),
    },
    { input: [channels, frames], seed },
  );
}
