/** Spoken digits from files: labels from names, splits, fixed lengths, and what real recordings give. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { spokenDigits } from "../../../lib/data/spoken-digits.js";
import { withData } from "../../support/shared.js";
import { linearAccuracy } from "./linear.js";

/** A WAV file of a tone, its whole-numbered samples multiplied by the gain. */
function tone(samples: number, gain = 1): Uint8Array {
  const bytes = Buffer.alloc(44 + 2 * samples);
  bytes.write("RIFF", 0);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(2 * samples, 40);
  for (let t = 0; t < samples; t++) bytes.writeInt16LE(gain * Math.round(300 * Math.sin(t)), 44 + 2 * t);
  return bytes;
}

describe("spokenDigits", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chainrule-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("takes labels and splits from the names, and brings every sound to one length", async () => {
    for (const [name, samples] of [
      ["3_ann_5", 100],
      ["8_ann_6", 9000],
      ["0_bob_1", 2000],
    ] as const) {
      writeFileSync(join(folder, `${name}.wav`), tone(samples));
    }
    writeFileSync(join(folder, "notes.txt"), "not a recording");
    const { train, test } = await spokenDigits({ folder, frames: 10, bands: 12 });
    expect(train.images.shape).toEqual([2, 12, 10]);
    expect(Array.from(train.labels, (label) => train.classes[label])).toEqual(["zero", "eight"]);
    expect(Array.from(test.labels)).toEqual([3]);
    for (const data of [train.images.data.subarray(0, 120), test.images.data]) {
      const mean = Array.from(data).reduce((sum, value) => sum + value) / 120;
      expect(mean).toBeCloseTo(0, 5);
      expect(Array.from(data).reduce((sum, value) => sum + value * value, 0) / 120).toBeCloseTo(1, 4);
    }
    const strangers = await spokenDigits({ folder, isTest: ({ speaker }) => speaker === "bob" });
    expect([strangers.train.size, Array.from(strangers.test.labels)]).toEqual([2, [0]]);
  });

  it("hears a quiet speaker as well as a loud one", async () => {
    writeFileSync(join(folder, "1_quiet_1.wav"), tone(2000));
    writeFileSync(join(folder, "1_loud_5.wav"), tone(2000, 100));
    const { train, test } = await spokenDigits({ folder });
    train.images.data.forEach((value, i) => expect(Math.abs(value - test.images.data[i])).toBeLessThan(1e-4));
  });

  it("says what to do where there are no files, and names a damaged one", async () => {
    await expect(spokenDigits({ folder })).rejects.toThrow(
      `spokenDigits: no Free Spoken Digit Dataset files in ${folder}; put files such as 7_jackson_3.wav there`,
    );
    writeFileSync(join(folder, "1_x_1.wav"), tone(50).subarray(0, 60));
    await expect(spokenDigits({ folder })).rejects.toThrow("1_x_1.wav says its");
  });
});

withData("fsdd", "spoken digits, the real recordings", (path) => {
  it("reads all 600, quiet speakers too, and a linear classifier learns something from them", async () => {
    const { train, test } = await spokenDigits({ folder: path });
    expect([train.images.shape, test.images.shape]).toEqual([
      [480, 24, 64],
      [120, 24, 64],
    ]);
    const accuracy = linearAccuracy(train, test, 10, 0.002);
    expect(accuracy).toBeGreaterThan(0.7);
  });
});
