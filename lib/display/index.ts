/** The displays: values that show themselves in a notebook and print well in a terminal. */
export {
  Figure,
  displaySymbol,
  metadataSymbol,
  type Displayable,
  type FigureParts,
  type MimeBundle,
  type MimeMetadata,
} from "./figure/figure.js";
export {
  activationMaps,
  type ActivationEntry,
  type ActivationMapsOptions,
} from "./network/activation-maps.js";
export { animation, type AnimationOptions } from "./figure/animation.js";
export { architecture, type ArchitectureOptions } from "./network/architecture.js";
export { calibration, calibrationBins, type CalibrationBin } from "./results/calibration.js";
export { Chart, chart, type ChartOptions, type ChartSpec } from "./figure/chart.js";
export { classBalance, type Labelled } from "./results/class-balance.js";
export { confusionMatrix, type ConfusionMatrixOptions } from "./results/confusion-matrix.js";
export { decisionRegions, type Classify, type DecisionRegionsOptions } from "./results/decision-regions.js";
export { derivationView } from "./network/derivation-view.js";
export { explain, type Derived } from "./network/explain.js";
export { featureMaps, type HasActivations } from "./network/feature-maps.js";
export { filters, type FiltersOptions, type HasWeights } from "./filters/filters.js";
export { gaborFigure, type GaborFigureOptions } from "./filters/gabor-figure.js";
export {
  gainMatrix,
  gainMatrixView,
  type GainMatrixOptions,
  type SidePadding,
} from "./filters/gain-matrix.js";
export { diagnose, gradientMap, type GradientMapOptions, type GradientPair } from "./checks/gradient-map.js";
export {
  distributions,
  quantilesOf,
  QUANTILES,
  type DistributionsOptions,
  type SpreadSample,
  type Spreads,
} from "./network/distributions.js";
export { gradientFlow, histograms, type FlowEntry, type HistogramsOptions } from "./network/histograms.js";
export { heatOverlay, type HeatOverlayOptions } from "./results/heat-overlay.js";
export type { EpochRecord, HasHistory, History, StepRecord } from "./training/history.js";
export type { ImageBox, ImageBoxes } from "./figure/image-boxes.js";
export { imageGrid, type ImageGridOptions, type LabelledImages } from "./figure/image-grid.js";
export { landscapeView, type LandscapeViewOptions } from "./training/landscape-view.js";
export { layerTable, type LayerRow, type LayerTableOptions } from "./network/layer-table.js";
export { learningRatePlot } from "./training/learning-rate-plot.js";
export { barPlot, type BarPlotOptions } from "./plots/bar-plot.js";
export { contourPlot, type ContourPlotOptions } from "./plots/contour-plot.js";
export { heatmap, type HeatmapOptions } from "./plots/heatmap.js";
export { histogram, type HistogramOptions } from "./plots/histogram.js";
export { linePlot, type Line, type LinePlotOptions } from "./plots/line-plot.js";
export { matrices, type MatricesOptions } from "./plots/matrices.js";
export { scatterPlot, type Points, type ScatterPlotOptions } from "./plots/scatter-plot.js";
export { smallMultiples, type SmallMultiplesOptions } from "./plots/small-multiples.js";
export { meanBand, type Band, type Curve, type NumberList } from "./plots/values.js";
export type { AxesOptions, AxisRange, Scale } from "./plots/axis.js";
export { livePanel, type LivePanelState } from "./training/live-panel.js";
export { lossCurve, type LossCurveOptions, type HistoryLike } from "./training/loss-curve.js";
export { mistakes, type MistakesOptions } from "./results/mistakes.js";
export {
  orientationPlot,
  type OrientationPlotOptions,
  type OrientedWave,
} from "./filters/orientation-plot.js";
export { outlined, type Outline, type OutlinedOptions } from "./figure/outlined.js";
export { parallelCoordinates, type ParallelCoordinatesOptions } from "./training/parallel-coordinates.js";
export { patchGrid } from "./results/patch-grid.js";
export {
  searchTable,
  type HasTrials,
  type SearchDimension,
  type SearchTableOptions,
  type SearchTrial,
} from "./training/search-table.js";
export { slidingWindow, type SlidingWindowOptions } from "./network/sliding-window.js";
export { spectra, type SpectraOptions } from "./filters/spectra.js";
export { spectrogram, type SpectrogramOptions } from "./filters/spectrogram.js";
export { table, type TableOptions } from "./figure/table.js";
export { tensorView, type TensorViewOptions } from "./figure/tensor-view.js";
export { activationMatrix, correlationMatrix, type UnitMatrixOptions } from "./network/unit-matrix.js";
export type { Mistaken } from "./training/mistakes-strip.js";
