/** The displays: values that show themselves in a notebook and print well in a terminal. */
export { Figure, displaySymbol, metadataSymbol } from "./figure.js";
export type { Displayable, FigureParts, MimeBundle, MimeMetadata } from "./figure.js";
export { activationMaps, type ActivationEntry, type ActivationMapsOptions } from "./activation-maps.js";
export { animation, type AnimationOptions } from "./animation.js";
export { architecture, type ArchitectureOptions } from "./architecture.js";
export { calibration, calibrationBins, type CalibrationBin } from "./calibration.js";
export { chart, type ChartOptions, type ChartSpec } from "./chart.js";
export { classBalance, type Labelled } from "./class-balance.js";
export { confusionMatrix, type ConfusionMatrixOptions } from "./confusion-matrix.js";
export { decisionRegions, type Classify, type DecisionRegionsOptions } from "./decision-regions.js";
export { derivationView } from "./derivation-view.js";
export { explain, type Derived } from "./explain.js";
export { featureMaps, type HasActivations } from "./feature-maps.js";
export { filters, type FiltersOptions, type HasWeights } from "./filters.js";
export { gaborFigure, type GaborFigureOptions } from "./gabor-figure.js";
export { gainMatrix, gainMatrixView, type GainMatrixOptions, type SidePadding } from "./gain-matrix.js";
export { diagnose, gradientMap, type GradientMapOptions, type GradientPair } from "./gradient-map.js";
export {
  distributions,
  quantilesOf,
  QUANTILES,
  type DistributionsOptions,
  type SpreadSample,
  type Spreads,
} from "./distributions.js";
export { gradientFlow, histograms, type FlowEntry, type HistogramsOptions } from "./histograms.js";
export { heatOverlay, type HeatOverlayOptions } from "./heat-overlay.js";
export type { EpochRecord, HasHistory, History, StepRecord } from "./history.js";
export { imageGrid, type ImageGridOptions, type LabelledImages } from "./image-grid.js";
export { landscapeView, type LandscapeViewOptions } from "./landscape-view.js";
export { layerTable, type LayerRow, type LayerTableOptions } from "./layer-table.js";
export { learningRatePlot } from "./learning-rate-plot.js";
export { linePlot, type Curve, type LinePlotOptions } from "./line-plot.js";
export { livePanel, type LivePanelState } from "./live-panel.js";
export { lossCurve, type LossCurveOptions } from "./loss-curve.js";
export { mistakes, type MistakesOptions } from "./mistakes.js";
export { orientationPlot, type OrientationPlotOptions, type OrientedWave } from "./orientation-plot.js";
export { outlined, type Outline, type OutlinedOptions } from "./outlined.js";
export { parallelCoordinates, type ParallelCoordinatesOptions } from "./parallel-coordinates.js";
export { patchGrid } from "./patch-grid.js";
export {
  searchTable,
  type HasTrials,
  type SearchDimension,
  type SearchTableOptions,
  type SearchTrial,
} from "./search-table.js";
export { slidingWindow, type SlidingWindowOptions } from "./sliding-window.js";
export { spectra, type SpectraOptions } from "./spectra.js";
export { spectrogram, type SpectrogramOptions } from "./spectrogram.js";
export { spectrum, strongestWave, type Wave } from "./spectrum.js";
export { table, type TableOptions } from "./table.js";
export { tensorView, type TensorViewOptions } from "./tensor-view.js";
export { activationMatrix, correlationMatrix, type UnitMatrixOptions } from "./unit-matrix.js";
