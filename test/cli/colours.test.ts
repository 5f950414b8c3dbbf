/** What is shown on a terminal, where it is painted. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openTeam } from "../stream/team.ts";
import { openPane } from "../support/tmux.ts";

/** Each of them with something to show. */
const COMMANDS = [
  "status",
  "doctor",
  "todo list",
  "todo ready",
  "todo show TODO",
  "session list",
  "session show SESSION",
  "workspace list",
  "workspace show ws-001",
  "rescue list",
  "agent list --all",
  "job list --all",
  "journal list",
  "workflow list",
  "hello < /dev/null",
  "work status --sessions",
  "work tree",
  "work list",
  "work preview",
  "work validate",
  "work read 1.1.1",
  "work agents",
];

test("no command shows the codes of its own colours", async () => {
  const team = await openTeam();
  team.does({ "01.01.01": [{ run: "echo one > one.txt" }], "01.01.02": [{ fail: "the model is gone" }] });
  await team.term.fails(1, "work multi --batch 1.1 --headless");
  const { session } = await team.term.json("incr session start --title 'Another' --json");
  await team.term.ok("incr workflow set deploy building");
  await team.term.ok("incr log 'tried it'");
  const pane = await openPane(["bash", "--norc", "--noprofile"], {
    cwd: team.root,
    env: { ...team.term.env, PS1: "$ " },
  });
  const shown = join(team.dir, "shown");
  const lines = COMMANDS.map((line) => `incr ${line.replace("TODO", session.todo_id).replace("SESSION", session.id)}`);
  await pane.enter(`script -qec ${JSON.stringify(lines.join("; "))} ${shown}; echo all is shown`);
  await pane.see(/^all is shown$/m);
  const text = readFileSync(shown, "utf8");
  expect(text).toContain("\u001B[");
  expect(text).not.toContain("␛");
  expect(text).not.toContain("error: ");
});
