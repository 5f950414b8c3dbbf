import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutText, padText, textWidth } from "../../src/cli/width.ts";

describe("textWidth", () => {
  test.each([
    ["", 0],
    ["plain", 5],
    ["naïve café", 10],
    ["e\u0301", 1],
    ["日本", 4],
    ["한국어", 6],
    ["ｆｕｌｌ", 8],
    ["ﾊﾝｶｸ", 4],
    ["👍", 2],
    ["👍🏽", 2],
    ["👩‍👩‍👧‍👦", 2],
    ["🇩🇪", 2],
    ["1️⃣", 2],
    ["❤️", 2],
    ["❤", 1],
    ["→…─", 3],
    ["a\u200Bb", 2],
    ["שלום", 4],
    ["नमस्ते", 4],
    ["\u001B[1m\u001B[36mab\u001B[39m\u001B[22m", 2],
  ])("%j takes %i columns", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe("cutText", () => {
  test.each([
    ["plain", 5, "plain"],
    ["plain", 4, "pla…"],
    ["plain", 1, "…"],
    ["plain", 0, ""],
    ["日本語", 5, "日本…"],
    ["日本語", 4, "日…"],
    ["👩‍👩‍👧x", 2, "…"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
  ])("%j in %i columns is %j", (text, limit, cut) => {
    expect(cutText(text, limit)).toBe(cut);
  });

  test("always fits, and padding fills up exactly", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 20 }), (text, limit) => {
        const cut = cutText(text, limit);
        expect(textWidth(cut)).toBeLessThanOrEqual(limit);
        expect(textWidth(padText(cut, limit))).toBe(limit);
      }),
    );
  });
});
