/** Many at once, each a process of its own. */
import { existsSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runIncr, spawnIncr } from "../support/incr.ts";
import { waitFor } from "../support/wait.ts";
import { openApproved, openDesk, STREAM } from "./desk.ts";

test("of 16 creates at once each gets a number of its own", async () => {
  const { repo, json, files } = await openDesk();
  const runs = await Promise.all(
    Array.from({ length: 16 }, (_, n) =>
      runIncr(["work", "create", "--name", `Same ${n % 4}`], { cwd: repo.root, env: repo.env }),
    ),
  );
  expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(runs.map(() => [0, ""]));
  const ids: string[] = json("index.json").streams.map(({ id }: any) => id);
  expect(ids.map((id) => id.slice(0, 3))).toEqual(Array.from({ length: 16 }, (_, n) => String(n + 1).padStart(3, "0")));
  expect(files()).toEqual([...ids.map((id) => `${id}/PLAN.md`), "index.json"].toSorted());
  expect(new Set(runs.map(({ stdout }) => stdout.slice(0, 3))).size).toBe(16);
});

test("of 64 updates at once none is lost", async () => {
  const { repo, json, write } = await openApproved();
  const task = (n: number) => ({ id: `01.01.01.${String(n + 1).padStart(2, "0")}`, name: `t${n}`, status: "pending" });
  write(
    `${STREAM}/tasks.json`,
    JSON.stringify({ version: "1.0.0", tasks: Array.from({ length: 64 }, (_, n) => task(n)) }),
  );
  const runs = await Promise.all(
    Array.from({ length: 64 }, (_, n) =>
      runIncr(["work", "update", "--task", `1.1.1.${n + 1}`, "--status", "completed", "--report", `r${n}`], {
        cwd: repo.root,
        env: repo.env,
      }),
    ),
  );
  expect(runs.map(({ code, stderr }) => [code, stderr.replaceAll(/^waiting for .*\n/gm, "")])).toEqual(
    runs.map(() => [0, ""]),
  );
  expect(json(`${STREAM}/tasks.json`).tasks.map(({ status, report }: any) => [status, report])).toEqual(
    Array.from({ length: 64 }, (_, n) => ["completed", `r${n}`]),
  );
});

test.each(["store:before-temp", "store:after-rename", "together:saved"])(
  "nobody's update is lost when the one who makes them for all is killed at %s",
  async (point) => {
    const { repo, json, files, read } = await openApproved();
    const flag = `${repo.root}/go`;
    const update = (n: number, env = {}) =>
      spawnIncr(["work", "update", "--task", `1.1.1.${n}`, "--status", "completed", "--report", `r${n}`], {
        cwd: repo.root,
        env: { ...repo.env, ...env },
      });
    const first = update(1, { INCR_FAULT_PAUSE: `together:begin=${flag}`, INCR_FAULT: point });
    await waitFor("the first to begin", () => existsSync(`${flag}.reached`));
    const others = [update(2), update(2)];
    await waitFor("the others' requests", () => files().filter((name) => name.endsWith(".request.tmp")).length === 2);
    writeFileSync(flag, "");
    expect(await first.finished).toMatchObject({ signal: "SIGKILL" });
    for (const { finished } of others) {
      expect(await finished).toMatchObject({ code: 0, stdout: expect.stringContaining("01.01.01.02  completed") });
    }
    const reports = json(`${STREAM}/tasks.json`).tasks.map(({ report }: any) => report);
    // Whether the one that was killed came so far
    const isSaved = point === "store:after-rename" || point === "together:saved";
    expect(reports.slice(0, 2)).toEqual([isSaved ? "r1" : undefined, "r2"]);
    expect(files().filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(read(`${STREAM}/tasks.json`)).toMatch(/\n$/);
  },
);
