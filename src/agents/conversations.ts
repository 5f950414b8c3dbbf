/** Which conversation an agent began, by the files that it writes itself: for its own interface, whose output is not ours to read. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Harness } from "../ports/agents.ts";
import { objectOf, parseObject, textOf } from "./json-line.ts";
import { listConversations, type Place } from "./opencode-store.ts";

export interface Begun extends Place {
  since: Date;
}

/** The only conversation that was begun in the folder since then; null if there is none or more than one: an id is not guessed. */
export async function findConversation({ name, program }: Harness, begun: Begun): Promise<string | null> {
  const found =
    name === "codex" ? findRollouts(begun) : name === "opencode" ? await listConversations(program, begun) : [];
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** Whether there is a conversation of that id; null if that cannot be told. Only Claude Code is given ids: `projects/<folder>/<id>.jsonl` is its transcript. */
export function hasConversation({ name }: Harness, conversation: string, env: NodeJS.ProcessEnv): boolean | null {
  if (name !== "claude") return null;
  const root = join(env["CLAUDE_CONFIG_DIR"] || join(env["HOME"] ?? homedir(), ".claude"), "projects");
  try {
    return readdirSync(root).some((folder) => existsSync(join(root, folder, `${conversation}.jsonl`)));
  } catch {
    return null;
  }
}

/** The model that a conversation was last asked with. The others say it themselves. */
export function findModel({ name }: Harness, conversation: string, env: NodeJS.ProcessEnv): string | null {
  if (name !== "codex") return null;
  const file = listRollouts(rolloutsFolder(env), new Date(0)).find((path) => path.endsWith(`-${conversation}.jsonl`));
  if (file === undefined) return null;
  const turns = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.includes('"turn_context"'));
  return textOf(objectOf(parseObject(turns.at(-1) ?? "")?.["payload"])?.["model"]) ?? null;
}

function rolloutsFolder(env: NodeJS.ProcessEnv): string {
  return join(env["CODEX_HOME"] ?? join(env["HOME"] ?? homedir(), ".codex"), "sessions");
}

function findRollouts({ cwd, since, env }: Begun): string[] {
  return listRollouts(rolloutsFolder(env), since).flatMap((file) => {
    const meta = objectOf(parseObject(firstLine(file))?.["payload"]);
    const id = textOf(meta?.["id"]);
    return id !== undefined && meta?.["cwd"] === cwd ? [id] : [];
  });
}

/** `sessions/<year>/<month>/<day>/rollout-<time>-<id>.jsonl` */
function listRollouts(root: string, since: Date): string[] {
  try {
    return readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((name) => /(?:^|\/)rollout-[^/]*\.jsonl$/.test(name))
      .map((name) => join(root, name))
      .filter((file) => statSync(file).birthtimeMs >= since.getTime());
  } catch {
    return [];
  }
}

const FIRST_LINE_BYTES = 256 * 1024;

function firstLine(file: string): string {
  const fd = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(FIRST_LINE_BYTES);
    const length = readSync(fd, bytes, 0, bytes.length, 0);
    return bytes.subarray(0, length).toString("utf8").split("\n")[0] ?? "";
  } finally {
    closeSync(fd);
  }
}
