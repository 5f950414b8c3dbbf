/** What the journal has to hold after an agent has done as it was told; the same for all agents. */
import { expect } from "vitest";
import type { Desk } from "../journal/desk.ts";
import type { Model } from "../agents/model.ts";

/** A note that a shell would change if it could. */
export const NOTE = 'it\'s "mine": $(rm -rf x) `y` \\n 100%';

/** What the model fills in where the prompts leave it to the model. */
export const WORDS = { "THE NOTE": NOTE, SUMMARY: "Fixed the login", "WHAT IS LEFT": "Ship it" };

/** A journal with a past: something to be told to an agent that begins. */
export async function writePast(desk: Desk): Promise<void> {
  desk.at(hours(-1));
  await desk.ok(["hello"]);
  await desk.ok(["bye", "--summary", "Found the leak", "--todo", "Fix the leak"]);
}

/** The session that `hello`, `log` and `bye` of an agent make. */
export function expectSession(desk: Desk, agent: string): void {
  const { current_session: current, last_session: last, pending_todos: todos } = desk.state();
  expect(current).toBeNull();
  expect(last).toMatchObject({ summary: "Fixed the login", branch: "main" });
  expect(todos).toContain("Ship it");
  const { quick_notes: notes, ended_by, participants } = desk.report(last.id);
  expect(notes).toMatchObject([{ note: NOTE, by: agent }]);
  expect(ended_by).toBe("bye");
  const conversations = participants.map(({ name, kind, agent_session: id }: any) => [name, kind, typeof id]);
  expect(conversations).toEqual(["hello", "log", "bye"].map(() => [agent, "agent", "string"]));
  expect(desk.logs()).toContain(`\n${NOTE}\n`);
  expect(desk.read("work-shell.md")).toContain("Fixed the login");
}

/** The model of an agent that begins has been told once, and briefly, what stands in the journal. */
export function expectContext({ asked }: Model): void {
  const told = `${asked[0]?.system}\n${asked[0]?.user}`.split("Work journal of this repository (incr)");
  expect(told).toHaveLength(2);
  expect(told[1]).toMatch(/^[\s\S]{0,1500}Found the leak[\s\S]{0,300}- Fix the leak/);
}

/** The model has been told which skills about workstreams there are, and what for. */
export function expectSkills({ asked }: Model): void {
  const told = asked.map(({ system, user, tools }) => `${system}\n${user}\n${tools.join("\n")}`).join("\n");
  for (const skill of ["planning-workstreams", "implementing-workstreams"]) expect(told).toContain(skill);
}

/** A conversation that nobody closed is known: who, what it is called, that something was said in it, and that it is over. */
export async function expectKnown(desk: Desk, agent: string): Promise<void> {
  // Not read from the state: on a machine that is busy, what a hook tells may wait for the next command
  const { closed } = await desk.at(hours(1)).json(["hello"]);
  expect(closed).toMatchObject([
    {
      ended_by: "idle",
      participants: [
        { name: agent, kind: "agent", agent_session: expect.any(String), prompts: 1, left: expect.any(String) },
      ],
    },
  ]);
}

/** The time that it is then, as the agents' clocks have it. */
function hours(from: number): string {
  return new Date(Date.now() + from * 3_600_000).toISOString();
}
