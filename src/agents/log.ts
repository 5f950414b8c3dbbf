/** The logs of agent sessions, and others like them: one JSON event a line, only ever appended to. */
import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { agentEventSchema } from "../domain/agent/event.ts";
import { IncrError } from "../domain/error.ts";
import type { AgentLog } from "../ports/agents.ts";

/** Nothing is made until the first event is written. */
export function openAgentLog(path: string): AgentLog {
  return openEventLog(path, agentEventSchema);
}

export interface EventLog<E> {
  /** Absolute. */
  readonly path: string;
  append(event: E): void;
  read(from?: number): { events: E[]; next: number };
}

/** A log of any events that have a schema. Nothing is made until the first one is written. */
export function openEventLog<S extends v.GenericSchema>(path: string, schema: S): EventLog<v.InferOutput<S>> {
  function append(event: v.InferOutput<S>): void {
    // One write a line: what other processes read is whole lines, and one that was cut off at most as the last.
    const line = `${JSON.stringify(event)}\n`;
    try {
      appendFileSync(path, line, { mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw refusal("write to", path, error);
      makeAndAppend(line);
    }
  }

  function makeAndAppend(line: string): void {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      appendFileSync(path, line, { mode: 0o600 });
    } catch (error) {
      throw refusal("write to", path, error);
    }
  }

  function read(from = 0): { events: v.InferOutput<S>[]; next: number } {
    const bytes = readFrom(path, from);
    const end = bytes.lastIndexOf(0x0a) + 1;
    const lines = bytes.subarray(0, end).toString("utf8").split("\n");
    return { events: lines.flatMap((line) => parseLine(schema, line)), next: from + end };
  }

  return { path, append, read };
}

function readFrom(path: string, from: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw refusal("read", path, error);
  }
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(fd).size - from));
    const length = bytes.length === 0 ? 0 : readSync(fd, bytes, 0, bytes.length, from);
    return bytes.subarray(0, length);
  } catch (error) {
    throw refusal("read", path, error);
  } finally {
    closeSync(fd);
  }
}

/** A line of a newer version, or one that a crash cut off and another run went on behind, is passed over. */
function parseLine<S extends v.GenericSchema>(schema: S, line: string): v.InferOutput<S>[] {
  if (line === "") return [];
  try {
    const result = v.safeParse(schema, JSON.parse(line));
    return result.success ? [result.output] : [];
  } catch {
    return [];
  }
}

function refusal(verb: string, path: string, error: unknown): IncrError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new IncrError("io", `cannot ${verb} ${path}: ${code ?? message}`, {
    data: { path, errno: code },
    cause: error,
  });
}
