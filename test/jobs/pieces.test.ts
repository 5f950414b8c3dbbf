/** The files in which agents answer, and what is kept of what a test command prints. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readAnswer, removeAnswer, writeAnswer } from "../../src/jobs/answers.ts";
import { startTest } from "../../src/jobs/tests.ts";
import { keepOutput } from "../../src/usecases/job/output.ts";
import { makeTempDir } from "../support/temp.ts";

describe("an answer", () => {
  const NAME = ".incr-review";
  test.each<[string, (path: string) => void]>([
    ["a link to somewhere else", (path) => symlinkSync("/etc/hostname", path)],
    ["a folder", (path) => mkdirSync(path)],
    ["more than anybody would write", (path) => writeFileSync(path, "x".repeat(1024 * 1024 + 1))],
    ["nothing", () => {}],
  ])("is none if it is %s, and that goes when it is removed", (_, make) => {
    const folder = makeTempDir();
    make(join(folder, NAME));
    expect(readAnswer(folder, NAME)).toBeNull();
    removeAnswer(folder, NAME);
    expect(existsSync(join(folder, NAME))).toBe(false);
  });

  test("is read as it was written, in place of whatever stands there", () => {
    const folder = makeTempDir();
    symlinkSync(join(folder, "elsewhere"), join(folder, NAME));
    writeAnswer(folder, NAME, "ACCEPT\n\nä");
    expect(readAnswer(folder, NAME)).toBe("ACCEPT\n\nä");
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
  });

  test("that cannot be read is an error, not a missing one", () => {
    const folder = makeTempDir();
    writeFileSync(join(folder, "file"), "");
    expect(() => readAnswer(join(folder, "file"), NAME)).toThrow(/cannot read .*ENOTDIR/);
  });
});

describe("what a test command prints", () => {
  const keep = () => {
    const told: string[] = [];
    return { told, ...keepOutput((text) => told.push(text)) };
  };

  test("is told as it comes, and its end is kept", () => {
    const output = keep();
    output.add("one\n");
    output.add("two\n\n");
    output.end();
    expect([output.told, output.tail()]).toEqual([["one\n", "two\n\n"], "one\ntwo"]);
  });

  test("is cut to its last lines, whole ones if that is possible", () => {
    const output = keep();
    for (let n = 0; n < 1000; n += 1) output.add(`line ${n}\n`);
    expect(output.tail().split("\n")).toHaveLength(200);
    expect(output.tail().endsWith("line 998\nline 999")).toBe(true);
    const long = keep();
    long.add(`${"x".repeat(10_000)}\n${"y".repeat(10_000)}\n`);
    expect(long.tail()).toBe("y".repeat(10_000));
    const endless = keep();
    endless.add("z".repeat(50_000));
    expect(endless.tail()).toBe("z".repeat(16_000));
  });

  test("is left out in the middle if there is no end of it", () => {
    const output = keep();
    for (let n = 0; n < 300; n += 1) output.add(`${"x".repeat(9_999)}\n`);
    output.add("the end\n");
    output.end();
    const text = output.told.join("");
    expect(text.length).toBeLessThan(1_100_000);
    expect(text).toMatch(/… \d+ characters left out …\n/);
    expect(text.endsWith("the end\n")).toBe(true);
  });

  test("comes in whole lines from both streams, the last one too if it has no end", async () => {
    const told: string[] = [];
    const { ended } = await startTest(
      {
        command: "printf 'a\\nb'; printf 'c\\n'; printf 'd' >&2; echo $MARK; exit 3",
        cwd: makeTempDir(),
        env: { MARK: "here" },
        onOutput: (text) => told.push(text),
      },
      process.env,
    );
    expect(await ended).toEqual({ code: 3, signal: null });
    expect(
      told
        .join("|")
        .split(/[|\n]/)
        .filter(Boolean)
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(["a", "bc", "d", "here"]);
  });

  test("is waited for only a moment when something in the background holds the streams open", async () => {
    const { ended, pid } = await startTest(
      { command: "sleep 30 & echo $!; exit 0", cwd: makeTempDir(), env: {}, onOutput: () => {} },
      process.env,
    );
    expect(await ended).toEqual({ code: 0, signal: null });
    process.kill(-pid, "SIGKILL");
  });

  test("is none where there is no folder to run in", async () => {
    const launch = { command: "true", cwd: "/nowhere/at/all", env: {}, onOutput: () => {} };
    await expect(startTest(launch, process.env)).rejects.toMatchObject({ code: "command_failed" });
  });
});
