import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { approvalsOf, approve, findApproval, revoke, type Trust } from "../../src/domain/trust.ts";

const NOW = "2026-01-07T14:30:00.000Z";
const EMPTY: Trust = { version: 1, files: {} };
const file = (sha256: string, path = "/r/incr.toml") => ({
  path,
  sha256,
  commands: { "job.test-commands": ["npm test"] },
});

describe("consent", () => {
  it("is given to one content of one file", () => {
    const trust = approve(EMPTY, file("a"), NOW);
    expect(findApproval(trust, file("a"))).toEqual({ sha256: "a", approved_at: NOW, commands: file("a").commands });
    expect(findApproval(trust, file("b"))).toBeUndefined();
    expect(findApproval(trust, file("a", "/copy/incr.toml"))).toBeUndefined();
    expect(EMPTY.files).toEqual({});
  });

  it("is kept for earlier contents, the newest first, up to ten", () => {
    const contents = Array.from({ length: 12 }, (_, index) => String(index));
    const trust = contents.reduce((trust, sha256) => approve(trust, file(sha256), NOW), EMPTY);
    expect(approvalsOf(trust, "/r/incr.toml").map(({ sha256 }) => sha256)).toEqual(contents.toReversed().slice(0, 10));
    const again = approve(trust, file("5"), "2026-01-08T00:00:00.000Z");
    expect(approvalsOf(again, "/r/incr.toml")).toHaveLength(10);
    expect(approvalsOf(again, "/r/incr.toml")[0]).toMatchObject({
      sha256: "5",
      approved_at: "2026-01-08T00:00:00.000Z",
    });
  });

  it("is taken back for one file, for all of its contents", () => {
    const trust = [file("a"), file("b"), file("a", "/other/incr.toml")].reduce(
      (trust, one) => approve(trust, one, NOW),
      EMPTY,
    );
    const revoked = revoke(trust, "/r/incr.toml");
    expect(approvalsOf(revoked, "/r/incr.toml")).toEqual([]);
    expect(findApproval(revoked, file("a", "/other/incr.toml"))).toBeDefined();
  });

  it("exists exactly for what was approved and not taken back, whatever the files are called", () => {
    const path = fc.constantFrom("/a", "/b", "__proto__", "constructor", "");
    const step = fc.record({ path, sha256: fc.constantFrom("1", "2", "3"), revoke: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), path, fc.constantFrom("1", "2", "3"), (steps, asked, sha256) => {
        let trust = EMPTY;
        const expected = new Set<string>();
        for (const { path, sha256, revoke: back } of steps) {
          trust = back ? revoke(trust, path) : approve(trust, file(sha256, path), NOW);
          if (back) for (const one of ["1", "2", "3"]) expected.delete(`${path} ${one}`);
          else expected.add(`${path} ${sha256}`);
        }
        const saved = JSON.parse(JSON.stringify(trust)) as Trust;
        expect(findApproval(saved, { path: asked, sha256 }) !== undefined).toBe(expected.has(`${asked} ${sha256}`));
      }),
    );
  });
});
