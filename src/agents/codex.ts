/**
 * codex. The id of a conversation cannot be chosen and is the first line that it prints. What is no UUID it takes for a name, and begins a new conversation. It
 * waits for ever for a stdin that is not closed. Model and sandbox are not kept in a conversation, and their options stand before `resume`.
 */
import { cutOutput, oneLine, summarizeInput, type AgentEvent } from "../domain/agent/event.ts";
import type { AgentReader, AgentStart, Harness, ReaderOptions } from "../ports/agents.ts";
import { failureEvent } from "./failure-event.ts";
import { countOf, objectOf, objectsIn, parseObject, plain, textOf, type Json } from "./json-line.ts";

export const codex: Harness = {
  name: "codex",
  program: "codex",
  hasAgents: false,
  announcesTools: true,
  ownFlags:
    "--json --experimental-json -m --model -s --sandbox -C --cd --full-auto --dangerously-bypass-approvals-and-sandbox --yolo --ephemeral -h --help -V --version".split(
      " ",
    ),
  stopSignal: "SIGINT",
  staysInFolder: false,
  isConversationId: (text) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
  chooseId: () => null,
  byHand: (conversation) => `codex resume ${conversation}`,
  runCommand: (start) => ({
    args: ["exec", "--json", ...accessArgs(start), ...modelArgs(start), ...start.extra, ...resumeArgs(start), "-"],
    env: {},
  }),
  interfaceCommand: (start, prompt) => ({
    // A daemon of its own would outlive it and keep the conversation to itself.
    args: [
      "--disable",
      "daemon_auto_start",
      ...modelArgs(start),
      ...(start.fullAccess ? accessArgs(start) : reportingArgs(start)),
      ...start.extra,
      ...resumeArgs(start),
      ...(prompt === null ? [] : [prompt]),
    ],
    env: {},
  }),
  reader: createReader,
  findCollision: () => null,
};

function accessArgs(start: AgentStart): string[] {
  if (start.fullAccess) return ["--dangerously-bypass-approvals-and-sandbox"];
  return ["--sandbox", "workspace-write", ...reportingArgs(start)];
}

/** Its sandbox lets nothing be written outside of the folder that it works in. */
function reportingArgs({ reporting }: AgentStart): string[] {
  if (reporting === null) return [];
  return ["--config", `sandbox_workspace_write.writable_roots=${JSON.stringify([reporting.folder])}`];
}

function modelArgs({ model }: AgentStart): string[] {
  return model === undefined ? [] : ["--model", model];
}

function resumeArgs({ conversation, resumed }: AgentStart): string[] {
  return resumed && conversation !== null ? ["resume", conversation] : [];
}

function createReader(options: ReaderOptions): AgentReader {
  return (stream, line) => {
    const event = stream === "stdout" ? parseObject(line) : undefined;
    if (event === undefined) return readText(stream, line, options);
    switch (event["type"]) {
      case "thread.started": {
        const id = textOf(event["thread_id"]);
        return id === undefined ? [] : [{ type: "conversation", agent_session_id: id }];
      }
      case "item.started":
        return readItem(objectOf(event["item"]) ?? {}, "started");
      case "item.completed":
        return readItem(objectOf(event["item"]) ?? {}, "completed");
      case "turn.completed":
        return [readUsage(objectOf(event["usage"]) ?? {}), { type: "finished", ok: true }];
      case "turn.failed": {
        const message = textOf(objectOf(event["error"])?.["message"]) ?? "the turn failed";
        return [failureEvent(message, options), { type: "finished", ok: false, message }];
      }
      case "error":
        // Not final: it may connect again. What is final comes as `turn.failed`.
        return [{ type: "notice", message: textOf(event["message"]) ?? "an error" }];
      default:
        return [];
    }
  };
}

function readItem(item: Json, state: "started" | "completed"): AgentEvent[] {
  const call = textOf(item["id"]) ?? "";
  const text = textOf(item["text"]);
  switch (item["type"]) {
    case "agent_message":
      return state === "completed" && text !== undefined ? [{ type: "text", text }] : [];
    case "reasoning":
      return state === "completed" && text !== undefined ? [{ type: "thinking", text }] : [];
    case "error":
      return state === "completed" ? [{ type: "notice", message: textOf(item["message"]) ?? "a warning" }] : [];
    case "command_execution":
    case "file_change":
    case "mcp_tool_call":
    case "web_search": {
      const about = { call, tool: toolOf(item), summary: summaryOf(item) };
      return state === "started"
        ? [{ type: "tool_started", ...about }]
        : [{ type: "tool_ended", ...about, ...resultOf(item) }];
    }
    default:
      return [];
  }
}

function toolOf(item: Json): string {
  const { server, tool } = item;
  return typeof server === "string" && typeof tool === "string" ? `${server}.${tool}` : String(item["type"]);
}

function summaryOf(item: Json): string {
  const changes = objectsIn(item["changes"]);
  if (changes.length > 0) return oneLine(changes.map(({ kind, path }) => `${String(kind)} ${String(path)}`).join(", "));
  return summarizeInput(item["command"] ?? item["arguments"] ?? item["query"] ?? "");
}

function resultOf(item: Json): { ok: boolean; exit_code?: number; output?: string } {
  const exit = item["exit_code"];
  const output = cutOutput(textOf(item["aggregated_output"]) ?? textOf(objectOf(item["error"])?.["message"]) ?? "");
  return {
    ok: item["status"] !== "failed" && (typeof exit !== "number" || exit === 0),
    ...(typeof exit === "number" ? { exit_code: exit } : {}),
    ...(output === undefined ? {} : { output }),
  };
}

/** Counted over the whole conversation, with what came from the cache in `input_tokens`. */
function readUsage(usage: Json): AgentEvent {
  const cached = countOf(usage["cached_input_tokens"]);
  const reasoning = countOf(usage["reasoning_output_tokens"]);
  return {
    type: "usage",
    of: "conversation",
    tokens: {
      input: countOf(usage["input_tokens"]) - cached,
      output: countOf(usage["output_tokens"]),
      ...(cached === 0 ? {} : { cached }),
      ...(reasoning === 0 ? {} : { reasoning }),
    },
  };
}

function readText(stream: "stdout" | "stderr", line: string, options: ReaderOptions): AgentEvent[] {
  const text = plain(line);
  const error = /^Error: (?:thread\/resume: )?(.+)$/.exec(text)?.[1];
  if (error !== undefined && /no rollout found for thread id|No saved session found/.test(error)) {
    return [{ type: "error", message: error, stale: true }];
  }
  if (error !== undefined) return [failureEvent(error, options)];
  // What comes after an error are addresses in its program
  return text === "" || /^Stack backtrace:|^ +\d+: /.test(text) ? [] : [{ type: "output", stream, text }];
}
