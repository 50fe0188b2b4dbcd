/** The words of a magic's argument: separated by spaces, of which quotes keep those inside. No shell reads them. */
export function wordsOf(argument: string): string[] {
  const found = argument.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g);
  return [...found].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, a?: string, b?: string) => a ?? b ?? ""),
  );
}
