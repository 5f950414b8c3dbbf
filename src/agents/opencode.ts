/**
 * opencode. `--format json` gives one event a line, the first when the model begins to answer; nothing tells the end but the last `step_finish`. So its log on
 * stderr is read too: it has the conversation's id and the model before the model is asked, and shows that it lives during long work. Refused permissions end a
 * run with exit code 0. In another folder than the conversation's own it does the work and then waits for ever, which its log shows as the end of its loop.
 */
import { cutOutput, oneLine, summarizeInput, type AgentEvent } from "../domain/agent/event.ts";
import type { AgentReader, AgentStart, Harness, ReaderOptions } from "../ports/agents.ts";
import { failureEvent } from "./failure-event.ts";
import { countOf, objectOf, parseObject, plain, textOf, type Json } from "./json-line.ts";
import { findCollision } from "./opencode-collision.ts";

export const opencode: Harness = {
  name: "opencode",
  program: "opencode",
  hasAgents: true,
  announcesTools: false,
  ownFlags:
    "--format --print-logs --log-level -s --session -c --continue --fork -m --model --agent --auto --prompt --dir --attach -h --help -v --version".split(
      " ",
    ),
  stopSignal: "SIGTERM",
  staysInFolder: true,
  isConversationId: (text) => /^ses_\w+$/.test(text),
  chooseId: () => null,
  byHand: (conversation) => `opencode --session ${conversation}`,
  runCommand: (start) => ({
    args: [
      "run",
      "--format",
      "json",
      "--print-logs",
      "--log-level",
      "INFO",
      ...commonArgs(start),
      ...accessArgs(start),
      ...start.extra,
    ],
    env: {},
  }),
  interfaceCommand: (start, prompt) => ({
    args: [...commonArgs(start), ...(prompt === null ? [] : ["--prompt", prompt]), ...start.extra],
    env: {},
  }),
  reader: createReader,
  findCollision,
};

/** The model is kept in a conversation, the agent is not. */
function commonArgs({ conversation, model, agent }: AgentStart): string[] {
  return [
    ...(conversation === null ? [] : ["--session", conversation]),
    ...(model === undefined ? [] : ["--model", model]),
    ...(agent === undefined ? [] : ["--agent", agent]),
  ];
}

/** What its configuration denies stays denied. */
function accessArgs({ fullAccess }: AgentStart): string[] {
  return fullAccess ? ["--auto"] : [];
}

function createReader(options: ReaderOptions): AgentReader {
  /** What it named; until then the one that it was asked to go on with tells its log lines from those of sub-agents. */
  let conversation: string | undefined;
  const main = () => conversation ?? options.conversation;
  let model: string | undefined;
  /** Of the log: the events only say that something went wrong inside. */
  let cause: string | undefined;

  return (stream, line) => {
    if (stream === "stderr") return readLog(line);
    const event = parseObject(line);
    if (event === undefined) return readText(stream, line);
    return [...nameConversation(textOf(event["sessionID"])), ...readEvent(event)];
  };

  function nameConversation(id: string | undefined): AgentEvent[] {
    if (id === undefined || id === conversation) return [];
    conversation = id;
    return [{ type: "conversation", agent_session_id: id }];
  }

  function readEvent(event: Json): AgentEvent[] {
    const part = objectOf(event["part"]) ?? {};
    const text = textOf(part["text"]);
    switch (event["type"]) {
      case "text":
        return text === undefined ? [] : [{ type: "text", text }];
      case "reasoning":
        return text === undefined ? [] : [{ type: "thinking", text }];
      case "tool_use":
        return readTool(part);
      case "step_finish":
        return readStep(part);
      case "error":
        return readError(objectOf(event["error"]) ?? {});
      default:
        return [];
    }
  }

  function readError(error: Json): AgentEvent[] {
    const data = objectOf(error["data"]) ?? {};
    const said = textOf(data["message"]) ?? textOf(error["name"]) ?? "an error";
    const message = error["name"] === "UnknownError" && cause !== undefined ? cause : said;
    const wait = textOf(objectOf(data["responseHeaders"])?.["retry-after"]);
    const more = `${textOf(data["responseBody"]) ?? ""} ${wait === undefined ? "" : `retry-after: ${wait}`}`;
    const failure = failureEvent(message, options, { status: countOf(data["statusCode"]), more });
    return [failure, { type: "finished", ok: false, message }];
  }

  function readLog(line: string): AgentEvent[] {
    if (!line.startsWith("timestamp=")) return readText("stderr", line);
    const [, created] = / message=created id=(ses_\w+) /.exec(line) ?? [];
    // Later ones belong to sub-agents.
    if (created !== undefined && main() === null) return nameConversation(created);
    const [, provider, name, session, small] =
      / message=stream providerID=(\S+) modelID=(\S+) session\.id=(\S+) small=(\w+)/.exec(line) ?? [];
    if (name !== undefined && small === "false" && session === (main() ?? session)) {
      const used = `${provider}/${name}`;
      if (used === model) return [];
      model = used;
      return [{ type: "model", model: used }];
    }
    if (line.includes(' message="exiting loop" ') && line.endsWith(`session.id=${main()}`))
      return [{ type: "closing" }];
    if (line.includes(" level=ERROR ")) cause = / error="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? cause;
    return [];
  }
}

/** One event for a call, after its end. */
function readTool(part: Json): AgentEvent[] {
  const state = objectOf(part["state"]) ?? {};
  const tool = textOf(part["tool"]) ?? "tool";
  const error = textOf(state["error"]);
  const exit = objectOf(state["metadata"])?.["exit"];
  const output = cutOutput(textOf(state["output"]) ?? error ?? "");
  const ended: AgentEvent = {
    type: "tool_ended",
    call: textOf(part["callID"]) ?? "",
    tool,
    summary: summarizeInput(state["input"]) || oneLine(textOf(state["title"]) ?? ""),
    ok: state["status"] !== "error" && (typeof exit !== "number" || exit === 0),
    ...(typeof exit === "number" ? { exit_code: exit } : {}),
    ...(output === undefined ? {} : { output }),
  };
  const refused = error !== undefined && /rejected permission|permission .*(?:denied|rejected)/i.test(error);
  return refused ? [ended, { type: "denied", tool, message: error }] : [ended];
}

function readStep(part: Json): AgentEvent[] {
  const tokens = objectOf(part["tokens"]) ?? {};
  const cached = countOf(objectOf(tokens["cache"])?.["read"]);
  const reasoning = countOf(tokens["reasoning"]);
  const spent: AgentEvent = {
    type: "usage",
    of: "step",
    tokens: {
      input: countOf(tokens["input"]) + countOf(objectOf(tokens["cache"])?.["write"]),
      output: countOf(tokens["output"]),
      ...(cached === 0 ? {} : { cached }),
      ...(reasoning === 0 ? {} : { reasoning }),
    },
    ...(typeof part["cost"] === "number" ? { cost_usd: part["cost"] } : {}),
  };
  const reason = textOf(part["reason"]);
  if (reason === "stop") return [spent, { type: "finished", ok: true }];
  if (reason === "tool-calls" || reason === undefined) return [spent];
  return [spent, { type: "finished", ok: false, message: `the model stopped: ${reason}` }];
}

function readText(stream: "stdout" | "stderr", line: string): AgentEvent[] {
  const text = plain(line);
  if (text === "") return [];
  if (text.startsWith("Error: Session not found")) {
    return [{ type: "error", message: text.replace(/^Error: /, ""), stale: true }];
  }
  if (text.startsWith("! ")) return [{ type: "notice", message: text.slice(2) }];
  const error = /^Error: (.+)$/.exec(text)?.[1];
  return [error === undefined ? { type: "output", stream, text } : { type: "error", message: error }];
}
