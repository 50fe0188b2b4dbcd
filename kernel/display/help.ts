/** What is known about a name, as a bundle: the compiler's answer, with what plugins add after its first line. */

export interface Known {
  /** The type, as TypeScript writes it. */
  readonly signature: string;
  /** Markdown. */
  readonly documentation: string;
}

/** The bundle; empty when nothing is known. */
export function helpBundle(
  typed: Known | undefined,
  added: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  const signature = typed && "```typescript\n" + typed.signature + "\n```";
  const data: Record<string, unknown> = {};
  if (typed) {
    data["text/plain"] = [typed.signature, typed.documentation].filter(Boolean).join("\n\n");
    data["text/markdown"] = [signature, typed.documentation].filter(Boolean).join("\n\n");
  }
  const heads: Record<string, string | undefined> = {
    "text/plain": typed?.signature,
    "text/markdown": signature,
  };
  for (const [mime, content] of Object.entries(added ?? {}))
    data[mime] = heads[mime] ? `${heads[mime]}\n\n${String(content)}` : content;
  return data;
}
