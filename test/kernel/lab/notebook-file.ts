/** A notebook's file, for the journeys. */

/** A notebook of code cells for chainrule's kernel, each with its place as its id. */
export function codeNotebook(...sources: readonly string[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { display_name: "TypeScript (chainrule)", language: "typescript", name: "chainrule" },
    },
    cells: sources.map((source, i) => ({
      cell_type: "code",
      id: `cell-${i}`,
      metadata: {},
      source,
      outputs: [],
      execution_count: null,
    })),
  });
}
