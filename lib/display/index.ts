/** The displays: values that show themselves in a notebook and print well in a terminal. */
export { Figure, displaySymbol, metadataSymbol } from "./figure.js";
export type { Displayable, FigureParts, MimeBundle, MimeMetadata } from "./figure.js";
export { activationMaps, type ActivationEntry, type ActivationMapsOptions } from "./activation-maps.js";
export { chart, type ChartOptions, type ChartSpec } from "./chart.js";
export { confusionMatrix, type ConfusionMatrixOptions } from "./confusion-matrix.js";
export { derivationView } from "./derivation-view.js";
export { explain, type Derived } from "./explain.js";
export { featureMaps, type HasActivations } from "./feature-maps.js";
export { filters, type FiltersOptions, type HasWeights } from "./filters.js";
export type { EpochRecord, HasHistory, History, StepRecord } from "./history.js";
export { imageGrid, type ImageGridOptions, type LabelledImages } from "./image-grid.js";
export { layerTable, type LayerRow, type LayerTableOptions } from "./layer-table.js";
export { livePanel, type LivePanelState } from "./live-panel.js";
export { lossCurve, type LossCurveOptions } from "./loss-curve.js";
export { table, type TableOptions } from "./table.js";
export { tensorView, type TensorViewOptions } from "./tensor-view.js";
