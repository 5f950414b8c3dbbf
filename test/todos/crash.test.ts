/** Writers that die, and disks that fill up: what was written is there, whole, and the next writer goes on. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { runProcess } from "../support/process.ts";
import { bundleScript, spawnScript } from "../support/script.ts";
import { makeTempDir } from "../support/temp.ts";
import { makeTodo } from "../support/todo.ts";
import { waitFor } from "../support/wait.ts";
import { loadedIds, makeTodoRepo, put, putIds, REF } from "./support.ts";

let worker: string;
beforeAll(async () => {
  worker = await bundleScript(new URL("worker.ts", import.meta.url));
});

test(
  "writers that are killed take nothing with them but what they were about to write",
  { timeout: 120_000 },
  async () => {
    const repo = await makeTodoRepo();
    await put(repo.todos, makeTodo("shared", { title: "0" }));
    const gitDir = join(repo.root, ".git");
    for (let round = 0; round < 6; round++) {
      const before = Number(await repo.git(["rev-list", "--count", REF]));
      const writers = [0, 1, 2].map((n) =>
        spawnScript(worker, { gitDir, lockDir: gitDir, name: `r${round}w${n}`, times: 10_000, size: 2_000 }),
      );
      // However far each of them is by then, it is in the middle of something.
      const progress = before + 3 + round;
      await waitFor("some changes", async () => Number(await repo.git(["rev-list", "--count", REF])) >= progress);
      for (const { pid } of writers) process.kill(pid, "SIGKILL");
      for (const { finished } of writers) expect((await finished).signal).toBe("SIGKILL");
    }
    // One look, since a git that outlived its parent may still be at the end of its work.
    const { version, ids, todos, problems } = await repo.todos.load();
    expect(problems).toEqual([]);
    // Every change made one todo and counted the shared one up.
    expect(todos.get("shared")).toMatchObject({ title: String(ids.length - 1) });
    expect(Number(await repo.git(["rev-list", "--count", version!]))).toBe(ids.length + 1);
    await repo.git(["fsck", "--strict", "--no-dangling"]);
    await putIds(repo.todos, "after");
    expect(await loadedIds(repo.todos)).toEqual(expect.arrayContaining([...ids, "after"]));
  },
);

/** Writes until the disk is full, makes room, and writes again. */
const SCRIPT = `
  mount -t tmpfs -o size="$SIZE" tmpfs "$DIR" && cd "$DIR" && git init --quiet && head -c 30000 /dev/zero > ballast || exit
  "$NODE" "$WORKER" '{"gitDir":"'"$DIR"'/.git","lockDir":"'"$DIR"'/.git","name":"first","times":1000,"size":10}'
  tip=$(git rev-parse ${REF})
  ls -A .git | grep -c crash
  rm ballast
  "$NODE" "$WORKER" '{"gitDir":"'"$DIR"'/.git","lockDir":"'"$DIR"'/.git","name":"second","times":1,"size":10}'
  git merge-base --is-ancestor "$tip" ${REF} && git fsck --strict --no-dangling >/dev/null 2>&1 && git ls-tree -r --name-only ${REF} | grep -c json
`;

const canMount = process.platform === "linux" && (hasNamespaces() || process.env["CI"] !== undefined);

describe.skipIf(!canMount)("a full disk (needs unshare -rm)", () => {
  test.each(["256k", "300k", "344k", "388k"])(
    "of %s refuses the change, keeps what was there and leaves no litter",
    async (size) => {
      const dir = join(makeTempDir(), "disk");
      mkdirSync(dir);
      const env = { NODE: process.execPath, WORKER: worker, DIR: dir, SIZE: size };
      const { stdout, stderr } = await runProcess("unshare", ["-rm", "sh", "-c", SCRIPT], { env });
      const [refused, crashes, second, count] = stdout.trim().split("\n");
      const { code, message } = JSON.parse(refused ?? "{}") as Record<string, string>;
      expect({ code, stderr }).toEqual({ code: expect.stringMatching(/^(git|io)$/), stderr: "" });
      expect(message).toMatch(/no space left on device/i);
      expect(crashes).toBe("0");
      expect(JSON.parse(second!)).toEqual({ decisions: 1 });
      expect(Number(count)).toBeGreaterThan(2);
      expect(readdirSync(dir)).toEqual([]);
    },
  );
});

function hasNamespaces(): boolean {
  try {
    execFileSync("unshare", ["-rm", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
