/** The names of a value for completion: what there is now, and none of the user's code runs to find it. */
import { describe, expect, it } from "vitest";
import { valueNames } from "../../../kernel/cells/value-names.js";

const texts = (
  variables: Record<string, unknown>,
  path: string,
  of: "members" | "keys" = "members",
): string[] => {
  const [root = "", ...steps] = path.split(".");
  return valueNames({ root, steps, of }, variables).map(({ text }) => text);
};

describe("members", () => {
  it("are a value's own, along the path, and those of its class", () => {
    class Cell {
      alive = true;
      step(): void {}
    }
    const data = { rows: [{ width: 1, "not a name": 2 }], cell: new Cell() };
    expect(texts({ data }, "data")).toEqual(["rows", "cell"]);
    expect(texts({ data }, "data.rows.0")).toEqual(["width", "not a name"]);
    expect(texts({ data }, "data.cell")).toEqual(["alive", "step"]);
    expect(texts({ data }, "data.nothing.at.all")).toEqual([]);
    expect(texts({}, "nowhere")).toEqual([]);
  });

  it("say what they are", () => {
    const tools = { saw: () => 1, Plane: class {}, length: 3 };
    expect(valueNames({ root: "tools", steps: [], of: "members" }, { tools })).toEqual([
      { text: "saw", type: "function" },
      { text: "Plane", type: "class" },
      { text: "length", type: "property" },
    ]);
  });

  it("are those of Node's process and of globals, too", () => {
    expect(texts({}, "process.env")).toContain("PATH");
    expect(texts({}, "Math")).toContain("hypot");
  });

  it("are those of a text, a number and their like", () => {
    const data = { name: "a", size: 1, big: 1n, open: true, nothing: null };
    expect(texts({ data }, "data.name")).toEqual(expect.arrayContaining(["length", "toUpperCase"]));
    expect(texts({ data }, "data.size")).toContain("toFixed");
    expect(texts({ data }, "data.big")).toContain("toLocaleString");
    expect(texts({ data }, "data.open")).toContain("valueOf");
    expect(texts({ data }, "data.nothing")).toEqual([]);
  });

  it("are not the indices of a list, however long", () => {
    expect(texts({ list: [1, 2] }, "list")).toEqual(expect.arrayContaining(["length", "map"]));
    expect(texts({ list: new Float64Array(1e6) }, "list")).not.toContain("0");
  });

  it("are found without a getter, a proxy's trap or a variable that has no value yet", () => {
    let calls = 0;
    const touched = (): never => {
      calls++;
      throw new Error("user's code");
    };
    const traps = {
      get: touched,
      ownKeys: touched,
      getPrototypeOf: touched,
      getOwnPropertyDescriptor: touched,
    };
    const shy = {
      get secret() {
        return touched();
      },
      proxy: new Proxy({}, traps),
    };
    const heir = Object.setPrototypeOf({ own: 1 }, new Proxy({}, traps)) as object;
    const cells = Object.defineProperty({ shy, heir }, "late", { get: touched, enumerable: true });
    expect(texts(cells, "shy")).toEqual(["secret", "proxy"]);
    expect(texts(cells, "shy.secret")).toEqual([]);
    expect(texts(cells, "shy.proxy")).toEqual([]);
    expect(texts(cells, "shy.proxy.inner", "keys")).toEqual([]);
    expect(texts(cells, "heir")).toEqual(["own"]);
    expect(calls).toBe(0);
    expect(texts(cells, "late")).toEqual([]);
    // A variable of the cells is read by the kernel's own getter, which throws before it has a value.
    expect(calls).toBe(1);
  });

  it("are cut where nobody would look for one", () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i]));
    expect(texts({ many }, "many")).toHaveLength(1000);
  });
});

describe("keys", () => {
  it("are the texts among those of a map, and among the elements of a set", () => {
    const map = new Map<unknown, number>([
      ["one", 1],
      [2, 2],
    ]);
    expect(texts({ map, set: new Set(["red", {}]), other: {} }, "map", "keys")).toEqual(["one"]);
    expect(texts({ set: new Set(["red", {}]) }, "set", "keys")).toEqual(["red"]);
    expect(texts({ other: { a: 1 } }, "other", "keys")).toEqual([]);
  });

  it("are read past a map's own methods", () => {
    class Loud extends Map<string, number> {
      override forEach(): void {
        throw new Error("user's code");
      }
    }
    expect(texts({ map: new Loud([["one", 1]]) }, "map", "keys")).toEqual(["one"]);
  });
});
