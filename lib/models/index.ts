/** Published networks, the layers that only they have, and their weights. */
export { alexNet, type AlexNetOptions } from "./alexnet.js";
export { caffeNetConv1 } from "./caffenet-conv1.js";
export { CCells, type CCellsOptions } from "./c-cells.js";
export { countConnections } from "./connections.js";
export { convNetJs, convNetJsTraining } from "./convnetjs.js";
export { digitCodes } from "./digit-codes.js";
export { leNet5 } from "./lenet5.js";
export { neocognitron, type NeocognitronOptions } from "./neocognitron.js";
export type { ModelOptions } from "./options.js";
export { PlaceBias } from "./place-bias.js";
export { RadialBasis } from "./radial-basis.js";
export { resNet, type ResNetOptions } from "./resnet.js";
export { Subsampling2d } from "./subsampling.js";
export { TableConv2d, type TableConv2dOptions } from "./table-conv2d.js";
export { tdnn, type TdnnOptions } from "./tdnn.js";
export { zipCodeNet } from "./zip-code-1989.js";
export { squeezeNet, squeezeNetState, type SqueezeNetOptions } from "./squeezenet.js";
export { tinyVgg, tinyVggState, type TinyVggOptions } from "./tiny-vgg.js";
