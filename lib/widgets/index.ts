/** Widgets: values that a reader changes with the hand, by Jupyter's widget protocol, and figures that answer. */
export { AnyWidget, type AnyWidgetParts } from "./any-widget.js";
export type { BufferPath } from "./buffers.js";
export {
  Dropdown,
  OneOf,
  SelectMultiple,
  ToggleButtons,
  type ChoiceOptions,
  type Choices,
  type OneState,
  type SeveralOptions,
  type SeveralState,
} from "./choices.js";
export * from "./figures/index.js";
export { connectWidgets, type Conversation, type OpenModel, type WidgetKernel } from "./front-end.js";
export {
  Interaction,
  interact,
  slider,
  type Control,
  type ControlValue,
  type ControlValues,
  type SliderOptions,
  type ValueWidget,
} from "./interact.js";
export * from "./kinds.js";
export { jsdlink, jslink, type WidgetValue } from "./links.js";
export { Output } from "./output.js";
export {
  DrawingCanvas,
  MatrixInput,
  PicturePicker,
  TensorInput,
  type CanvasState,
  type MatrixEditState,
  type PictureClickState,
} from "./tensor-inputs.js";
export {
  PROTOCOL_VERSION,
  VIEW_MIME,
  Widget,
  type AnyKindOfWidget,
  type FrontEndClasses,
  type Observer,
  type Settle,
  type WidgetParts,
} from "./widget.js";
