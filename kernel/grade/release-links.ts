/**
 * Links of a notebook that is handed out. A student has only the files that were released with it. A link to any other
 * file of the instructor's folders becomes plain text: its words and the name of the file.
 */

const LINK = /(?<!!)\[([^[\]]*)\]\(([^()\s]+)\)/g;

/** Whether the file of this name is released beside the notebook, so that the link may stay. */
export type IsBeside = (name: string) => boolean;

/**
 * A text cell's source without links that lead out of the notebook's own folder, or to a file that is not beside it.
 * Links to the web and within the notebook stay, and so do pictures and code.
 */
export function withLinksThatLead(source: string, isBeside: IsBeside = () => true): string {
  // Everything between backticks is code.
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
