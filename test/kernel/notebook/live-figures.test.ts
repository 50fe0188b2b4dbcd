/** Figures that answer on an exported page: their scripts, which the page's content policy names, and nothing else. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { notebookToHtml } from "../../../kernel/notebook/html.js";
import { sha256 } from "../../../kernel/notebook/sha256.js";
import { STATE_MIME, VIEW_MIME } from "../../../kernel/notebook/widget-states.js";

const code = 'var a={render(){}};const s="</script><!--";export{a as default};';
const page = (module: string, esm: string): string => {
  const model = { model_name: "AnyModel", model_module: module, model_module_version: "*" };
  const widgets = { [STATE_MIME]: { state: { m: { ...model, state: { k: "</script>", _esm: esm } } } } };
  const data = { [VIEW_MIME]: { model_id: "m" }, "text/plain": "the figure in words" };
  const output = { output_type: "display_data" as const, data, metadata: {} };
  const cell = {
    cell_type: "code" as const,
    id: "c",
    metadata: {},
    source: "f",
    execution_count: 1,
    outputs: [output],
  };
  return notebookToHtml(
    { nbformat: 4, nbformat_minor: 5, metadata: { widgets }, cells: [cell] },
    { name: "n" },
  );
};
const policyOf = (html: string): string => /Content-Security-Policy" content="([^"]+)"/.exec(html)![1];

describe("a figure on a page", () => {
  it("runs its own script, which the policy names by its hash, over the state that was kept", () => {
    const html = page("anywidget", code);
    const scripts = [...html.matchAll(/<script type="module">([^]*?)<\/script>/g)].map(([, text]) => text);
    expect(scripts).toHaveLength(1);
    const hash = createHash("sha256").update(scripts[0]).digest("base64");
    expect(policyOf(html)).toMatch(new RegExp(`; script-src 'sha256-${hash.replace(/[+/]/g, "\\$&")}';$`));
    expect(scripts[0]).toContain("a.render({ model, el })");
    expect(scripts[0]).not.toContain("export");
    expect(html).toContain("the figure in words");
  });

  it("stays still when it is no bundled module, or another's widget", () => {
    for (const html of [page("anywidget", "export default {}"), page("elsewhere", code)]) {
      expect(html).not.toContain("<script");
      expect(policyOf(html)).not.toContain("script");
      expect(html).toContain("the figure in words");
    }
  });
});

it("sha256 is SHA-256", () => {
  for (const text of ["", "abc", "ü😀", "x".repeat(55), "x".repeat(56), "x".repeat(64), "y".repeat(10_000)])
    expect(sha256(text)).toBe(createHash("sha256").update(text).digest("base64"));
});
