/** What a cell's address says: its code, and its look. After the `#`, which no server is told; or in the query. */

export interface Given {
  readonly code: string;
  /** Absent: as the reader's system has it. */
  readonly theme?: "light" | "dark";
}

export function givenBy({ hash, search }: Pick<Location, "hash" | "search">): Given {
  const [after, query] = [new URLSearchParams(hash.slice(1)), new URLSearchParams(search)];
  const code = after.get("code") ?? query.get("code") ?? "";
  const theme = after.get("theme") ?? query.get("theme");
  return theme === "light" || theme === "dark" ? { code, theme } : { code };
}
