/** The figures that answer: each is a function whose options are the values that it begins with. */
import { figure as convolutionStepperKind, type ConvolutionStepperState } from "./convolution-stepper.js";
import { figure as descentKind, type DescentState } from "./descent.js";
import { figure as drawDigitKind, type DrawDigitState } from "./draw-digit.js";
import { figure as foolingKind, type FoolingState } from "./fooling.js";
import { figure as gaborKind, type GaborState } from "./gabor.js";
import { figure as gatesKind, type GatesState } from "./gates.js";
import { LiveFigure } from "./live-figure.js";
import { code as convolutionStepperCode } from "./modules/convolution-stepper.js";
import { code as descentCode } from "./modules/descent.js";
import { code as drawDigitCode } from "./modules/draw-digit.js";
import { code as foolingCode } from "./modules/fooling.js";
import { code as gaborCode } from "./modules/gabor.js";
import { code as gatesCode } from "./modules/gates.js";
import { code as matrixImageCode } from "./modules/matrix-image.js";
import { code as overlapCode } from "./modules/overlap.js";
import { code as playgroundCode } from "./modules/playground.js";
import { code as scoresCode } from "./modules/scores.js";
import { code as sizesCode } from "./modules/sizes.js";
import { figure as matrixImageKind, type MatrixImageState } from "./matrix-image.js";
import { figure as overlapKind, type OverlapState } from "./overlap.js";
import { figure as playgroundKind, type PlaygroundState } from "./playground.js";
import { figure as scoresKind, type ScoresState } from "./scores.js";
import { figure as sizesKind, type SizesState } from "./sizes.js";

export { LiveFigure };
export type { Act, Canvas, Drawing, FigureControl, FigureKind, Palette } from "./figure-kind.js";
export type {
  ConvolutionStepperState,
  DescentState,
  DrawDigitState,
  FoolingState,
  GaborState,
  GatesState,
  MatrixImageState,
  OverlapState,
  PlaygroundState,
  ScoresState,
  SizesState,
};

/**
 * The convolution and its two gradients, one number at a time, over the same input and filter.
 * @throws ValueError for an option that it has not
 */
export function convolutionStepper(
  options: Partial<ConvolutionStepperState> = {},
): LiveFigure<ConvolutionStepperState> {
  return new LiveFigure(convolutionStepperKind, convolutionStepperCode, options);
}

/**
 * The sizes of a convolution: the window walks over the padded input, and what does not fit is red.
 * @throws ValueError for an option that it has not
 */
export function convolutionSizes(options: Partial<SizesState> = {}): LiveFigure<SizesState> {
  return new LiveFigure(sizesKind, sizesCode, options);
}

/**
 * Gradient descent on a bowl of curvatures 1 and `curvature`, with its path.
 * @throws ValueError for an option that it has not
 */
export function descentFigure(options: Partial<DescentState> = {}): LiveFigure<DescentState> {
  return new LiveFigure(descentKind, descentCode, options);
}

/**
 * Scores as bars to drag, with the hinge, the cross-entropy and their gradients.
 * @throws ValueError for an option that it has not
 */
export function scoresFigure(options: Partial<ScoresState> = {}): LiveFigure<ScoresState> {
  return new LiveFigure(scoresKind, scoresCode, options);
}

/**
 * Backpropagation through a small circuit: a press on a gate sends its message back.
 * @throws ValueError for an option that it has not
 */
export function gatesFigure(options: Partial<GatesState> = {}): LiveFigure<GatesState> {
  return new LiveFigure(gatesKind, gatesCode, options);
}

/**
 * The matrix of a convolution beside its image, filter and output.
 * @throws ValueError for an option that it has not
 */
export function matrixFigure(options: Partial<MatrixImageState> = {}): LiveFigure<MatrixImageState> {
  return new LiveFigure(matrixImageKind, matrixImageCode, options);
}

/**
 * A Gabor filter to set by hand, with its spectrum and its correlation with `target`, such as a filter that a network
 * learned.
 * @throws ValueError for an option that it has not
 */
export function gaborByHand(options: Partial<GaborState> = {}): LiveFigure<GaborState> {
  return new LiveFigure(gaborKind, gaborCode, options);
}

/**
 * A linear classifier of digits and a push of ±ε on each pixel, along the gradient or with random signs.
 * @throws ValueError for an option that it has not
 */
export function foolingFigure(options: Partial<FoolingState> = {}): LiveFigure<FoolingState> {
  return new LiveFigure(foolingKind, foolingCode, options);
}

/**
 * A box to move and stretch around a digit, with its intersection over union with the true box.
 * @throws ValueError for an option that it has not
 */
export function overlapFigure(options: Partial<OverlapState> = {}): LiveFigure<OverlapState> {
  return new LiveFigure(overlapKind, overlapCode, options);
}

/**
 * A paper to draw a digit on, or to take one from; the maps and the scores of a small convolutional network answer, which
 * was trained on the digits that the library draws.
 * @throws ValueError for an option that it has not
 */
export function drawDigitFigure(options: Partial<DrawDigitState> = {}): LiveFigure<DrawDigitState> {
  return new LiveFigure(drawDigitKind, drawDigitCode, options);
}

/**
 * A network of one hidden layer that learns two classes of points in the page: its boundary and each unit's fold are drawn
 * while it trains.
 * @throws ValueError for an option that it has not
 */
export function playground(options: Partial<PlaygroundState> = {}): LiveFigure<PlaygroundState> {
  return new LiveFigure(playgroundKind, playgroundCode, options);
}
