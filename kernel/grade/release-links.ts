/**
 * Links of a notebook that is handed out. On a student's machine lies what was released with it, and nothing else of
 * the instructor's folders: a link that leads there becomes its words and the name of the file.
 */

const LINK = /(?<!!)\[([^[\]]*)\]\(([^()\s]+)\)/g;

/** Whether a release may have the file of this name beside it, and the link may stay. */
export type IsBeside = (name: string) => boolean;

/**
 * A text cell's source without links that lead out of the notebook's own folder, or to a file that is not beside it.
 * Links to the web and within the notebook stay; so does what is no link: a picture, code.
 */
export function withLinksThatLead(source: string, isBeside: IsBeside = () => true): string {
  // Whatever stands between backticks is code.
  return source
    .split(/(`+[^`]*`+)/)
    .map((part, i) => (i % 2 === 1 ? part : replaceLinks(part, isBeside)))
    .join("");
}

function replaceLinks(text: string, isBeside: IsBeside): string {
  return text.replace(LINK, (link: string, words: string, address: string) => {
    const path = address.replace(/[?#][^]*$/, "");
    if (path === "" || /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(path)) return link;
    const name = decode(path);
    if (!name.includes("/") && isBeside(name)) return link;
    return `${words} (\`${name.replace(/^(?:\.{0,2}\/)+/, "")}\`)`;
  });
}

function decode(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
