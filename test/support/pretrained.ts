/** First-layer filters of published networks, from the shared data bundle, for tests of what looks at filters. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readPack, wrap, type PackEntry, type Tensor } from "../../lib/index.js";

/** CaffeNet's conv1, 96×3×11×11. Its figure stores them as bytes, zero at about 122.5. @param folder weights/caffenet-conv1 */
export function caffeNetFilters(folder: string): Tensor {
  const bytes = gunzipSync(readFileSync(join(folder, "filters_96x3x11x11.u8.bin.gz")));
  return wrap(
    Float32Array.from(bytes, (value) => (value - 122.5) / 127.5),
    [96, 3, 11, 11],
  );
}

/** SqueezeNet's conv1, 96×3×7×7, its channels blue, green, red. @param folder weights/squeezenet */
export function squeezeNetFilters(folder: string): Tensor {
  const { tensors } = JSON.parse(readFileSync(join(folder, "weights.json"), "utf8")) as {
    tensors: PackEntry[];
  };
  const [conv1] = tensors.filter(({ name }) => name === "conv1.weight");
  const bytes = gunzipSync(readFileSync(join(folder, "weights.f32.bin.gz")));
  return readPack([{ ...conv1, dtype: "float32" }], bytes)["conv1.weight"];
}
