/** File formats of pictures, sounds, tensors and networks: from bytes to values and back, without a file system. */
export { readIdx, type IdxArray, type IdxType } from "./idx.js";
export { readJpeg } from "./jpeg.js";
export { readPng, writePng } from "./png.js";
export { readWav, type ReadWavOptions, type Sound } from "./wav.js";
export { readSafetensors, writeSafetensors, type Safetensors } from "./safetensors.js";
export { readNpy, writeNpy } from "./npy.js";
export { readNpz, writeNpz } from "./npz.js";
export { loadState, StateMismatchError, stateOf, type Stateful } from "./state.js";
export type { Trainee } from "./checkpoint.js";
export { readOnnx, writeOnnx, type ReadOnnxOptions } from "./onnx/onnx.js";
export { readOnnxTensor } from "./onnx/tensor.js";
export type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from "./onnx/model.js";
export { readPack, type PackEntry } from "./pack.js";
export type { ElementKind, ReadOptions } from "./elements.js";
