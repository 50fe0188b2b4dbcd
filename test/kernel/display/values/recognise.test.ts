/**
 * Values of other libraries, by look-alikes that have the properties by which each library is known; the libraries
 * themselves are in test/kernel/packages.test.ts. And what is no value of theirs, and what is hostile.
 */
import { encode as encodePng } from "fast-png";
import { describe, expect, it } from "vitest";
import { bundleOf } from "../../../../kernel/display/protocol.js";

const show = async (value: unknown): Promise<Record<string, unknown>> => bundleOf(value);

/** A class with accessors on its prototype, as elements of a document have. */
function elementOf(outerHTML: string, namespaceURI = "http://www.w3.org/1999/xhtml"): object {
  class Element {
    get nodeType(): number {
      return 1;
    }
    get outerHTML(): string {
      return outerHTML;
    }
    get namespaceURI(): string {
      return namespaceURI;
    }
  }
  return new Element();
}
const SVG = "http://www.w3.org/2000/svg";

describe("an element", () => {
  it("is HTML, and its markup", async () => {
    expect(await show(elementOf("<p>a</p>"))).toEqual({ "text/html": "<p>a</p>", "text/plain": "<p>a</p>" });
  });

  it("is a picture when it is SVG, whole in itself", async () => {
    const made = await show(
      elementOf('<svg width="4"><style>a{b:"<"}</style><use xlink:href="#a"/>&nbsp;</svg>', SVG),
    );
    expect(Object.keys(made)).toEqual(["image/svg+xml", "text/plain"]);
    expect(made["image/svg+xml"]).toBe(
      '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="4">' +
        '<style><![CDATA[a{b:"<"}]]></style><use xlink:href="#a"/>&#160;</svg>',
    );
    const declared = `<svg xmlns="${SVG}"></svg>`;
    expect((await show(elementOf(declared, SVG)))["image/svg+xml"]).toBe(declared);
  });

  it("is text when it is a part of a picture, or could run scripts", async () => {
    expect(await show(elementOf("<g></g>", SVG))).toEqual({ "text/plain": "<g></g>" });
    for (const active of [
      "<p><script>1</script></p>",
      '<img src="x" onerror="alert(1)">',
      '<a href="javascript:alert(1)">a</a>',
      '<svg><a onclick="x"></a></svg>',
    ]) {
      const made = await show(elementOf(active));
      expect(Object.keys(made)).toEqual(["text/plain"]);
      expect(made["text/plain"]).toMatch(
        /^<[^]*shown as text; display\.html\(element\.outerHTML\) draws it\.$/,
      );
    }
  });

  it("is cut with a count when it is long", async () => {
    const made = await show(elementOf(`<p>${"a".repeat(5000)}</p>`));
    expect(made["text/plain"]).toMatch(/… 3,007 characters more$/);
    expect(made["text/html"]).toHaveLength(5007);
  });
});

describe("a parsed page", () => {
  it("is its markup and not its tree", async () => {
    class JSDOM {
      readonly inside = { much: [{ of: { it: {} } }] };
      serialize(): string {
        return "<html></html>";
      }
    }
    expect(await show(new JSDOM())).toEqual({ "text/plain": "JSDOM <html></html>" });
    class Document {
      get nodeType(): number {
        return 9;
      }
      get documentElement(): object {
        return elementOf("<html>a</html>");
      }
    }
    expect(await show(new Document())).toEqual({ "text/plain": "Document <html>a</html>" });
  });

  it("of cheerio is what was selected", async () => {
    class Cheerio {
      declare readonly cheerio: string;
      readonly length: number;
      readonly #text: string;
      constructor(length: number, text = "<li>a</li>") {
        this.length = length;
        this.#text = text;
      }
      eq(): Cheerio {
        return new Cheerio(1, this.#text);
      }
      toString(): string {
        return this.#text.repeat(this.length);
      }
    }
    Object.assign(Cheerio.prototype, { cheerio: "[cheerio object]" });
    expect(await show(new Cheerio(2))).toEqual({ "text/plain": "Cheerio(2)\n<li>a</li>\n<li>a</li>" });
    expect((await show(new Cheerio(1000)))["text/plain"]).toMatch(
      /(\n<li>a<\/li>){10}\n… 990 more elements$/,
    );
    expect((await show(new Cheerio(1, "a".repeat(3000))))["text/plain"]).toMatch(/… 1,001 characters more$/);
    expect(await show(new Cheerio(0))).toEqual({ "text/plain": "Cheerio(0)" });
  });
});

describe("pictures", () => {
  const png = encodePng({ width: 3, height: 2, data: new Uint8Array(24) });

  it("are bytes that begin as PNG, JPEG, GIF or WebP do", async () => {
    expect(await show(png)).toEqual({
      "image/png": Buffer.from(png).toString("base64"),
      "text/plain": `PNG picture, 3 × 2 pixels, ${png.length} bytes`,
    });
    const bytes = (...starts: (string | number)[]): Uint8Array => {
      const whole = Buffer.alloc(30);
      Buffer.concat(
        starts.map((one) => (typeof one === "string" ? Buffer.from(one) : Buffer.from([one]))),
      ).copy(whole);
      return whole;
    };
    expect(Object.keys(await show(bytes(0xff, 0xd8, 0xff)))).toEqual(["image/jpeg", "text/plain"]);
    expect((await show(bytes("GIF89a", 5, 0, 4, 0)))["text/plain"]).toBe(
      "GIF picture, 5 × 4 pixels, 30 bytes",
    );
    expect(Object.keys(await show(bytes("RIFF....WEBP")))).toEqual(["image/webp", "text/plain"]);
  });

  it("are not other bytes, nor a beginning alone", async () => {
    expect(Object.keys(await show(png.subarray(0, 20)))).toEqual(["text/plain"]);
    expect(Object.keys(await show(png.subarray(1)))).toEqual(["text/plain"]);
    expect(Object.keys(await show(Buffer.alloc(40)))).toEqual(["text/plain"]);
  });

  it("are what is on a canvas, at once or later", async () => {
    const data = Buffer.from(png).toString("base64");
    class Canvas {
      readonly width = 3;
      readonly height = 2;
      getContext(): void {}
      toDataURL(): string | Promise<string> {
        return `data:image/png;base64,${data}`;
      }
    }
    class LateCanvas extends Canvas {
      override async toDataURL(): Promise<string> {
        return `data:image/png;base64,${data}`;
      }
    }
    const shown = { "image/png": data, "text/plain": "Canvas, 3 × 2 pixels" };
    expect(await show(new Canvas())).toEqual(shown);
    expect(await show(new LateCanvas())).toEqual(shown);
  });

  it("of sharp say how they are made", async () => {
    class Sharp {
      readonly options = {};
      toBuffer(): void {}
      metadata(): void {}
    }
    expect((await show(new Sharp()))["text/plain"]).toBe(
      "Sharp: a picture that is not made yet; await image.png().toBuffer() makes and shows it.",
    );
  });
});

describe("a chart", () => {
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    data: { values: [{ a: 1 }, { a: 2 }] },
    mark: "bar",
    encoding: { x: { field: "a", type: "quantitative" } },
  };

  it("of Vega-Lite is known by its schema, and has a picture for others", async () => {
    const made = await show(spec);
    expect(made["application/vnd.vegalite.v5+json"]).toEqual(spec);
    expect(made["image/svg+xml"]).toMatch(/^<svg[^]+<\/svg>$/);
    expect(made["text/html"]).toBeUndefined();
    class Builder {
      toSpec(): object {
        return spec;
      }
    }
    expect((await show(new Builder()))["application/vnd.vegalite.v5+json"]).toEqual(spec);
  });

  it("of Vega is known too", async () => {
    const vega = {
      $schema: "https://vega.github.io/schema/vega/v6.json",
      width: 20,
      height: 10,
      marks: [{ type: "rect" }],
    };
    const made = await show(vega);
    expect(made["application/vnd.vega.v5+json"]).toEqual(vega);
    expect(made["image/svg+xml"]).toMatch(/^<svg/);
  });

  it("reads no file for its picture, and one that is wrong has none", async () => {
    const elsewhere = { ...spec, data: { url: "file:///etc/hostname" } };
    expect(Object.keys(await show(elsewhere))).toEqual(["application/vnd.vegalite.v5+json", "text/plain"]);
    expect(Object.keys(await show({ ...spec, mark: { type: 7 } }))).not.toContain("text/html");
    expect(Object.keys(await show({ $schema: "https://json-schema.org/draft/2020-12/schema" }))).toEqual([
      "text/plain",
    ]);
  });

  it("of Plotly is traces and a layout", async () => {
    const figure = { data: [{ type: "scatter", x: [1], y: [2] }], layout: { title: "a" }, frames: [] };
    const made = await show(figure);
    expect(made["application/vnd.plotly.v1+json"]).toEqual({ data: figure.data, layout: figure.layout });
    expect(Object.keys(await show({ data: [{ type: "user" }], layout: {} }))).toEqual(["text/plain"]);
    expect(Object.keys(await show({ data: [], layout: {} }))).toEqual(["text/plain"]);
  });
});

describe("a table", () => {
  class Vector {
    readonly length: number;
    readonly type: object;
    readonly #values: readonly unknown[];
    constructor(type: string, values: readonly unknown[]) {
      this.length = values.length;
      this.type = { toString: () => type };
      this.#values = values;
    }
    get(i: number): unknown {
      return this.#values[i];
    }
  }

  it("of Arrow has columns, and moments as one writes them", async () => {
    const vectors = [new Vector("Int32", [1, null]), new Vector("Timestamp<MILLISECOND>", [0, 1e12])];
    class Table {
      readonly schema = { fields: ["a", "t"].map((name, i) => ({ name, type: vectors[i]!.type })) };
      get numRows(): number {
        return 2;
      }
      getChildAt(i: number): Vector {
        return vectors[i]!;
      }
    }
    const made = await show(new Table());
    expect(made["text/plain"]).toBe(
      "Arrow table: 2 × 2\n   a  t\n0  1  1970-01-01T00:00:00.000Z\n1     2001-09-09T01:46:40.000Z",
    );
    expect(made["text/html"]).toContain("<p>Arrow table: 2 × 2</p>");
    expect(await show(new Vector("Float64", [1, 0.123456789, null]))).toEqual({
      "text/plain": "Arrow vector of Float64(3) [ 1, 0.123457, null ]",
    });
  });

  it("of DuckDB is read, or says how it is", async () => {
    class DuckDBResultReader {
      get currentRowCount(): number {
        return 25;
      }
      columnNames(): string[] {
        return ["n"];
      }
      value(_column: number, row: number): bigint {
        return BigInt(row);
      }
    }
    const made = await show(new DuckDBResultReader());
    expect(made["text/plain"]).toMatch(/^DuckDB result: 25 × 1\n +n\n 0 +0\n[^]*… 5 more rows$/);
    class DuckDBMaterializedResult {
      columnNames(): string[] {
        return ["n"];
      }
      columnTypes(): string[] {
        return ["INTEGER"];
      }
      getRowObjects(): never {
        throw new Error("It must not be read.");
      }
    }
    expect(await show(new DuckDBMaterializedResult())).toEqual({
      "text/plain": "DuckDBMaterializedResult (n INTEGER): await result.getRowObjects() reads its rows.",
    });
  });

  it("of Danfo or Arquero has its columns", async () => {
    class DataFrame {
      readonly $columns = ["a", "b"];
      readonly $data = [
        [1, "x"],
        [2, undefined],
      ];
    }
    expect((await show(new DataFrame()))["text/plain"]).toBe("Danfo frame: 2 × 2\n   a  b\n0  1  x\n1  2");
    class ColumnTable {
      columnNames(): string[] {
        return ["a"];
      }
      numRows(): number {
        return 1;
      }
      objects({ limit }: { limit: number }): object[] {
        return [{ a: limit }];
      }
    }
    expect((await show(new ColumnTable()))["text/plain"]).toBe("Arquero table: 1 × 1\n    a\n0  20");
  });
});

describe("numbers", () => {
  it("of a tensor are its values", async () => {
    class Tensor {
      readonly shape = [2];
      readonly dtype = "float32";
      dataSync(): Float32Array {
        return new Float32Array(2);
      }
      toString(verbose = false): string {
        return verbose ? "Tensor [1, 2]" : "Tensor";
      }
    }
    expect(await show(new Tensor())).toEqual({ "text/plain": "Tensor [1, 2]" });
  });

  class DenseMatrix {
    declare readonly isMatrix: boolean;
    readonly #rows: readonly (readonly number[])[];
    constructor(rows: readonly (readonly number[])[]) {
      this.#rows = rows;
    }
    size(): number[] {
      return [this.#rows.length, this.#rows[0]!.length];
    }
    get([i, j]: [number, number]): number {
      return this.#rows[i]![j]!;
    }
  }
  Object.assign(DenseMatrix.prototype, { isMatrix: true });

  it("of a matrix are a formula, of a large one its corner", async () => {
    expect(
      await show(
        new DenseMatrix([
          [1, 2.5],
          [300, 4e-9],
        ]),
      ),
    ).toEqual({
      // prettier-ignore
      "text/latex": "$$\\begin{bmatrix} 1 & 2.5 \\\\ 300 & 4 \\cdot 10^{-9} \\end{bmatrix}$$",
      "text/plain": "DenseMatrix 2 × 2\n  1   2.5\n300  4e-9",
    });
    const large = await show(
      new DenseMatrix(Array.from({ length: 40 }, () => new Array<number>(13).fill(0))),
    );
    expect(Object.keys(large)).toEqual(["text/plain"]);
    expect(large["text/plain"]).toMatch(/^DenseMatrix 40 × 13, its first 12 × 12 entries\n/);
  });

  it("with units, and expressions, are as one writes them", async () => {
    class Unit {
      declare readonly isUnit: boolean;
      declare readonly type: string;
      toString(): string {
        return "5 cm";
      }
    }
    Object.assign(Unit.prototype, { isUnit: true, type: "Unit" });
    expect(await show(new Unit())).toEqual({ "text/plain": "5 cm" });
    class OperatorNode {
      get isNode(): boolean {
        return true;
      }
      toTex(): string {
        return "{ x}^{2}";
      }
      toString(): string {
        return "x ^ 2";
      }
    }
    expect(await show(new OperatorNode())).toEqual({ "text/latex": "$${ x}^{2}$$", "text/plain": "x ^ 2" });
  });

  it("of a date of Day.js are the date", async () => {
    const date = { $isDayjsObject: true, format: () => "2026-11-29T00:00:00+00:00" };
    expect(await show(date)).toEqual({ "text/plain": "dayjs 2026-11-29T00:00:00+00:00" });
  });
});

describe("a value with forms of its own", () => {
  it("shows them as IPython and IJavascript do", async () => {
    expect((await show({ _repr_html_: () => "<b>a</b>" }))["text/html"]).toBe("<b>a</b>");
    expect((await show({ _repr_png_: () => new Uint8Array([1, 2, 3]) }))["image/png"]).toBe("AQID");
    expect((await show({ _toHtml: async () => "<i>a</i>" }))["text/html"]).toBe("<i>a</i>");
    const bundle = { "application/vnd.plotly.v1+json": { data: [] }, "text/plain": "a figure" };
    expect(await show({ toMimeBundle: () => bundle })).toEqual(bundle);
    expect(await show({ _repr_mimebundle_: () => [bundle, {}] })).toEqual(bundle);
  });

  it("shows toHTML() if that gives HTML without being asked for anything", async () => {
    expect((await show({ toHTML: () => "<table></table>" }))["text/html"]).toBe("<table></table>");
    expect((await show({ toHTML: () => "no markup" }))["text/html"]).toBeUndefined();
    expect((await show({ toHTML: (text: string) => `<p>${text}</p>` }))["text/html"]).toBeUndefined();
    expect((await show("<b>a string of HTML</b>"))["text/html"]).toBeUndefined();
  });

  it("is shown by Symbol.for('Jupyter.display') before anything else", async () => {
    const value = {
      toHTML: () => "<b></b>",
      [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "own" }),
    };
    expect(await show(value)).toEqual({ "text/plain": "own" });
  });
});

describe("insides that say little", () => {
  class Deep {
    readonly next: Deep | undefined;
    readonly text = "x".repeat(300);
    constructor(depth: number) {
      this.next = depth ? new Deep(depth - 1) : undefined;
    }
  }

  it("are shown less deeply, or cut with a count", async () => {
    const deep = (await show([1, 2, 3].map(() => new Deep(4))))["text/plain"] as string;
    expect(deep.length).toBeLessThan(2600);
    expect(deep).toContain("[Deep]");
    class Wide {}
    const wide = Object.assign(
      new Wide(),
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`property${i}`, i])),
    );
    expect((await show(wide))["text/plain"]).toMatch(/^Wide \{[^]*… [\d,]+ characters more$/);
  });

  it("of data, errors and strings are shown whole", async () => {
    const data = {
      list: Array.from({ length: 90 }, (_, i) => ({ name: `name ${i}`, numbers: [i, i, i, i] })),
    };
    expect(((await show(data))["text/plain"] as string).length).toBeGreaterThan(3000);
    expect((await show("a".repeat(9000)))["text/plain"]).toHaveLength(9002);
    class Own extends Deep {
      [Symbol.for("nodejs.util.inspect.custom")](): string {
        return "own ".repeat(2000);
      }
    }
    expect((await show(new Own(0)))["text/plain"]).toHaveLength(8000);
  });
});

describe("what is hostile", () => {
  it("runs no getter of its own", async () => {
    const asked: string[] = [];
    const trap = {};
    for (const name of [
      "outerHTML",
      "nodeType",
      "data",
      "layout",
      "$schema",
      "toSpec",
      "schema",
      "toHTML",
      "isNode",
    ])
      Object.defineProperty(trap, name, { get: () => asked.push(name), enumerable: true });
    await show(trap);
    expect(asked).toEqual([]);
  });

  it("is shown as others are when it throws, lies or never says", async () => {
    const fails = (): never => {
      throw new Error("no");
    };
    expect((await show({ toHTML: fails, a: 1 }))["text/plain"]).toContain("a: 1");
    expect((await show({ toMimeBundle: () => ({ nonsense: 1 }), a: 1 }))["text/plain"]).toContain("a: 1");
    expect(
      (await show({ _repr_html_: () => Promise.reject(new Error("no")), a: 1 }))["text/plain"],
    ).toContain("a: 1");
    expect((await show({ isMatrix: true, size: () => [1e9, 1e9], get: fails }))["text/plain"]).toContain(
      "isMatrix",
    );
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect((await show(proxy))["text/plain"]).toBeDefined();
    const endless: object = new Proxy(
      {},
      { getPrototypeOf: () => endless, getOwnPropertyDescriptor: () => undefined },
    );
    expect((await show(endless))["text/plain"]).toBeDefined();
  });
});
