/** Where the words of a drawing stand: those that run over its edge or over each other. */
import { textWidth } from "../../../lib/display/figure/svg.js";
import { sizeOfSvg } from "../../../lib/display/figure/rasterize.js";

interface Words {
  readonly content: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The lines of text that stand upright in an SVG of `card`, which has no other transforms. */
function wordsOf(svg: string): Words[] {
  return [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].flatMap(([, attributes, escaped]) => {
    if (attributes.includes("transform=")) return [];
    const read = (name: string) => new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1];
    const content = escaped.replace(/&(amp|lt|gt|quot);/g, "x");
    const [x, y, size] = ["x", "y", "font-size"].map((name) => Number(read(name)));
    const width = textWidth(content, size, read("font-weight") === "bold");
    const anchor = read("text-anchor") ?? "start";
    const left = anchor === "start" ? x : anchor === "end" ? x - width : x - width / 2;
    // Capitals and descenders, without the air above and below.
    return [{ content, left, right: left + width, top: y - 0.7 * size, bottom: y + 0.1 * size }];
  });
}

/** Complaints in sentences; none for a drawing whose words can all be read. */
export function layoutFaults(svg: string): string[] {
  const { width, height } = sizeOfSvg(svg);
  const words = wordsOf(svg).filter(({ content }) => content.trim() !== "");
  const faults = words
    .filter(({ left, right, top, bottom }) => left < 0 || right > width || top < 0 || bottom > height)
    .map(({ content }) => `"${content}" runs over the edge`);
  words.forEach((a, i) => {
    for (const b of words.slice(0, i)) {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 1) faults.push(`"${b.content}" and "${a.content}" lie over each other`);
    }
  });
  return faults;
}
