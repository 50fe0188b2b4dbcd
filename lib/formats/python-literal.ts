/**
 * Reads a Python expression without names, as `ast.literal_eval` does: dictionaries, tuples, lists, strings, whole numbers,
 * True, False and None. The headers of NumPy's files are such expressions.
 */

/** A tuple is an array here; a list is a PythonList, so that the two can be told apart. */
export type Literal = string | number | boolean | null | Literal[] | PythonList | Map<Literal, Literal>;

export class PythonList {
  readonly items: readonly Literal[];

  constructor(items: readonly Literal[]) {
    this.items = items;
  }
}

/** The deepest nesting of brackets that is accepted; a header has three levels. */
const DEEPEST = 32;

const TOKEN =
  /(?:\s|#[^\n]*)*(?:([{}()[\],:])|[uU]?'((?:[^'\\\n]|\\.)*)'|[uU]?"((?:[^"\\\n]|\\.)*)"|(True|False|None)\b|(-?(?:0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+))(L?)\b)/y;

/**
 * @param long  whether a whole number may end in L, as Python 2 wrote them
 * @throws SyntaxError for anything else
 */
export function readLiteral(text: string, { long = false }: { long?: boolean } = {}): Literal {
  let at = 0;
  let token: RegExpExecArray | undefined;
  const next = (): void => {
    TOKEN.lastIndex = at;
    token = TOKEN.exec(text) ?? undefined;
    if (token === undefined && text.slice(at).replace(/#.*/g, "").trim() !== "") throw wrong();
    at += token?.[0].length ?? 0;
  };
  const wrong = (): SyntaxError => new SyntaxError(`unexpected ${JSON.stringify(text.slice(at, at + 20))}`);
  const punctuation = (): string | undefined => token?.[1];
  /** The items up to the closing bracket, separated by commas; a comma may follow the last one. */
  const items = <T>(close: string, item: () => T): { list: T[]; trailing: boolean } => {
    const list: T[] = [];
    let trailing = false;
    next();
    while (punctuation() !== close) {
      list.push(item());
      trailing = punctuation() === ",";
      if (trailing) next();
      else if (punctuation() !== close) throw wrong();
    }
    next();
    return { list, trailing };
  };
  const value = (depth: number): Literal => {
    if (token === undefined || depth > DEEPEST) throw wrong();
    const [, bracket, single, double, name, number, suffix] = token;
    const inner = (): Literal => value(depth + 1);
    if (bracket === "(") {
      const { list, trailing } = items(")", inner);
      return list.length === 1 && !trailing ? list[0] : list;
    }
    if (bracket === "[") return new PythonList(items("]", inner).list);
    if (bracket === "{") {
      const pair = (): [Literal, Literal] => {
        const key = inner();
        if (punctuation() !== ":") throw wrong();
        next();
        return [key, inner()];
      };
      return new Map(items("}", pair).list);
    }
    if (bracket !== undefined || (suffix && !long)) throw wrong();
    next();
    if (name !== undefined) return name === "None" ? null : name === "True";
    if (number !== undefined) return number.startsWith("-") ? -Number(number.slice(1)) : Number(number);
    return (single ?? double).replace(/\\(.)/g, "$1");
  };
  next();
  const result = value(0);
  if (token !== undefined) throw wrong();
  return result;
}
