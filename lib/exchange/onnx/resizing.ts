/** Translates Resize and its predecessor Upsample: scales or sizes, and the positions of output pixels. */
import { Resize, type ResizeAlignment, type ResizeRounding } from "../../layers/shape/resize.js";
import type { NodeView, Part } from "./view.js";

const alignments: Readonly<Record<string, ResizeAlignment>> = {
  half_pixel: "half-pixel",
  pytorch_half_pixel: "pytorch-half-pixel",
  half_pixel_symmetric: "half-pixel-symmetric",
  align_corners: "corners",
  asymmetric: "asymmetric",
};

const roundings: Readonly<Record<string, ResizeRounding>> = {
  round_prefer_floor: "prefer-floor",
  round_prefer_ceil: "prefer-ceil",
  floor: "floor",
  ceil: "ceil",
};

export function resize(view: NodeView): Part[] {
  const isOld = view.node.op === "Upsample" || view.opset < 11;
  const mode = view.text("mode", "nearest").replace("bilinear", "linear");
  const coordinates = view.text("coordinate_transformation_mode", isOld ? "asymmetric" : "half_pixel");
  const rounding = view.text("nearest_mode", isOld ? "floor" : "round_prefer_floor");
  const [align, round] = [alignments[coordinates], roundings[rounding]];
  if (mode !== "nearest" && mode !== "linear")
    throw view.unsupported(
      `it resizes by ${mode} interpolation, and the catalogue by nearest and linear; write the network with mode="bilinear"`,
    );
  if (align === undefined || round === undefined || view.number("antialias", 0))
    throw view.unsupported(
      `it lays places out by ${coordinates}, ${rounding}${view.number("antialias", 0) ? " and smooths" : ""}`,
    );
  if (view.text("keep_aspect_ratio_policy", "stretch") !== "stretch")
    throw view.unsupported("it keeps the aspect ratio, whatever the size");
  const { scales, sizes } = targets(view, isOld);
  const given = scales ?? sizes;
  if (given === undefined) throw view.unsupported("it has neither scales nor sizes");
  const axes = view.numbers("axes")?.map((axis) => view.axis(axis)) ?? view.shape.map((_, axis) => axis);
  /** An axis's scale or size; the one that leaves it unchanged if none is given. */
  const of = (axis: number): number => {
    const place = axes.indexOf(axis);
    return place >= 0 ? given[place] : scales ? 1 : view.shape[axis];
  };
  const isOuter = [0, 1].some((axis) => of(axis) !== (scales ? 1 : view.shape[axis]));
  if (isOuter || view.shape.length < 3) throw view.unsupported("it resizes the batch or the channels");
  const list = view.shape.slice(2).map((_, i) => of(i + 2));
  const one = list.every((value) => value === list[0]) ? list[0] : list;
  const options = { mode, align, ...(mode === "nearest" && { round }) } as const;
  return [
    { name: "resize", layer: new Resize(scales ? { scale: one, ...options } : { size: one, ...options }) },
  ];
}

/** The scales or the sizes, from where the operator set has them; an empty list counts as none. */
function targets(view: NodeView, isOld: boolean): { scales?: readonly number[]; sizes?: readonly number[] } {
  const some = (list: readonly number[] | undefined): readonly number[] | undefined =>
    list && list.length > 0 ? list : undefined;
  if (isOld) return { scales: some(view.numbers("scales") ?? view.list(1, "scales")) };
  return { scales: some(view.list(2, "scales")), sizes: some(view.list(3, "sizes")) };
}
