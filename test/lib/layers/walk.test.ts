/** A container says what is in it: the walk meets everything at every depth, with the shapes that it is given. */
import { describe, expect, it } from "vitest";
import {
  Add,
  Attention,
  BatchNorm,
  Concat,
  Conv2d,
  Graph,
  Layer,
  Linear,
  Parallel,
  Pass,
  Random,
  ReLU,
  Residual,
  Sequential,
  Sigmoid,
  summary,
  walk,
  type Inside,
  type Shape,
  type Tensor,
} from "../../../lib/index.js";
import { leaves } from "../../../lib/layers/walk.js";
import type { ContainerPass } from "../../../lib/layers/layer.js";

const conv = (from: number, to: number): Conv2d => new Conv2d({ in: from, out: to, size: 3, pad: 1 });

/** A container of somebody's own: it runs one layer several times. */
export class Repeated extends Layer {
  override readonly children: Readonly<Record<string, Layer>>;
  readonly times: number;

  constructor(layer: Layer, times: number) {
    super();
    this.children = { layer };
    this.times = times;
  }

  override inside(input?: Shape): Inside[] {
    return [{ name: "layer", layer: this.children.layer, inputs: input && [input] }];
  }

  override outputShape(input: Shape): number[] {
    return this.children.layer.outputShape(input);
  }

  override multiplyAdds(input: Shape): number {
    return this.times * this.children.layer.multiplyAdds(input);
  }

  override forward(x: Tensor, pass: ContainerPass): Tensor {
    let y = x;
    for (let i = 0; i < this.times; i++) {
      const before = y;
      y = pass.within("layer", () => {
        pass.tap("input", before);
        return this.children.layer.forward(before, pass);
      });
    }
    return y;
  }

  override backward(dy: Tensor, pass: ContainerPass): Tensor {
    let dx = dy;
    for (let i = 0; i < this.times; i++) dx = this.children.layer.backward(dx, pass);
    return dx;
  }
}

const shared = conv(2, 2);
const net = new Sequential({
  first: conv(1, 2),
  block: new Residual({
    inner: new Sequential({ conv: shared, bn: new BatchNorm({ size: 2 }) }),
    wide: new Parallel({ left: shared, right: conv(2, 1) }),
    narrow: conv(3, 2),
  }),
  attend: new Attention({ mask: new Sequential({ conv: conv(2, 1), squash: new Sigmoid() }) }),
  graph: new Graph({
    twice: { layer: new Repeated(shared, 2), from: "input" },
    both: { layer: new Concat(), from: ["twice", "input"] },
  }),
  nothing: new Sequential({}),
});

describe("a walk", () => {
  it("meets containers, layers and merges in the order of the forward, with their shapes", () => {
    const met = [...walk(net, [1, 4, 6])].map(
      ({ path, layer, input, output }) => `${path} ${layer.kind} ${input![0]} ${output![0]}`,
    );
    expect(met).toEqual([
      " Sequential 1 4",
      "first Conv2d 1 2",
      "block Residual 2 2",
      "block.inner Sequential 2 2",
      "block.inner.conv Conv2d 2 2",
      "block.inner.bn BatchNorm 2 2",
      "block.wide Parallel 2 3",
      "block.wide.left Conv2d 2 2",
      "block.wide.right Conv2d 2 1",
      "block.wide.join Concat 2 3",
      "block.narrow Conv2d 3 2",
      "block.sum Sum 2 2",
      "attend Attention 2 2",
      "attend.mask Sequential 2 1",
      "attend.mask.conv Conv2d 2 1",
      "attend.mask.squash Sigmoid 1 1",
      "attend.product Masked 2 2",
      "graph Graph 2 4",
      "graph.twice Repeated 2 2",
      "graph.twice.layer Conv2d 2 2",
      "graph.both Concat 2 4",
      "nothing Sequential 4 4",
    ]);
    for (const { layer, input, output } of walk(net, [1, 4, 6])) {
      expect([input!.slice(1), output!.slice(1)], layer.kind).toEqual([
        [4, 6],
        [4, 6],
      ]);
    }
  });

  it("meets the same layers, in the same order, that a forward shows to taps", () => {
    const seen: string[] = [];
    const tap = (path: string, phase: string): void => void (phase === "input" && seen.push(path));
    net.forward(new Random(1).normal([1, 1, 4, 6]), new Pass({ tap }));
    const computed = leaves(net)
      .map(({ path }) => path)
      .filter((path) => path !== "nothing");
    expect(seen.filter((path) => computed.includes(path))).toEqual(
      computed.flatMap((path) => (path === "graph.twice.layer" ? [path, path] : [path])),
    );
  });

  it("needs no shapes, and says which layer does not take the shape that it is given", () => {
    expect([...walk(net)].every(({ input, output }) => input === undefined && output === undefined)).toBe(
      true,
    );
    const bad = new Sequential({ block: new Residual({ fc: new Linear({ in: 4, out: 3 }) }) });
    expect(() => [...walk(bad, [4])]).toThrow("block: sum: add: ");
    expect(() => [...walk(bad, [5])]).toThrow("block: fc: ");
  });

  it("asks a container of one's own for the shapes within", () => {
    class Silent extends Repeated {
      override inside(input?: Shape): Inside[] {
        return Layer.prototype.inside.call(this, input) as Inside[];
      }
    }
    const silent = new Silent(new ReLU(), 2);
    expect([...walk(silent)].map(({ path }) => path)).toEqual(["", "layer"]);
    expect(() => [...walk(silent, [3])]).toThrow(
      "Silent: it has layers inside and does not say which shapes they are given; define inside(input).",
    );
  });

  it("does not go where it is not to go", () => {
    const paths = [...walk(net, undefined, (layer) => !(layer instanceof Graph))].map(({ path }) => path);
    expect(paths).toEqual(["", "first", "block", "attend", "graph", "nothing"]);
  });
});

describe("children", () => {
  it("are there by name, and none for a leaf", () => {
    expect(Object.keys(net.children)).toEqual(["first", "block", "attend", "graph", "nothing"]);
    expect(net.children).toEqual(net.layers);
    expect(new ReLU().children).toEqual({});
    expect(Object.keys(net.children.block.children)).toEqual(["inner", "wide", "narrow"]);
  });

  it("are found by get at any depth, also in a container of one's own", () => {
    expect(net.get("block.inner.conv")).toBe(shared);
    expect(net.get("graph.twice.layer")).toBe(shared);
    expect(() => net.get("graph.twice.conv")).toThrow('Repeated: there is no layer "conv"; there are layer.');
    expect(() => net.get("block.sum")).toThrow('Residual: there is no layer "sum"; there are inner');
    expect(() => net.get("constructor")).toThrow('Sequential: there is no layer "constructor"');
    expect(() => net.get("nothing.more")).toThrow(
      'Sequential: "nothing" is a Sequential and has no layers inside.',
    );
  });

  it("leave a container of one's own whole in the table, as it alone knows what it costs", () => {
    const rows = summary(net, [1, 4, 6]);
    const twice = rows.find(({ name }) => name === "graph.twice")!;
    expect(twice.multiplyAdds).toBe(2 * shared.multiplyAdds([2, 4, 6]));
    expect(rows.reduce((sum, row) => sum + row.multiplyAdds!, 0)).toBe(net.multiplyAdds([1, 4, 6]));
  });
});

describe("what is not a layer is refused in words", () => {
  const refused = (make: () => unknown, words: string): void => expect(make).toThrow(words);
  const relu = new ReLU();

  it("by every container", () => {
    const blocks: [string, (layer: unknown) => unknown][] = [
      ["Sequential", (layer) => new Sequential({ here: layer as Layer })],
      ["Residual", (layer) => new Residual({ relu, here: layer as Layer })],
      ["Parallel", (layer) => new Parallel({ relu, here: layer as Layer })],
      ["graph", (layer) => new Graph({ here: { layer: layer as Layer, from: "input" } })],
    ];
    for (const [kind, make] of blocks) {
      for (const not of [ReLU, undefined, null, 3, "relu", {}, [relu]])
        refused(() => make(not), `${kind}: "here" is not a layer; make it with new, such as new ReLU().`);
    }
    for (const [kind, make] of blocks.slice(0, 3))
      refused(
        () => make(new Add()),
        `${kind}: "here" is an Add, which joins several values; it stands in a Graph.`,
      );
    refused(() => new Residual({ relu }, { shortcut: ReLU as never }), 'Residual: "shortcut" is not a layer');
    refused(() => new Attention({ mask: ReLU as never }), 'Attention: "mask" is not a layer');
    refused(() => new Attention({ mask: relu, body: 3 as never }), 'Attention: "body" is not a layer');
    refused(
      () => new Parallel({ relu }, { join: "sum" as never }),
      'Parallel: join is "sum"; use "concat" or "add".',
    );
  });

  it("in place of layers by name", () => {
    for (const [kind, Block] of [
      ["Sequential", Sequential],
      ["Residual", Residual],
      ["Parallel", Parallel],
    ] as const) {
      const words = (what: string): string =>
        `${kind}: it was given ${what} where layers by name are expected; write { first: new ReLU(), … }.`;
      refused(() => new Block(new Sequential({ relu }) as never), words("a Sequential"));
      refused(() => new Block(undefined as never), words("undefined"));
      refused(() => new Block("relu" as never), words('"relu"'));
    }
    refused(() => new Graph(relu as never), "graph: it was given a ReLU where layers by name are expected");
  });

  it("in place of a graph's node", () => {
    refused(
      () => new Graph({ relu: relu as never }),
      'graph: "relu" is a ReLU that does not say what it reads',
    );
    refused(() => new Graph({ relu: { layer: relu } as never }), 'graph: "relu" does not say what it reads');
    refused(
      () => new Graph({ add: { layer: new Add(), from: [] } }),
      'graph: "add" does not say what it reads',
    );
    refused(() => new Graph({ add: { layer: new Add(), from: [3] } as never }), "does not say what it reads");
  });
});
