/**
 * Claude Code. The id of a conversation is chosen with `--session-id`; prompts come on stdin; `--output-format stream-json` gives one event a line, of which the
 * last, `result`, tells the outcome. Its exit code is 0 after an interrupt too, and `result.subtype` says `success` even of a failure: `is_error` counts.
 */
import { cutOutput, summarizeInput, type AgentEvent } from "../domain/agent/event.ts";
import { uuidFrom } from "../domain/agent/uuid.ts";
import type { AgentReader, AgentStart, Harness, ReaderOptions } from "../ports/agents.ts";
import { failureEvent } from "./failure-event.ts";
import { countOf, objectOf, objectsIn, parseObject, plain, textOf, type Json } from "./json-line.ts";

export const claude: Harness = {
  name: "claude",
  program: "claude",
  hasAgents: true,
  announcesTools: true,
  ownFlags:
    "-p --print --output-format --input-format --verbose -r --resume -c --continue --session-id --fork-session --no-session-persistence --model --agent --permission-mode --dangerously-skip-permissions -h --help -v --version".split(
      " ",
    ),
  stopSignal: "SIGINT",
  staysInFolder: false,
  isConversationId: (text) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
  chooseId: uuidFrom,
  byHand: (conversation) => `claude --resume ${conversation}`,
  runCommand: (start) => ({
    args: [
      "--print",
      "--output-format",
      "stream-json",
      "--verbose",
      ...reportingArgs(start),
      ...conversationArgs(start),
      ...accessArgs(start),
      ...start.extra,
    ],
    env: {},
  }),
  interfaceCommand: (start, prompt) => ({
    args: [
      ...reportingArgs(start),
      ...conversationArgs(start),
      ...(start.fullAccess ? accessArgs(start) : []),
      ...(prompt === null ? [] : [prompt]),
      // Behind the prompt, which some flags would take for one more value.
      ...start.extra,
    ],
    env: {},
  }),
  reader: createReader,
  findCollision: () => null,
};

function conversationArgs({ conversation, resumed, model, agent }: AgentStart): string[] {
  return [
    ...(conversation === null ? [] : [resumed ? "--resume" : "--session-id", conversation]),
    ...(model === undefined ? [] : ["--model", model]),
    ...(agent === undefined ? [] : ["--agent", agent]),
  ];
}

function reportingArgs({ reporting }: AgentStart): string[] {
  if (reporting === null) return [];
  return [`--allowedTools=${reporting.commands.map((command) => `Bash(${command}:*)`).join(",")}`];
}

/** The mode is not kept in a conversation, so that it is given every time. */
function accessArgs({ fullAccess }: AgentStart): string[] {
  return ["--permission-mode", fullAccess ? "bypassPermissions" : "acceptEdits"];
}

function createReader(options: ReaderOptions): AgentReader {
  /** Calls of tools that wait for their result. */
  const calls = new Map<string, { tool: string; summary: string }>();
  let model: string | undefined;

  return (stream, line) => {
    const event = stream === "stdout" ? parseObject(line) : undefined;
    if (event === undefined) return readText(stream, line);
    switch (event["type"]) {
      case "system":
        return readSystem(event);
      case "assistant":
        return readAssistant(event);
      case "user":
        return readResults(event);
      case "result":
        return readOutcome(event, options);
      default:
        return [];
    }
  };

  function readSystem(event: Json): AgentEvent[] {
    switch (event["subtype"]) {
      case "init": {
        const id = textOf(event["session_id"]);
        return [
          ...(id === undefined ? [] : [{ type: "conversation" as const, agent_session_id: id }]),
          ...nameModel(event["model"]),
        ];
      }
      case "api_retry": {
        const status = textOf(event["error"]) ?? "an error";
        return [{ type: "notice", message: `asking the model again after ${status}` }];
      }
      case "permission_denied": {
        const tool = textOf(event["tool_name"]) ?? "a tool";
        return [{ type: "denied", tool, message: textOf(event["message"]) ?? `${tool} is not allowed` }];
      }
      default:
        return [];
    }
  }

  function nameModel(value: unknown): AgentEvent[] {
    const name = textOf(value);
    if (name === undefined || name === model) return [];
    model = name;
    return [{ type: "model", model: name }];
  }

  function readAssistant(event: Json): AgentEvent[] {
    const message = objectOf(event["message"]) ?? {};
    // A failure comes again as the outcome
    if (textOf(event["error"]) !== undefined || message["model"] === "<synthetic>") return [];
    // A sub-agent may use another model
    const named = textOf(event["parent_tool_use_id"]) === undefined ? nameModel(message["model"]) : [];
    return [...named, ...blocksOf(message).flatMap(readBlock)];
  }

  function readBlock(block: Json): AgentEvent[] {
    const text = textOf(block["text"]);
    if (block["type"] === "text" && text !== undefined) return [{ type: "text", text }];
    const thinking = textOf(block["thinking"]);
    if (block["type"] === "thinking" && thinking !== undefined) return [{ type: "thinking", text: thinking }];
    const call = textOf(block["id"]);
    if (block["type"] !== "tool_use" || call === undefined) return [];
    const about = { tool: textOf(block["name"]) ?? "tool", summary: summarizeInput(block["input"]) };
    calls.set(call, about);
    return [{ type: "tool_started", call, ...about }];
  }

  function readResults(event: Json): AgentEvent[] {
    return blocksOf(objectOf(event["message"]) ?? {}).flatMap((block): AgentEvent[] => {
      const call = textOf(block["tool_use_id"]);
      if (block["type"] !== "tool_result" || call === undefined) return [];
      const about = calls.get(call) ?? { tool: "tool", summary: "" };
      calls.delete(call);
      const output = cutOutput(contentText(block["content"]));
      return [
        {
          type: "tool_ended",
          call,
          ...about,
          ok: block["is_error"] !== true,
          ...(output === undefined ? {} : { output }),
        },
      ];
    });
  }
}

function readOutcome(event: Json, options: ReaderOptions): AgentEvent[] {
  const usage = objectOf(event["usage"]) ?? {};
  const cached = countOf(usage["cache_read_input_tokens"]);
  const spent: AgentEvent = {
    type: "usage",
    of: "run",
    tokens: {
      input: countOf(usage["input_tokens"]) + countOf(usage["cache_creation_input_tokens"]),
      output: countOf(usage["output_tokens"]),
      ...(cached === 0 ? {} : { cached }),
    },
    ...(typeof event["total_cost_usd"] === "number" ? { cost_usd: event["total_cost_usd"] } : {}),
  };
  if (event["is_error"] !== true && event["subtype"] === "success") return [spent, { type: "finished", ok: true }];
  const errors = Array.isArray(event["errors"]) ? event["errors"].filter((one) => typeof one === "string") : [];
  const message =
    textOf(event["result"]) ??
    textOf(errors.join("; ")) ??
    SUBTYPES[String(event["subtype"])] ??
    String(event["subtype"]);
  const status = countOf(event["api_error_status"]);
  const more = textOf(event["api_error_type"]);
  const failure = STALE.test(message)
    ? ({ type: "error", message, stale: true } as const)
    : failureEvent(message, options, { status, ...(more === undefined ? {} : { more }) });
  return [spent, failure, { type: "finished", ok: false, message }];
}

const STALE = /No conversation found with session ID/;
const SUBTYPES: Readonly<Record<string, string>> = {
  error_during_execution: "it was interrupted",
  error_max_turns: "it used up its turns",
  error_max_budget_usd: "it used up its budget",
};

function readText(stream: "stdout" | "stderr", line: string): AgentEvent[] {
  const text = plain(line);
  if (text === "") return [];
  if (STALE.test(text)) return [{ type: "error", message: text, stale: true }];
  return [{ type: "output", stream, text }];
}

function blocksOf(message: Json): Json[] {
  const { content } = message;
  if (typeof content === "string") return [{ type: "text", text: content }];
  return objectsIn(content);
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => textOf(objectOf(part)?.["text"]) ?? "").join("\n");
}
