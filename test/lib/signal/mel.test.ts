/** Log-mel frames: against the definition computed in NumPy, and by what a pure tone must give. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { at } from "../../../lib/array/access.js";
import { hertzToMel, logMel, melToHertz } from "../../../lib/signal/mel.js";
import { withTool } from "../../support/shared.js";

describe("the mel scale", () => {
  it("puts 1,000 Hz at 1,000 mel, and turns back", () => {
    expect(hertzToMel(1000)).toBeCloseTo(1000, 1);
    expect(hertzToMel(0)).toBe(0);
    expect(melToHertz(hertzToMel(3210))).toBeCloseTo(3210, 9);
  });
});

describe("logMel", () => {
  const tone = (hertz: number, samples: number) =>
    Float32Array.from({ length: samples }, (_, t) => Math.sin((2 * Math.PI * hertz * t) / 8000));

  it("takes whole windows only", () => {
    expect(logMel(new Float32Array(256), 8000).shape).toEqual([24, 1]);
    expect(logMel(new Float32Array(415), 8000).shape).toEqual([24, 2]);
    expect(logMel(new Float32Array(416), 8000).shape).toEqual([24, 3]);
  });

  it("hears a tone loudest in the band where it lies, in every frame", () => {
    for (const hertz of [300, 700, 1500, 3000]) {
      const frames = logMel(tone(hertz, 1000), 8000);
      const [low, high] = [hertzToMel(80), hertzToMel(4000)];
      const band = Math.round(((hertzToMel(hertz) - low) / (high - low)) * 25 - 1);
      for (let t = 0; t < frames.shape[1]; t++) {
        const column = Array.from({ length: 24 }, (_, b) => at(frames, b, t));
        expect(Math.abs(column.indexOf(Math.max(...column)) - band)).toBeLessThanOrEqual(1);
      }
    }
  });

  it("grows by ln 4 when the sound is twice as loud, and is the floor's logarithm in silence", () => {
    const sound = tone(1000, 256);
    const quiet = logMel(sound, 8000);
    const loud = logMel(
      sound.map((sample) => 2 * sample),
      8000,
    );
    const band = quiet.data.indexOf(Math.max(...quiet.data));
    expect(loud.data[band] - quiet.data[band]).toBeCloseTo(Math.log(4), 5);
    expect(logMel(new Float32Array(256), 8000, { floor: 1e-4 }).data[0]).toBeCloseTo(Math.log(1e-4), 5);
  });

  it("refuses what makes no sense", () => {
    expect(() => logMel(new Float32Array(10), 8000)).toThrow("10 samples are fewer than a window of 256");
    expect(() => logMel(new Float32Array(300), 8000, { window: 300 })).toThrow("give a power of 2");
    expect(() => logMel(new Float32Array(300), 8000, { range: [0, 5000] })).toThrow("within 0 to 4000");
    expect(() => logMel(new Float32Array(300), 8000, { bands: 120 })).toThrow("take fewer than 120 bands");
    expect(() => logMel(new Float32Array(300), 8000, { floor: 0 })).toThrow("floor is 0");
  });
});

withTool("python3-torch", "logMel against NumPy", ({ command, args }) => {
  it("agrees with the definition", () => {
    const samples = new Random(3).uniform([1500], -1, 1).data as Float32Array;
    const program = `
import json, sys, numpy as np
x = np.array(json.load(sys.stdin)); W, H, B, R, lo, hi = 256, 80, 24, 8000, 80, 4000
n = np.arange(W); w = np.sin(np.pi * n / W) ** 2
T = 1 + (len(x) - W) // H
P = np.array([np.abs(np.fft.rfft(x[t*H:t*H+W] * w)) ** 2 / np.sum(w ** 2) for t in range(T)])
c = np.interp(np.linspace(2595*np.log10(1+lo/700), 2595*np.log10(1+hi/700), B + 2), *(lambda f: (2595*np.log10(1+f/700), f))(np.linspace(0, 4000, 400001)))
f = np.arange(W // 2 + 1) * R / W
F = np.array([np.maximum(0, np.minimum((f - c[b]) / (c[b+1] - c[b]), (c[b+2] - f) / (c[b+2] - c[b+1]))) for b in range(B)])
print(json.dumps(np.log(np.maximum(1e-6, F @ P.T)).tolist()))
`;
    const { stdout, stderr } = spawnSync(command, [...args, "-c", program], {
      input: JSON.stringify(Array.from(samples)),
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    const expected: number[][] = JSON.parse(stdout);
    const frames = logMel(samples, 8000);
    expect(frames.shape).toEqual([expected.length, expected[0].length]);
    expected.flat().forEach((value, i) => expect(Math.abs(frames.data[i] - value)).toBeLessThan(1e-4));
  });
});
