/** One record for a person. */
import { expect, test } from "vitest";
import { renderFields } from "../../src/cli/fields.ts";
import { COLOURED, PLAIN } from "../../src/cli/style.ts";

test("names are aligned, and what has no value is left out", () => {
  expect(
    renderFields(
      [
        ["id", "k3j2"],
        ["branch", undefined],
        ["note", ""],
        ["workspace", "ws-001"],
      ],
      PLAIN,
    ),
  ).toBe("id         k3j2\nworkspace  ws-001");
});

test("colours come from `paint`; what stands in a value is shown as it is", () => {
  const text = renderFields([["next", "work fix\u001B[31m", COLOURED.cyan]], COLOURED);
  expect(text).toBe(`${COLOURED.dim("next")}  ${COLOURED.cyan("work fix␛[31m")}`);
});
