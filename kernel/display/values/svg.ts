/** SVG out of HTML: what stands by itself in a file needs its namespaces, and XML where HTML allows less. */

/** An `<svg>` element of an HTML document as a picture by itself; undefined for other markup. */
export function pictureOf(markup: string): string | undefined {
  const [head] = /^<svg\b[^>]*>/i.exec(markup) ?? [];
  if (head === undefined) return undefined;
  const declared = [
    /\sxmlns=/.test(head) ? "" : ' xmlns="http://www.w3.org/2000/svg"',
    /\sxlink:href=/.test(markup) && !/\sxmlns:xlink=/.test(head)
      ? ' xmlns:xlink="http://www.w3.org/1999/xlink"'
      : "",
  ].join("");
  const whole = head.slice(0, 4) + declared + head.slice(4) + markup.slice(head.length);
  return whole
    .replaceAll("&nbsp;", "&#160;")
    .replace(/(<style\b[^>]*>)([^]*?)(<\/style>)/gi, (all, start: string, css: string, end: string) =>
      /[&<]/.test(css) && !css.includes("<![CDATA[") ? `${start}<![CDATA[${css}]]>${end}` : all,
    );
}
