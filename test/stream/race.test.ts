/** Many at once, each a process of its own. */
import { expect, test } from "vitest";
import { runIncr } from "../support/incr.ts";
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
