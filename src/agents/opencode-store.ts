/** Conversations of opencode as files: it exports and imports them, which is how one is made under an id of ours, and how one comes to another folder. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MOST_STARTS, pauseAfter } from "../domain/agent/restart.ts";
import { IncrError } from "../domain/error.ts";
import { countOf, objectOf, objectsIn, textOf } from "./json-line.ts";
import { findCollision } from "./opencode-collision.ts";
import { ChildStartError, runChild, type ChildResult } from "../process/child.ts";

export interface Place {
  /** Folder that the agent works in. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  now(): Date;
}

/** It reads and writes a database, which takes it a second or two. */
const TIMEOUT_MS = 60_000;

/** An empty conversation of the folder `cwd`. @param hex 32 random hexadecimal digits @returns its id @throws IncrError `command_failed` */
export async function makeConversation(program: string, hex: string, place: Place): Promise<string> {
  const id = `ses_${hex.slice(0, 26)}`;
  const now = place.now().getTime();
  const info = {
    id,
    slug: "incr",
    // Folder and project become those that it is imported in.
    projectID: "global",
    directory: place.cwd,
    title: "New session",
    version: "1",
    time: { created: now, updated: now },
  };
  await importFile(program, JSON.stringify({ info, messages: [] }), place);
  return id;
}

/** Makes the folder `cwd` the conversation's own. @throws IncrError `not_found`, `command_failed` */
export async function moveConversation(program: string, id: string, place: Place): Promise<void> {
  const { code, stdout, stderr } = await run(program, ["export", id], place);
  if (code !== 0) {
    if (/not found/i.test(stderr)) throw new IncrError("not_found", `opencode does not know the conversation ${id}`);
    throw failure(`export ${id}`, stderr);
  }
  await importFile(program, stdout, place);
}

/** Ids of the conversations that were begun in the folder since a time; none if it does not tell. */
export async function listConversations(program: string, place: Place & { since: Date }): Promise<string[]> {
  const { code, stdout } = await run(program, ["session", "list", "--format", "json", "-n", "50"], place);
  const text = stdout.toString("utf8");
  if (code !== 0 || !text.trimStart().startsWith("[")) return [];
  return objectsIn(JSON.parse(text)).flatMap((one) => {
    const created = countOf(one["created"] ?? objectOf(one["time"])?.["created"]);
    const id = textOf(one["id"]);
    return id !== undefined && one["directory"] === place.cwd && created >= place.since.getTime() ? [id] : [];
  });
}

async function importFile(program: string, content: string | Uint8Array, place: Place): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "incr-opencode-"));
  try {
    const file = join(folder, "conversation.json");
    writeFileSync(file, content, { mode: 0o600 });
    const { code, stderr } = await run(program, ["import", file], place);
    if (code !== 0) throw failure("import", stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(program: string, args: string[], place: Place): Promise<ChildResult> {
  for (let starts = 1; ; starts += 1) {
    const result = await runOnce(program, args, place);
    const collided = result.code !== 0 && result.signal === null && findCollision(result.stderr.split("\n")) !== null;
    if (!collided || starts === MOST_STARTS) return result;
    await sleep(pauseAfter(starts, 0));
  }
}

async function runOnce(program: string, args: string[], { cwd, env }: Place): Promise<ChildResult> {
  try {
    return await runChild(program, args, { cwd, env: { ...env, PWD: cwd }, timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (error instanceof ChildStartError) throw failure(args[0] ?? "", error.message);
    throw error;
  }
}

function failure(what: string, words: string): IncrError {
  const lines = words.trim().split("\n");
  const why = findCollision(lines) ?? lines.at(-1) ?? "";
  return new IncrError("command_failed", `opencode ${what} failed: ${why}`, { hint: "opencode session list" });
}
