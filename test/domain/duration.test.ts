import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/domain/duration.ts";

describe("parseDuration", () => {
  test.each([
    ["90s", 90_000],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
    ["250ms", 250],
    ["0", 0],
  ])("%s is %i ms", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each(["", "90", "-5m", "5 m", "5x", "m", "1h 30m", "1e3s", `${"9".repeat(30)}d`])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe("formatDuration", () => {
  test.each([
    [0, "0ms"],
    [999, "999ms"],
    [1000, "1s"],
    [61_000, "1m 1s"],
    [3_600_000, "1h"],
    [3_601_000, "1h"],
    [5_400_000, "1h 30m"],
    [90_061_000, "1d 1h"],
  ])("%i ms is %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  test("what it says is read back as at most one unit less", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 10 ** 11 }), (milliseconds) => {
        const back = parseDuration(formatDuration(milliseconds).replaceAll(" ", ""));
        expect(back).toBeDefined();
        expect(Math.abs((back ?? 0) - milliseconds)).toBeLessThan(86_400_000 / 24);
      }),
    );
  });
});
