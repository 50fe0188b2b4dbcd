/** The WAV reader: both sample sizes, odd and unknown chunks, and no damaged file taken for a good one. */
import { describe, expect, it } from "vitest";
import { FormatError } from "../../../lib/array/errors.js";
import { Random } from "../../../lib/array/random.js";
import { readWav } from "../../../lib/formats/wav.js";

type Chunk = [tag: string, content: number[]];

function wav(...chunks: Chunk[]): Uint8Array {
  const bytes: number[] = [];
  for (const [tag, content] of chunks) {
    bytes.push(
      ...Buffer.from(tag),
      ...word(content.length, 4),
      ...content,
      ...(content.length % 2 ? [0] : []),
    );
  }
  return Uint8Array.from([
    ...Buffer.from("RIFF"),
    ...word(bytes.length + 4, 4),
    ...Buffer.from("WAVE"),
    ...bytes,
  ]);
}

function word(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 255);
}

function format(bits: number, { coding = 1, channels = 1, rate = 8000 } = {}): Chunk {
  const block = (channels * bits) / 8;
  return [
    "fmt ",
    [
      ...word(coding, 2),
      ...word(channels, 2),
      ...word(rate, 4),
      ...word(rate * block, 4),
      ...word(block, 2),
      ...word(bits, 2),
    ],
  ];
}

describe("readWav", () => {
  it("reads 16-bit samples, signed, and 8-bit samples, about 128", () => {
    expect(readWav(wav(format(16), ["data", [0, 0x80, 0xff, 0x7f, 0, 0x40]]))).toEqual({
      rate: 8000,
      samples: Float32Array.of(-1, 32767 / 32768, 0.5),
    });
    expect(readWav(wav(format(8, { rate: 11025 }), ["data", [0, 128, 192]]))).toEqual({
      rate: 11025,
      samples: Float32Array.of(-1, 0, 0.5),
    });
  });

  it("reads 24 and 32 bits and floats, to the digits that a float32 holds", () => {
    const data = (
      bits: number,
      values: number[],
      write: (view: DataView, at: number, value: number) => void,
    ): Chunk => {
      const view = new DataView(new ArrayBuffer((values.length * bits) / 8));
      values.forEach((value, i) => write(view, (i * bits) / 8, value));
      return ["data", [...new Uint8Array(view.buffer)]];
    };
    const expected = Float32Array.of(-1, 0.5, 1 - 2 ** -10);
    const numbers = [...expected];
    const wide = data(24, numbers, (view, at, v) => {
      const whole = v * 2 ** 23;
      [0, 8, 16].forEach((shift, i) => view.setUint8(at + i, whole >> shift));
    });
    expect(readWav(wav(format(24), wide)).samples).toEqual(expected);
    const long = data(32, numbers, (view, at, v) => view.setInt32(at, v * 2 ** 31, true));
    expect(readWav(wav(format(32), long)).samples).toEqual(expected);
    const single = data(32, [-1.5, 0.1], (view, at, v) => view.setFloat32(at, v, true));
    expect(readWav(wav(format(32, { coding: 3 }), single)).samples).toEqual(Float32Array.of(-1.5, 0.1));
    const double = data(64, [0.1], (view, at, v) => view.setFloat64(at, v, true));
    expect(readWav(wav(format(64, { coding: 3 }), double)).samples).toEqual(Float32Array.of(0.1));
  });

  it("gives the mean of several channels, or the one that is asked for", () => {
    const stereo = wav(format(16, { channels: 2 }), ["data", [0, 0x40, 0, 0, 0, 0x20, 0, 0x60, 1]]);
    expect(readWav(stereo).samples).toEqual(Float32Array.of(0.25, 0.5));
    expect(readWav(stereo, "s", { channel: 0 }).samples).toEqual(Float32Array.of(0.5, 0.25));
    expect(readWav(stereo, "s", { channel: 1 }).samples).toEqual(Float32Array.of(0, 0.75));
  });

  it("reads files that were written while recording, large ones, and those with the highest byte first", () => {
    const open = wav(format(16), ["data", [0, 0x40, 0, 0x20]]);
    new DataView(open.buffer).setUint32(40, 0xffffffff, true);
    expect(readWav(open).samples).toEqual(Float32Array.of(0.5, 0.25));
    const large = open.slice();
    large.set([0x52, 0x46, 0x36, 0x34]); // RF64
    expect(readWav(large).samples).toEqual(Float32Array.of(0.5, 0.25));
    const [, numbers] = format(24, { rate: 11025 });
    const turned = [2, 2, 4, 4, 2, 2].reduce<{ at: number; bytes: number[] }>(
      ({ at, bytes }, width) => ({
        at: at + width,
        bytes: [...bytes, ...numbers.slice(at, at + width).reverse()],
      }),
      { at: 0, bytes: [] },
    ).bytes;
    const big = wav(["fmt ", turned], ["data", [0x40, 0, 0, 0xc0, 0, 0]]);
    big[3] = 0x58; // RIFX
    for (const at of [4, 16, 40]) big.subarray(at, at + 4).reverse();
    expect(readWav(big)).toEqual({ rate: 11025, samples: Float32Array.of(0.5, -0.5) });
  });

  it("passes over other chunks, of odd length too, and reads the extensible form", () => {
    const list: Chunk = ["LIST", [1, 2, 3]];
    expect(readWav(wav(list, format(16), list, ["data", [0, 0x40]])).samples).toEqual(Float32Array.of(0.5));
    const [, basic] = format(16, { coding: 0xfffe });
    const long: Chunk = ["fmt ", [...basic, ...word(22, 2), ...word(16, 2), ...word(4, 4), ...word(1, 2)]];
    expect(readWav(wav(long, ["data", [0, 0x40]])).samples).toEqual(Float32Array.of(0.5));
  });

  it("says what is wrong with a file", () => {
    const good = wav(format(16), ["data", [1, 2, 3, 4]]);
    expect(() => readWav(good.subarray(0, 5), "a.wav")).toThrow("a.wav does not begin as a WAV file");
    expect(() => readWav(good.subarray(0, 46))).toThrow('its "data" chunk has 4 bytes, but 2 are left');
    expect(() => readWav(good.subarray(0, 36))).toThrow('no "data" chunk; it is cut short');
    expect(() => readWav(good.subarray(0, 12))).toThrow('no "fmt " chunk');
    expect(() => readWav(wav(["fmt ", [1, 0]], ["data", []]))).toThrow("2 bytes, fewer than 16");
    expect(() => readWav(wav(["data", []], format(16)))).toThrow("before it says how they are stored");
    expect(() => readWav(wav(format(4, { channels: 2 }), ["data", []]))).toThrow(
      "coding 1, 2 channel(s), 4 bits, 8000 samples/s; convert it to PCM",
    );
    expect(() => readWav(wav(format(16, { coding: 3 }), ["data", []]))).toThrow("coding 3");
    expect(() => readWav(wav(format(8, { coding: 7 }), ["data", []]))).toThrow("coding 7 (µ-law)");
    expect(() => readWav(wav(format(16, { channels: 0 }), ["data", []]))).toThrow("0 channel(s)");
    expect(() => readWav(good, "a.wav", { channel: 1 })).toThrow("no channel 1; the file has 1");
  });

  it("answers 2,000 damaged files with a FormatError or no more samples than there are bytes", () => {
    const random = new Random(1);
    const good = wav(["LIST", [1, 2, 3]], format(16), ["data", Array.from({ length: 40 }, (_, i) => i)]);
    for (let trial = 0; trial < 2000; trial++) {
      const bad = good.slice(0, random.next() < 0.3 ? random.integer(good.length + 1) : good.length);
      for (let hits = 1 + random.integer(3); hits > 0 && bad.length > 0; hits--) {
        bad[random.integer(bad.length)] = random.integer(256);
      }
      try {
        expect(readWav(bad).samples.length).toBeLessThanOrEqual(bad.length);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });
});
