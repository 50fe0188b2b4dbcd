/**
 * Finds mistakes in a Vega-Lite specification before it is drawn, because Vega would draw an empty panel: a mark, a channel
 * or a type that does not exist, and a field that the data do not have.
 */
import { distance } from "fastest-levenshtein";
import { ValueError } from "../../array/errors.js";

/** A Vega-Lite specification as JSON: https://vega.github.io/vega-lite/docs/spec.html */
export type ChartSpec = Record<string, unknown>;

const MARKS =
  "arc area bar image line point rect rule square text tick trail circle geoshape boxplot errorband errorbar".split(
    " ",
  );
const TYPES = "quantitative ordinal temporal nominal geojson".split(" ");
const CHANNELS = (
  "x y x2 y2 xOffset yOffset xError xError2 yError yError2 theta theta2 radius radius2 longitude latitude longitude2 " +
  "latitude2 color fill stroke opacity fillOpacity strokeOpacity strokeWidth strokeDash size angle shape text tooltip " +
  "href url description key order detail facet row column time"
).split(" ");

/** @throws ValueError naming the place in the specification, the mistake, and what was probably meant */
export function checkSpec(spec: ChartSpec): void {
  visit(spec, "spec", undefined);
}

type Fields = ReadonlySet<string>;

function visit(spec: ChartSpec, place: string, above: Fields | undefined): void {
  const fields = fieldsOf(spec, above);
  const mark = isRecord(spec.mark) ? spec.mark.type : spec.mark;
  if (typeof mark === "string")
    expectOneOf(mark, MARKS, isRecord(spec.mark) ? `${place}.mark.type` : `${place}.mark`, "mark");
  if (isRecord(spec.encoding)) {
    for (const [channel, definition] of Object.entries(spec.encoding)) {
      const at = `${place}.encoding.${channel}`;
      expectOneOf(channel, CHANNELS, at, "channel");
      for (const one of Array.isArray(definition) ? definition : [definition])
        if (isRecord(one)) checkChannel(one, at, fields);
    }
  }
  for (const key of ["layer", "concat", "hconcat", "vconcat"]) {
    const parts = spec[key];
    if (Array.isArray(parts))
      parts.forEach((part, i) => isRecord(part) && visit(part, `${place}.${key}[${i}]`, fields));
  }
  // Under "repeat" a field may be named by the repeat's row or column.
  if (isRecord(spec.spec)) visit(spec.spec, `${place}.spec`, "repeat" in spec ? undefined : fields);
}

function checkChannel(definition: Record<string, unknown>, place: string, fields: Fields | undefined): void {
  const { type, field } = definition;
  if (typeof type === "string") expectOneOf(type, TYPES, `${place}.type`, "type");
  // Nested fields and escaped names are left to Vega.
  if (typeof field === "string" && fields !== undefined && fields.size > 0 && !/[.[\\]/.test(field))
    expectOneOf(field, [...fields], `${place}.field`, "field");
}

/** The fields of the data; undefined when they cannot be known, because the data are elsewhere or are transformed. */
function fieldsOf(spec: ChartSpec, above: Fields | undefined): Fields | undefined {
  if (spec.transform !== undefined && !isPlain(spec.transform)) return undefined;
  if (!("data" in spec)) return above;
  const values = isRecord(spec.data) ? spec.data.values : undefined;
  if (!Array.isArray(values) || !values.every(isRecord)) return undefined;
  return new Set(values.flatMap((row) => Object.keys(row)));
}

/** Whether no transform makes new fields; filters and sorts do not. */
function isPlain(transforms: unknown): boolean {
  return Array.isArray(transforms) && transforms.every((one) => isRecord(one) && "filter" in one);
}

function expectOneOf(given: string, known: readonly string[], place: string, what: string): void {
  if (known.includes(given)) return;
  const near = known.toSorted((a, b) => distance(given, a) - distance(given, b))[0];
  const meant = near !== undefined && distance(given, near) <= Math.max(2, given.length / 3);
  throw new ValueError(
    `chart: ${place}: there is no ${what} "${given}"; ` +
      (meant
        ? `did you mean "${near}"?`
        : `there are ${known
            .slice(0, 20)
            .map((one) => `"${one}"`)
            .join(", ")}.`),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
