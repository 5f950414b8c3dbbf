/** `work/agents.yaml`. The parser is loaded when there is a file to parse; a change keeps what people wrote around it. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Document } from "yaml";
import { IncrError } from "../domain/error.ts";
import { readAgentsFile, type Agent, type AgentsFile } from "../domain/stream/agents.ts";
import { replaceFile } from "../store/atomic-file.ts";
import { orIoError } from "../store/io-error.ts";
import { withLock, type LockOptions } from "../store/lock.ts";
import { readTextFile } from "./text-file.ts";

const HEADER = `# The agents that threads can be given to: \`work assign --thread 01.01.01 --agent <name>\`
agents: []
`;

/** Null if there is no file. Errors: `corrupt` with the place, `io`. */
export async function readAgentsYaml(path: string): Promise<AgentsFile | null> {
  const text = readTextFile(path);
  return text === null ? null : (await parse(path, text)).value;
}

/** Adds the agent, or replaces the one of that name. Errors: `busy`, `corrupt`, `io`. */
export async function putAgentYaml(path: string, lockPath: string, lock: LockOptions, agent: Agent): Promise<void> {
  await change(path, lockPath, lock, (document, value) => {
    const index = value.agents.findIndex(({ name }) => name === agent.name);
    if (!document.has("agents")) document.set("agents", []);
    const list = document.get("agents") as { flow?: boolean };
    list.flow = false;
    if (index < 0) document.addIn(["agents"], document.createNode(agent));
    else
      for (const [key, each] of Object.entries(agent))
        document.setIn(["agents", index, key], document.createNode(each));
    return true;
  });
}

/** False if there is none of that name. Errors: `busy`, `corrupt`, `io`. */
export async function removeAgentYaml(
  path: string,
  lockPath: string,
  lock: LockOptions,
  name: string,
): Promise<boolean> {
  if (!existsSync(path)) return false;
  return await change(path, lockPath, lock, (document, value) => {
    const index = value.agents.findIndex((agent) => agent.name === name);
    return index >= 0 && document.deleteIn(["agents", index]);
  });
}

async function change(
  path: string,
  lockPath: string,
  lock: LockOptions,
  decide: (document: Document, value: AgentsFile) => boolean,
): Promise<boolean> {
  return await withLock(lockPath, lock, async () => {
    const { document, value } = await parse(path, readTextFile(path) ?? HEADER);
    if (!decide(document, value)) return false;
    orIoError(`make ${dirname(path)}`, path, () => mkdirSync(dirname(path), { recursive: true }));
    replaceFile(path, document.toString({ lineWidth: 0 }), { mode: "keep", fsync: true });
    return true;
  });
}

async function parse(path: string, text: string): Promise<{ document: Document; value: AgentsFile }> {
  const { LineCounter, parseDocument } = (await import("yaml")).default;
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    const what = error.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "");
    throw new IncrError("corrupt", `${path} is not YAML: ${what} at line ${line}, column ${col}`, {
      hint: `mend ${path}`,
      data: { path, line, column: col },
    });
  }
  const read = readAgentsFile(document.toJS());
  if (read.ok) return { document: document as unknown as Document, value: read.value };
  const { path: key, message } = read.issue;
  throw new IncrError("corrupt", `${path} has the wrong shape${key === "" ? "" : ` at ${key}`}: ${message}`, {
    hint: `mend ${path}`,
    data: { path, json_path: key },
  });
}
