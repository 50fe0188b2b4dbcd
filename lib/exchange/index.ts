/** Networks from and to other programs' files: ONNX, ConvNetJS. */
export { importConvNetJs, type ConvNetJsOptions } from "./convnetjs.js";

export * from "./onnx/index.js";
