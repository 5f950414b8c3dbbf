/** A todo that a session works on is left to the session. */
import { expect, test } from "vitest";
import { makeRepo } from "../support/repo.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";

async function holdTodo(): Promise<{ term: Terminal; id: string; session: string }> {
  const term = openTerminal(await makeRepo());
  const id = await term.ok("incr todo create 'Fix the login' 2>/dev/null");
  const { session } = await term.json(`incr session start ${id} --json`);
  return { term, id, session: session.id };
}

test("others cannot start, finish, close, reopen or delete it, and are told who has it", async () => {
  const { term, id, session } = await holdTodo();
  const before = await term.ok("git rev-parse refs/incr/todos");
  for (const line of ["start", "finish", "done", "close", "reopen", "delete", "update --status waiting"]) {
    const stderr = await term.fails(4, `incr todo ${line} ${id}`);
    expect(stderr.replace(/since \S+/, "since <time>")).toBe(
      `error: todo ${id} is held by session ${session} in ws-001 since <time>\n` +
        `hint: incr session done ${id}, or --force to change the todo all the same\n`,
    );
  }
  expect(await term.ok("git rev-parse refs/incr/todos")).toBe(before);
  expect(await term.json(`incr todo show ${id} --json`)).toMatchObject({
    todo: { status: "in_progress" },
    holder: { type: "session", id: session, workspace: "ws-001" },
  });
  expect(await term.ok(`incr todo show ${id}`)).toContain(`held by   session ${session} in ws-001 for `);
});

test("under a run it is told what ends that: to the command itself not to wait for itself", async () => {
  const term = openTerminal(await makeRepo());
  const id = await term.ok("incr todo create 'Fix the login' 2>/dev/null");
  const finish = `incr todo finish ${id}`;
  const { code, stdout, stderr } = await term.run(
    `incr session run ${id} -- bash -c 'incr todo show ${id} --json; env -u INCR_LEASE_ID ${finish}; incr session done ${id}; incr wait --timeout 9s $INCR_SESSION_ID; ${finish}'`,
  );
  const [{ id: session }] = (await term.json("incr session list --json")).sessions;
  expect(code).toBe(4);
  expect(JSON.parse(stdout).holder).toMatchObject({ id: session, lease_kind: "process", own: true });
  expect(stderr.match(/^hint: .*/gm)).toEqual([
    `hint: incr wait ${session}, or --force to change the todo all the same`,
    "hint: its session ends with this command: done if it ends with 0, failed if not",
    "hint: leave it out",
    "hint: it is done when the command of this run ends with 0, or --force to change the todo all the same",
  ]);
  expect(stderr).toContain(`error: session ${session} ends only after this command, which is part of it`);
});

test("not one of several is changed when one is held", async () => {
  const { term, id } = await holdTodo();
  const free = await term.ok("incr todo create 'Free' 2>/dev/null");
  await term.fails(4, `incr todo finish ${free} ${id}`);
  expect((await term.json(`incr todo show ${free} --json`)).todo.status).toBe("open");
});

test("anybody can reword it meanwhile", async () => {
  const { term, id } = await holdTodo();
  await term.ok(`incr todo update ${id} --title 'Fix the logout' --priority 0`);
  expect((await term.json(`incr todo show ${id} --json`)).todo).toMatchObject({
    title: "Fix the logout",
    status: "in_progress",
  });
});

test("--force changes it, says who still works on it, and leaves the session alone", async () => {
  const { term, id, session } = await holdTodo();
  const { stdout, stderr } = await term.run(`incr todo close ${id} --force`);
  expect(stdout).toBe(`${id}  closed  Fix the login\n`);
  expect(stderr).toBe(`todo ${id} is closed now; session ${session} in ws-001 still works on it\n`);
  expect((await term.json("incr session list --json")).sessions).toMatchObject([{ id: session, status: "active" }]);
});

test("when the session has ended it is free", async () => {
  const { term, id } = await holdTodo();
  await term.ok(`incr session fail ${id}`);
  expect(await term.ok(`incr todo finish ${id}`)).toBe(`${id}  done  Fix the login`);
});
