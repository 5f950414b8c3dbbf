import { expect, test } from "vitest";
import { formatCost } from "../../src/cli/cost.ts";

test.each([
  [undefined, null],
  [0, "$0.00"],
  [0.000624, "<$0.01"],
  [0.0049, "<$0.01"],
  [0.005, "$0.01"],
  [1.5, "$1.50"],
  [1234.567, "$1234.57"],
])("%s dollars are %s", (usd, shown) => {
  expect(formatCost(usd)).toBe(shown);
});
