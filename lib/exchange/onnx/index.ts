/** The entry point chainrule/onnx: networks from and to ONNX files, and the files themselves as values. */
export { exportOnnx, type OnnxExportOptions } from "./export.js";
export { importOnnx, type OnnxImportOptions } from "./import.js";
export { UnsupportedOperatorError } from "./view.js";
export { readOnnx, writeOnnx } from "../../formats/onnx/onnx.js";
export { readOnnxTensor } from "../../formats/onnx/tensor.js";
export type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from "../../formats/onnx/model.js";
