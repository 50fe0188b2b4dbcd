/** The frame of every page that is one file of HTML: what stands around its body. */

/** What a page without scripts may load and do: nothing but its own styles. */
const STILL = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'";

export interface PageParts {
  /** As HTML, not as text. */
  readonly title: string;
  readonly style: string;
  /** The whole element, `<body>…</body>`. */
  readonly body: string;
  /** The language it is written in; "en". */
  readonly language?: string;
  /** Its content security policy; by default a page that runs no script and needs no network. */
  readonly policy?: string;
  /** What else its head holds, as HTML. */
  readonly head?: string;
}

export function pageToHtml(parts: PageParts): string {
  const { title, style, body, language = "en", policy = STILL, head = "" } = parts;
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="generator" content="chainrule">
<title>${title}</title>
<style>${style}</style>
${head}</head>
${body}
</html>
`;
}
