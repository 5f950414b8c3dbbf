/** Reading JSON as people write it, and changing it in one place. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { insertChild, removeChild } from "../../src/domain/json/edit.ts";
import { parseJsonc, type JsonNode } from "../../src/domain/json/jsonc.ts";

function parse(text: string): JsonNode {
  const parsed = parseJsonc(text);
  if (!parsed.ok) throw new Error(`${parsed.line}:${parsed.column} ${parsed.problem}\n${text}`);
  return parsed.root;
}

describe("reading", () => {
  test.each<[string, unknown]>([
    ['{"a":1,"b":[true,null,"x\\n\\u00e9"],"c":{"d":-1.5e3}}', { a: 1, b: [true, null, "x\né"], c: { d: -1500 } }],
    ['\uFEFF { // one\r\n "a": 1, /* two */ }\n// three', { a: 1 }],
    ["[ [], {}, [ /**/ ], ]", [[], {}, []]],
    ['{"__proto__": 1, "a": "// no /* comment"}', JSON.parse('{"__proto__": 1, "a": "// no /* comment"}')],
    ['"alone"', "alone"],
  ])("%s", (text, value) => {
    expect(parse(text).value).toEqual(value);
  });

  test.each<[string, string]>([
    ["", "1:1 it ends where a value should be"],
    ['{"a": }', "1:7 a value should be here"],
    ['{"a": 1\n  "b": 2}', "2:3 a comma or } should be here"],
    ["{'a': 1}", "1:2 a key should be here"],
    ['{"a" 1}', "1:6 a colon should be here"],
    ["[1,,2]", "1:4 a value should be here"],
    ["{,}", "1:2 a key should be here"],
    ["[1] 2", "1:5 something after the end"],
    ["{ /* }", "1:3 a comment that does not end"],
    ['{"a": tru}', "1:7 a value should be here"],
    ['{"a": "x\ny"}', "1:7 a value should be here"],
    ["[1", "1:3 it ends where a comma or ] should be"],
    ["[".repeat(300), "1:201 too many levels"],
  ])("refuses %j", (text, problem) => {
    const parsed = parseJsonc(text);
    expect(parsed.ok ? "" : `${parsed.line}:${parsed.column} ${parsed.problem}`).toBe(problem);
  });

  test("finds the value that JSON.parse finds", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, 2, "\t"), (text, space) => {
        const value: unknown = JSON.parse(text);
        expect(parse(JSON.stringify(value, null, space)).value).toEqual(value);
      }),
    );
  });
});

describe("a new member", () => {
  const added = (text: string) => insertChild(text, parse(text), "new", [{ x: 1 }]);

  test.each<[string, string, string]>([
    ["an empty object", "{}\n", '{\n  "new": [\n    {\n      "x": 1\n    }\n  ]\n}\n'],
    ["the layout of the rest", '{\n\t"a": 1\n}\n', '{\n\t"a": 1,\n\t"new": [\n\t\t{\n\t\t\t"x": 1\n\t\t}\n\t]\n}\n'],
    ["one line", '{"a": 1}', '{"a": 1, "new": [{"x":1}]}'],
    [
      "a comment after the last member, which it keeps",
      '{\n  "a": 1 // one\n  // two\n}',
      '{\n  "a": 1, // one\n  // two\n  "new": [\n    {\n      "x": 1\n    }\n  ]\n}',
    ],
    [
      "a comma at the end, which is kept up",
      '{\n  "a": 1,\n}',
      '{\n  "a": 1,\n  "new": [\n    {\n      "x": 1\n    }\n  ],\n}',
    ],
    [
      "line ends of Windows",
      '{\r\n  "a": 1\r\n}\r\n',
      '{\r\n  "a": 1,\r\n  "new": [\r\n    {\r\n      "x": 1\r\n    }\r\n  ]\r\n}\r\n',
    ],
  ])("is put in with %s", (_, before, after) => {
    expect(added(before)).toBe(after);
  });
});

describe("whatever the document looks like", () => {
  const space = fc.constantFrom("", " ", "\n", "\n  ", "\t", "\n\n    ");
  const trivia = fc.oneof(
    { weight: 5, arbitrary: space },
    fc
      .tuple(space, fc.constantFrom("// x, } ]\n", "/* x, } ] */", "/* a\n b */ // c  \n", "//\n"))
      .map(([a, b]) => a + b),
  );
  const key = fc.constantFrom("a", "b", "hooks", "é", "");
  const { container } = fc.letrec<{ node: string; container: string }>((tie) => ({
    node: fc.oneof({ depthSize: "small" }, fc.constantFrom("1", '"x, y"', "null", "true"), tie("container")),
    container: fc
      .tuple(
        fc.boolean(),
        fc.array(fc.tuple(trivia, key, trivia, trivia, tie("node"), trivia), { maxLength: 3 }),
        trivia,
        fc.boolean(),
      )
      .map(([isObject, parts, inner, trailing]) => {
        const children = parts.map(([before, name, afterKey, beforeValue, value, after]) =>
          isObject
            ? `${before}${JSON.stringify(name)}${afterKey}:${beforeValue}${value}${after}`
            : `${before}${value}${after}`,
        );
        const body = children.join(",") + (trailing && children.length > 0 ? "," : "") + inner;
        return isObject ? `{${body}}` : `[${body}]`;
      }),
  }));
  const document = fc
    .tuple(fc.constantFrom("", "\uFEFF"), trivia, container, fc.constantFrom("", "\n", "\n// end\n"), fc.boolean())
    .map(([mark, before, root, after, windows]) => {
      const text = mark + before + root + after;
      return windows ? text.replaceAll("\n", "\r\n") : text;
    });
  const value = fc.constantFrom<unknown>(1, "x\ny", { hooks: [{ a: [] }] }, [], [[1], {}]);

  /** Every object and list in it. */
  function containers(node: JsonNode): JsonNode[] {
    return node.kind === "scalar" ? [] : [node, ...node.children.flatMap((child) => containers(child.node))];
  }

  test("what is put in and taken out again leaves it as it was, to the byte", () => {
    fc.assert(
      fc.property(document, fc.nat(), value, (text, which, added) => {
        const all = containers(parse(text));
        const index = which % all.length;
        const parent = all[index]!;
        const after = insertChild(text, parent, parent.kind === "object" ? "ours" : null, added);
        const found = containers(parse(after))[index]!;
        expect(found.children).toHaveLength(parent.children.length + 1);
        expect(found.children.at(-1)!.node.value).toEqual(added);
        expect(removeChild(after, found, found.children.length - 1)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  test("taking anything out leaves all the rest, and its comments", () => {
    fc.assert(
      fc.property(document, fc.nat(), fc.nat(), (text, which, child) => {
        const all = containers(parse(text)).filter(({ children }) => children.length > 0);
        fc.pre(all.length > 0);
        const parent = all[which % all.length]!;
        const index = child % parent.children.length;
        const without = removeChild(text, parent, index);
        const { start, end } = parent.children[index]!;
        const significant = (part: string) => part.replaceAll(/[\s,]/g, "");
        expect(significant(without)).toBe(significant(text.slice(0, start) + text.slice(end)));
        parse(without);
      }),
      { numRuns: 1000 },
    );
  });
});
