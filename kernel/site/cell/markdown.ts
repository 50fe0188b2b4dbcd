/** Outputs in Markdown: loaded when the first one is there. */
import { MarkdownRenderer } from "../../notebook/markdown.js";

const renderer = new MarkdownRenderer();

export const markdown = (source: string): string => renderer.render(source, { isOutput: true });
