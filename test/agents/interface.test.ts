/** `incr agent run --tui` at a real terminal: the agent's own interface, tracked like any other run. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasProgram } from "../../scripts/programs.mjs";
import { openPane } from "../support/tmux.ts";
import { waitFor } from "../support/wait.ts";
import { openCrew, type Crew } from "./crew.ts";

const OTHER = "11111111-2222-4333-8444-55555555555";
const STEPS = (steps: object[]) => `@${JSON.stringify(steps)}`;

async function open(crew: Crew, cwd: string, steps: object[]) {
  const env = { ...crew.term.env, FAKE_AGENT_STEPS: STEPS(steps), PS1: "$ " };
  return await openPane(["bash", "--norc", "--noprofile"], { cwd, env, width: 140 });
}

describe.skipIf(!hasProgram("tmux"))("incr agent run --tui", () => {
  test("works under the lease of the workspace, and keeps session and lease when it exits", async () => {
    const crew = await openCrew();
    const attempt = await crew.start();
    const before = crew.workspace();
    const pane = await open(crew, attempt.path, [{ run: "tty > tty.txt" }, { exit: 0 }]);
    await pane.enter("incr agent run --harness opencode --tui; echo ended $?");
    await pane.see("ended 0");
    const record = await crew.last();
    expect(record).toMatchObject({
      status: "completed",
      interactive: true,
      harness: "opencode",
      session_id: attempt.id,
      agent_session_id: expect.stringMatching(/^ses_/),
      exit_code: 0,
    });
    // An empty conversation of ours is what it is opened with.
    const [made, opened] = crew.starts();
    expect(made?.args[0]).toBe("import");
    expect(opened).toMatchObject({ args: ["--session", record.agent_session_id], cwd: attempt.path });
    expect(opened?.env).toMatchObject({ INCR_LEASE_ID: attempt.leaseId, INCR_AGENT_SESSION_ID: record.id });
    expect(crew.workspace()).toEqual(before);
    expect(await crew.session(attempt.id)).toMatchObject({ status: "active" });

    await pane.enter("clear; incr agent resume; echo again $?");
    await pane.see("again 0");
    expect(await crew.last()).toMatchObject({ id: record.id, runs: 2, status: "completed", interactive: true });
    expect(crew.starts().at(-1)?.args).toEqual(["--session", record.agent_session_id]);
  });

  test("elsewhere gives the person a workspace, which stays", async () => {
    const crew = await openCrew();
    const pane = await open(crew, crew.root, [{ exit: 3 }]);
    await pane.enter("incr agent run --harness claude --tui 'Look around'; echo ended $?");
    const screen = await pane.see("ended 3");
    expect(screen).toContain("ws-001 is yours until `incr workspace release ws-001`");
    expect(crew.starts()[0]?.args).toEqual(["--session-id", expect.any(String), "Look around"]);
    expect(await crew.last()).toMatchObject({
      status: "failed",
      reason: "exit",
      exit_code: 3,
      workspace_name: "ws-001",
      // Where its files do not tell, the id that it was given is believed.
      agent_session_id: crew.starts()[0]?.args[1],
    });
    expect(crew.workspace()).toMatchObject({ status: "acquired", lease: { kind: "held", holder: { type: "person" } } });
    await crew.term.ok("incr workspace release ws-001");

    const folder = "$HOME/.claude/projects/-x";
    const here = "incr agent run --harness claude --tui --in-place";
    await pane.enter(`clear; mkdir -p ${folder}; ${here}; echo unused $?`);
    await pane.see("unused 3");
    expect((await crew.last()).agent_session_id).toBe(null);
    const wait = `until [ -e ${crew.dir}/go ]; do sleep 0.02; done`;
    const write = `for f in ${crew.agentHome}/*-*-*; do touch "${folder}/\${f##*/}.jsonl"; done`;
    await pane.enter(`clear; FAKE_AGENT_STEPS='${STEPS([{ run: `${write}; ${wait}` }])}' ${here}; echo used $?`);
    // As soon as it is there.
    const known = await waitFor("its conversation", async () => {
      const record = await crew.last();
      return typeof record.agent_session_id === "string" ? record : undefined;
    });
    expect(known).toMatchObject({ status: "active", agent_session_id: crew.starts().at(-1)?.args[1] });
    expect(known).not.toHaveProperty("chosen_session_id");
    writeFileSync(join(crew.dir, "go"), "");
    await pane.see("used 0");
    expect(await crew.last()).toMatchObject({ status: "completed", agent_session_id: known.agent_session_id });
  });

  test("has a conversation once it is written down, whatever the agent's own hook has told before", async () => {
    const crew = await openCrew();
    const folder = join(crew.dir, "claude/projects/-x");
    mkdirSync(folder, { recursive: true });
    crew.term.env["CLAUDE_CONFIG_DIR"] = join(crew.dir, "claude");
    // Of the agent, whose process has to be known: else the one with another id may be something that it runs.
    const hook = (number: number, code: string) => [
      `until grep -qw "child_pid\\": *$PPID" ${crew.stateDir}/state.json; do sleep 0.02; done`,
      `tell() { echo '{"session_id":"'$1'","cwd":"${crew.root}","transcript_path":"/x/projects/x.jsonl"}' | incr hook session-start; }`,
      `write() { : > ${folder}/$1.jsonl; }`,
      `own=$(sed -n 's/.*"--session-id","\\([^"]*\\)".*/\\1/p' ${crew.agentHome}/starts.jsonl | tail -n 1)`,
      `other=${OTHER}${number}`,
      code,
    ];
    const pane = await open(crew, crew.root, [{ run: `exec sh ${crew.dir}/hook.sh` }]);
    const cases = [
      ["tell $own", () => null],
      ["tell $own; write $own", (own: string) => own],
      // Another one is begun in the same interface, and left at once; or not.
      ["tell $own; write $own; tell $other", (own: string) => own],
      ["tell $own; write $own; tell $other; write $other", () => `${OTHER}3`],
      ["tell $other", () => null],
    ] as const;
    for (const [number, [code, expected]] of cases.entries()) {
      writeFileSync(join(crew.dir, "hook.sh"), `${hook(number, code).join("\n")}\n`);
      await pane.enter(`clear; incr agent run --harness claude --tui --in-place; echo ended${number} $?`);
      await pane.see(`ended${number} 0`);
      const record = await crew.last();
      expect(record.agent_session_id, code).toBe(expected(crew.starts().at(-1)?.args[1] ?? ""));
      expect(record).not.toHaveProperty("chosen_session_id");
    }
  });

  test("is not left alone when it cannot be recorded that it runs", async () => {
    const crew = await openCrew();
    const [gate, go, file] = [join(crew.dir, "gate"), join(crew.dir, "go"), join(crew.stateDir, "state.json")];
    const pane = await open(crew, crew.root, [{ run: `until [ -e ${go} ]; do sleep 0.02; done` }]);
    await pane.enter(
      `INCR_FAULT_PAUSE=agent:starting=${gate} incr agent run --harness codex --tui --in-place; echo ended $?`,
    );
    await waitFor("its start", () => existsSync(`${gate}.reached`));
    const state = readFileSync(file);
    writeFileSync(file, "broken");
    writeFileSync(gate, "");
    await pane.see("the agent runs, and its process was not recorded");
    writeFileSync(file, state);
    writeFileSync(go, "");
    await pane.see("ended 0");
    expect(await crew.last()).toMatchObject({ status: "completed", exit_code: 0 });
  });

  test("can be ended from elsewhere, and ends with its terminal", async () => {
    const crew = await openCrew();
    const pane = await open(crew, crew.root, [{ stay: true }]);
    await pane.enter("incr agent run --harness codex --tui --in-place; echo ended $?");
    const { id } = await waitFor("the session", async () => (crew.starts().length > 0 ? await crew.last() : undefined));
    expect(await crew.term.fails(4, `incr agent resume ${id} hi`)).toContain("runs already");
    await crew.term.ok(`incr agent kill ${id}`);
    await pane.see(/ended \d+/);
    expect(await crew.last()).toMatchObject({ id, status: "killed", reason: "kill" });

    await pane.enter("clear; incr agent run --harness codex --tui --in-place");
    await waitFor("the second", () => crew.starts().length === 2);
    await pane.close();
    const ended = await waitFor("its end", async () => {
      const record = await crew.last();
      return record.id !== id && record.status !== "active" ? record : undefined;
    });
    expect(ended).toMatchObject({ status: "killed" });
  });
});
