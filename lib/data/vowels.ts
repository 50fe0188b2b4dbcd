/**
 * Spoken vowels, synthesised: a train of pulses (the glottis) filtered by resonances (the mouth).
 *
 * The frequencies of its resonances, the formants, make a vowel. The means for ten American English vowels, spoken by men
 * and by women, were measured by G. Peterson and H. Barney ("Control methods used in a study of the vowels", 1952). The
 * resonators and their bandwidths follow D. Klatt ("Software for a cascade/parallel formant synthesizer", 1980).
 */
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { wrap } from "../array/tensor.js";
import { Dataset, splits, type Splits } from "./dataset.js";

/** Mean pitch and formants, in hertz. */
export interface Vowel {
  /** Its sound, in the International Phonetic Alphabet. */
  readonly symbol: string;
  /** A word that has it. */
  readonly word: string;
  /** Pitch, then the first three formants, as men speak it. */
  readonly man: readonly [number, number, number, number];
  /** The same, as women speak it. */
  readonly woman: readonly [number, number, number, number];
}

/** The ten vowels and their means (Peterson and Barney 1952, table II). */
export const vowelFormants: readonly Vowel[] = [
  { symbol: "i", word: "heed", man: [136, 270, 2290, 3010], woman: [235, 310, 2790, 3310] },
  { symbol: "ɪ", word: "hid", man: [135, 390, 1990, 2550], woman: [232, 430, 2480, 3070] },
  { symbol: "ɛ", word: "head", man: [130, 530, 1840, 2480], woman: [223, 610, 2330, 2990] },
  { symbol: "æ", word: "had", man: [127, 660, 1720, 2410], woman: [210, 860, 2050, 2850] },
  { symbol: "ɑ", word: "hod", man: [124, 730, 1090, 2440], woman: [212, 850, 1220, 2810] },
  { symbol: "ɔ", word: "hawed", man: [129, 570, 840, 2410], woman: [216, 590, 920, 2710] },
  { symbol: "ʊ", word: "hood", man: [137, 440, 1020, 2240], woman: [232, 470, 1160, 2680] },
  { symbol: "u", word: "who'd", man: [141, 300, 870, 2240], woman: [231, 370, 950, 2670] },
  { symbol: "ʌ", word: "hud", man: [130, 640, 1190, 2390], woman: [221, 760, 1400, 2780] },
  { symbol: "ɝ", word: "heard", man: [133, 490, 1350, 1690], woman: [218, 500, 1640, 1960] },
];

/** Samples per second. */
export const vowelRate = 8000;

/** Bandwidths of the three formants, in hertz. */
const bandwidths = [60, 90, 150];

/** The fraction of the air flow that is left one sample later. */
const glottis = 0.94;

/** How many sounds `vowels` synthesises for each set, of which vowels, how long, and how much the speakers differ. */
export interface VowelsOptions {
  /** How many training sounds. Default 1,000. */
  readonly train?: number;
  /** How many validation sounds. Default 0: no validation set. */
  readonly validation?: number;
  /** How many test sounds. Default 300. */
  readonly test?: number;
  /** Any whole number; the same seed gives the same sounds. Default 1. */
  readonly seed?: number;
  /** Length in samples at 8 kHz, 64 or more. Default 1,024: 128 ms. */
  readonly length?: number;
  /** Which vowels, by symbol. Default all ten. */
  readonly symbols?: readonly string[];
  /** Relative standard deviation of the speakers' pitch; a third of it for the formants. Default 0.12. */
  readonly variation?: number;
  /** Standard deviation of the normal noise that is added to each sound, whose peak is 1. Default 0.01. */
  readonly noise?: number;
}

/**
 * A data set of vowels, N×1×length float32. Half the speakers are men, half women; vowels come in equal numbers
 * (to within one), in random order. The phase of the first pulse is random, so that the mean wave of a vowel
 * tells little: a linear classifier needs the spectrum (`logMel`), a network on the wave learns filters.
 *
 * @throws ValueError for an option out of its range, or an unknown symbol
 */
export function vowels(options: VowelsOptions = {}): Splits {
  const { train = 1000, validation = 0, test = 300, seed = 1, length = 1024 } = options;
  const { symbols = vowelFormants.map(({ symbol }) => symbol), variation = 0.12, noise = 0.01 } = options;
  expectInteger("vowels", "length", length, 64);
  if (!(variation >= 0 && variation <= 0.3)) {
    throw new ValueError(`vowels: variation is ${variation}; it must be from 0 to 0.3.`);
  }
  if (!(noise >= 0 && noise < Infinity)) {
    throw new ValueError(`vowels: noise is ${noise}; it must be 0 or more.`);
  }
  const chosen = symbols.map((symbol) => {
    const vowel = vowelFormants.find((candidate) => candidate.symbol === symbol);
    if (vowel) return vowel;
    const known = vowelFormants.map((candidate) => candidate.symbol).join(" ");
    throw new ValueError(`vowels: there is no vowel ${symbol}; choose among ${known}.`);
  });
  if (chosen.length === 0) throw new ValueError("vowels: symbols is empty; name at least one vowel.");

  const set = (name: string, count: number, random: Random): Dataset => {
    expectInteger("vowels", name, count, 0);
    const labels = random.permutation(count).map((i) => i % chosen.length);
    const waves = new Float32Array(count * length);
    labels.forEach((label, i) => {
      speak(chosen[label], random, variation, noise, waves.subarray(i * length, (i + 1) * length));
    });
    return new Dataset(wrap(waves, [count, 1, length]), labels, symbols);
  };
  const random = new Random(seed);
  const [first, second, third] = [random.fork(), random.fork(), random.fork()];
  return splits({
    name: "vowels",
    train: set("train", train, first),
    ...(validation > 0 && { validation: set("validation", validation, second) }),
    test: set("test", test, third),
  });
}

/** One speaker says one vowel. */
function speak(vowel: Vowel, random: Random, variation: number, noise: number, wave: Float32Array): void {
  // Limited to three standard deviations, so that no frequency comes near 0 or half the sampling rate.
  const vary = (deviation: number) => 1 + deviation * Math.max(-3, Math.min(3, random.gaussian()));
  const [pitch, ...formants] = random.next() < 0.5 ? vowel.man : vowel.woman;
  const period = vowelRate / (pitch * vary(variation));
  // The size of the mouth scales all formants together; a speaker's habits change each one.
  const mouth = vary(variation / 4);
  const resonances = formants.map((formant, i) =>
    resonator(Math.min(0.95 * (vowelRate / 2), formant * mouth * vary(variation / 5)), bandwidths[i]),
  );
  // The resonators run for a while before the sound begins.
  const before = 4 * Math.ceil(period) + 200;
  let pulse = period * random.next();
  let [flow, smoothFlow] = [0, 0];
  let loudest = 0;
  for (let t = -before; t < wave.length; t++) {
    if (t + before >= pulse) {
      flow += 1;
      pulse += period;
    }
    // The two smoothing filters of the glottis fall by 12 dB per octave; the difference at the lips adds 6.
    flow *= glottis;
    const last = smoothFlow;
    smoothFlow = glottis * smoothFlow + flow;
    let value = smoothFlow - last;
    for (const resonate of resonances) value = resonate(value);
    if (t >= 0) {
      wave[t] = value;
      loudest = Math.max(loudest, Math.abs(value));
    }
  }
  for (let t = 0; t < wave.length; t++) {
    wave[t] = wave[t] / loudest + (noise > 0 ? noise * random.gaussian() : 0);
  }
}

/** A filter that resonates at a frequency: y[t] = a·x[t] + b·y[t−1] + c·y[t−2], with gain 1 at 0 Hz (Klatt 1980). */
function resonator(frequency: number, bandwidth: number): (x: number) => number {
  const decay = Math.exp((-Math.PI * bandwidth) / vowelRate);
  const c = -(decay ** 2);
  const b = 2 * decay * Math.cos((2 * Math.PI * frequency) / vowelRate);
  const a = 1 - b - c;
  let [last, beforeLast] = [0, 0];
  return (x) => {
    const y = a * x + b * last + c * beforeLast;
    [last, beforeLast] = [y, last];
    return y;
  };
}
