import { describe, expect, test } from "vitest";
import { findReset, isLimit } from "../../../src/domain/agent/limit.ts";

const NOW = "2026-01-07T14:30:20.000Z";

describe("usage limits", () => {
  test.each([
    [
      "You've hit your usage limit. Upgrade to Pro or try again in 3 days 4 hours 5 minutes.",
      "2026-01-10T18:35:20.000Z",
    ],
    ["Try again in 2 hours 5 minutes.", "2026-01-07T16:35:20.000Z"],
    ["Please try again in 45 seconds", "2026-01-07T14:31:05.000Z"],
    ["Claude AI usage limit reached|1767801600", "2026-01-07T16:00:00.000Z"],
    ['{"type":"usage_limit_reached","resets_at":1767801600}', "2026-01-07T16:00:00.000Z"],
    ['{"resets_in_seconds": 90}', "2026-01-07T14:31:50.000Z"],
    ["retry-after: 60", "2026-01-07T14:31:20.000Z"],
    ["rate limited until 2026-01-08T09:00:00Z", "2026-01-08T09:00:00.000Z"],
    ["You've hit your session limit · resets 3pm", "2026-01-07T15:00:00.000Z"],
    ["5-hour limit reached ∙ resets 2:15pm", "2026-01-08T14:15:00.000Z"],
    ["limit reached, resets 12am", "2026-01-08T00:00:00.000Z"],
    ["You've hit your limit · resets 5pm (Europe/Berlin)", "2026-01-07T16:00:00.000Z"],
    ["try again at 15:45", "2026-01-07T15:45:00.000Z"],
    ["Try again later.", null],
    ["it resets 3 times", null],
    ["resets 25:99", null],
  ])("%s", (message, reset) => {
    expect(findReset(message, NOW, "UTC")).toBe(reset);
  });

  test("a time of day is one of the zone that is given", () => {
    expect(findReset("resets 3pm", NOW, "America/New_York")).toBe("2026-01-07T20:00:00.000Z");
    expect(findReset("resets 3pm (Nowhere/Else)", NOW, "UTC")).toBe("2026-01-07T15:00:00.000Z");
  });

  test.each([
    ["Too many requests", undefined, true],
    ["whatever", 429, true],
    ["Your credit balance is too low", 400, true],
    ["invalid api key", 401, false],
    ["the file has a limit of 3 lines", undefined, false],
  ])("%s (%s)", (message, status, expected) => {
    expect(isLimit(message, status)).toBe(expected);
  });
});
