/** A disk that fills up: a small tmpfs, in a namespace of its own. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runProcess } from "../support/process.ts";
import { bundleScript } from "../support/script.ts";
import { makeTempDir } from "../support/temp.ts";

/** Runs transactions until the disk is full, and then looks at what is there. */
const SCRIPT = `
  mount -t tmpfs -o size="$SIZE" tmpfs "$DIR" || exit
  "$NODE" "$WORKER" '{"do":"fill","dir":"'"$DIR"'","times":500,"finish":'"$FINISH"'}'
  echo $?
  "$NODE" "$WORKER" '{"do":"report","dir":"'"$DIR"'"}'
  ls -A "$DIR"
`;

const canMount = process.platform === "linux" && (hasNamespaces() || process.env["CI"] !== undefined);

describe.skipIf(!canMount)("a full disk (needs unshare -rm)", () => {
  test.each([
    ["64k", false],
    ["100k", false],
    ["64k", true],
    ["100k", true],
    ["128k", true],
  ])("of %s refuses the save, and nothing is broken or left over (finishing: %s)", async (size, finish) => {
    const dir = join(makeTempDir(), "disk");
    mkdirSync(dir);
    const worker = await bundleScript(new URL("worker.ts", import.meta.url));
    const env = { NODE: process.execPath, WORKER: worker, DIR: dir, SIZE: size, FINISH: String(finish) };
    const run = await runProcess("unshare", ["-rm", "sh", "-c", SCRIPT], { env });
    const [error, exit, report, ...files] = run.stdout.trim().split("\n");
    const { code, message, hint } = JSON.parse(error!) as Record<string, string>;
    expect(code).toBe("io");
    expect(message).toMatch(
      /^cannot (save|append to) .*(state\.json|history\/sessions\.jsonl): no space left on device$/,
    );
    expect(hint).toBe("free some space, then try again; nothing was changed");
    expect(exit).toBe("1");
    expect(files.filter((name) => name.endsWith(".tmp"))).toEqual([]);
    // All that was saved before is there, once, and nothing else
    const { keys, bad } = JSON.parse(report!) as { keys: string[]; bad: unknown[] };
    expect(bad).toEqual([]);
    expect(keys.length).toBeGreaterThan(5);
    expect(keys.toSorted()).toEqual(keys.map((_, n) => `app/s${n}`).toSorted());
  });
});

function hasNamespaces(): boolean {
  try {
    execFileSync("unshare", ["-rm", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
