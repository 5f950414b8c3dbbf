import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closest } from "../../src/cli/suggest.ts";
import { readConfigValues } from "../../src/domain/config-file.ts";
import { commandsOf, resolveConfig } from "../../src/domain/config.ts";

const read = (raw: Record<string, unknown>) => readConfigValues(raw, closest);

const WHOLE = {
  workspace: {
    base: "main",
    "on-create": ["npm ci"],
    "on-acquire": ["make"],
    copy: [".env", "a/b"],
    "clean-ignored": true,
  },
  agent: { harness: "claude", "time-limit": "90s", "silence-limit": "1h30m" },
  job: {
    "test-commands": ["npm test"],
    harness: "codex",
    "implementation-model": "x/y",
    "code-review-model": "x/z",
    "project-review-model": "x",
    "max-rounds": 3,
    "time-limit": "24d",
    "max-cost-usd": 2.5,
  },
  stream: { "max-parallel": 8 },
};

describe("what a configuration file says", () => {
  it("is taken as it is, with lengths of time in milliseconds", () => {
    const { values, unknown, issues } = read(WHOLE);
    expect({ unknown, issues }).toEqual({ unknown: [], issues: [] });
    expect(resolveConfig([values])).toEqual({
      workspace: { base: "main", onCreate: ["npm ci"], onAcquire: ["make"], copy: [".env", "a/b"], cleanIgnored: true },
      agent: { harness: "claude", timeLimitMs: 90_000, silenceLimitMs: 5_400_000, keepLogsMs: 2_592_000_000 },
      job: {
        testCommands: ["npm test"],
        harness: "codex",
        implementationModel: "x/y",
        codeReviewModel: "x/z",
        projectReviewModel: "x",
        maxRounds: 3,
        timeLimitMs: 24 * 86_400_000,
        maxCostUsd: 2.5,
      },
      stream: { maxParallel: 8 },
    });
  });

  it("has defaults for what it does not say", () => {
    expect(resolveConfig([])).toEqual({
      workspace: { onCreate: [], onAcquire: [], copy: [], cleanIgnored: false },
      agent: { harness: "opencode", timeLimitMs: 3_600_000, silenceLimitMs: 1_200_000, keepLogsMs: 2_592_000_000 },
      job: { testCommands: [], harness: "opencode", maxRounds: 20, timeLimitMs: 14_400_000 },
      stream: { maxParallel: 4 },
    });
    expect(resolveConfig([{ agent: { harness: "codex" } }]).job.harness).toBe("codex");
  });

  it("is overridden key by key, lists as a whole", () => {
    const user = { workspace: { base: "main", "on-create": ["a", "b"] }, agent: { "time-limit": "5m" } };
    const repo = { workspace: { "on-create": [] }, job: { "max-rounds": 2 } };
    const flags = { job: { "max-rounds": 1 } };
    const config = resolveConfig([user, repo, flags]);
    expect(config.workspace).toMatchObject({ base: "main", onCreate: [] });
    expect(config.agent.timeLimitMs).toBe(300_000);
    expect(config.job.maxRounds).toBe(1);
  });

  it("names its commands", () => {
    expect(commandsOf(read(WHOLE).values)).toEqual({
      "workspace.on-create": ["npm ci"],
      "workspace.on-acquire": ["make"],
      "job.test-commands": ["npm test"],
    });
    expect(commandsOf({ workspace: { "on-create": [] }, agent: { harness: "claude" } })).toEqual({});
  });

  it.each<[Record<string, unknown>, string, string]>([
    [{ workspace: 1 }, "workspace", "must be a table: write [workspace] on a line of its own"],
    [{ workspace: [{}] }, "workspace", "must be a table"],
    [{ job: new Date() }, "job", "must be a table"],
    [{ workspace: { "on-create": "npm ci" } }, "workspace.on-create", 'must be a list such as ["npm ci"]'],
    [{ workspace: { "on-create": ["npm ci", 1] } }, "workspace.on-create", 'must be text such as "npm ci"'],
    [{ workspace: { "on-create": [" "] } }, "workspace.on-create", 'must be text such as "npm ci"'],
    [{ workspace: { base: "" } }, "workspace.base", 'must be text such as "main"'],
    [{ workspace: { base: "--upload-pack=x" } }, "workspace.base", "must be a branch, tag or commit"],
    [{ workspace: { "clean-ignored": "yes" } }, "workspace.clean-ignored", "must be true or false"],
    [{ agent: { harness: "emacs" } }, "agent.harness", 'must be one of "opencode", "claude", "codex"'],
    [{ agent: { "time-limit": 60 } }, "agent.time-limit", 'must be a length of time such as "90s", "20m" or "1h"'],
    [{ agent: { "time-limit": "0" } }, "agent.time-limit", "must be a length of time"],
    [{ agent: { "time-limit": "25d" } }, "agent.time-limit", "up to 24d"],
    [{ agent: { "silence-limit": "soon" } }, "agent.silence-limit", "must be a length of time"],
    [{ job: { "max-rounds": 0 } }, "job.max-rounds", "must be a whole number from 1, such as 20"],
    [{ job: { "max-rounds": 1.5 } }, "job.max-rounds", "must be a whole number from 1"],
    [{ job: { "max-cost-usd": "2" } }, "job.max-cost-usd", "must be a number of dollars such as 2.5"],
    [{ job: { "max-cost-usd": Infinity } }, "job.max-cost-usd", "must be more than 0"],
    [{ stream: { "max-parallel": -1 } }, "stream.max-parallel", "must be a whole number from 1"],
  ])("is refused when it is %j", (raw, key, message) => {
    const { issues } = read(raw);
    expect(issues.map(({ path }) => path.join("."))).toEqual([key]);
    expect(issues[0]?.message).toContain(message);
  });

  it.each(["/etc/passwd", "..", "../secret", "a/../../b", "a/..", ".", "./", "a\0b"])("does not copy %j", (path) => {
    expect(read({ workspace: { copy: [path] } }).issues).toHaveLength(1);
  });

  it.each([".env", "a/b/.env", "..env", "a..b", "certs/"])("copies %j", (path) => {
    expect(read({ workspace: { copy: [path] } }).issues).toEqual([]);
  });

  it.each<[Record<string, unknown>, string, string | undefined]>([
    [{ workspace: { "on-crate": [] } }, "workspace.on-crate", "on-create"],
    [{ workspace: { on_create: [] } }, "workspace.on_create", "on-create"],
    [{ workspace: { onCreate: [] } }, "workspace.onCreate", "on-create"],
    [{ agent: { "test-commands": [] } }, "agent.test-commands", "job.test-commands"],
    [{ base: "main" }, "base", "workspace.base"],
    [{ jobs: {} }, "jobs", "job"],
    [{ workspace: { colour: 1 } }, "workspace.colour", undefined],
    [{ editor: "vi" }, "editor", undefined],
    [{ constructor: 1 }, "constructor", undefined],
    [{ workspace: { toString: 1 } }, "workspace.toString", undefined],
  ])("tells of keys that mean nothing: %j", (raw, key, near) => {
    const { values, unknown, issues } = read(raw);
    expect(issues).toEqual([]);
    expect(unknown.map(({ path, near }) => [path.join("."), near])).toEqual([[key, near]]);
    expect(resolveConfig([values])).toEqual(resolveConfig([]));
  });

  it("never makes the program stumble, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("workspace", "agent", "job", "stream", "__proto__", "x"), fc.anything()),
        (raw) => {
          const { values, issues } = read(raw);
          if (issues.length === 0) expect(Number.isFinite(resolveConfig([values]).agent.timeLimitMs)).toBe(true);
        },
      ),
    );
  });
});
