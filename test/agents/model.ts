/**
 * A model for coding agents that does what a test says: it speaks, as far as the agents need it, Anthropic's Messages, OpenAI's chat completions and OpenAI's
 * Responses, and keeps what it was asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onCleanup } from "../support/cleanup.ts";
import { answerChat, readChat } from "./model/chat.ts";
import { answerMessages, readMessages } from "./model/messages.ts";
import { answerResponses, readResponses } from "./model/responses.ts";

/** A request, in words that the three interfaces have in common. */
export interface Asked {
  /** Names of the tools that the agent offers; none when it wants a title. */
  tools: string[];
  /** What the agent says by itself: instructions, context. */
  system: string;
  /** What the person says; agents put context of theirs there too. */
  user: string;
  /** What the tools gave so far. */
  results: string[];
}

/** What the model does next. `refuse`: its provider takes no more work for now, in these words. */
export type Reply = Deed | { refuse: string };
export type Deed = { say: string } | { run: string };

export type Conduct = (asked: Asked) => Reply;

export interface Model {
  url: string;
  /** Requests with tools, in their order. */
  asked: Asked[];
  /** Whatever else somebody wanted of this server, and what they wanted of others through it: `GET /path`, `CONNECT host:port`. */
  strays: string[];
  /** From now on. */
  conduct: Conduct;
}

/** Runs the shell code that it is told to, with `words` in place of what is left to the model, then says what came of it. */
export function obedient(words: Readonly<Record<string, string>> = {}): Conduct {
  return ({ user, results }) => {
    if (results.length > 0) return { say: results.join("\n") };
    const code = /```sh\n([\s\S]*?)\n```/.exec(user)?.[1];
    if (code === undefined) return { say: "There is nothing to run." };
    return { run: Object.entries(words).reduce((text, [from, to]) => text.replace(from, () => to), code) };
  };
}

const INTERFACES = [
  { path: /\/v1\/messages$/, read: readMessages, answer: answerMessages },
  { path: /\/v1\/chat\/completions$/, read: readChat, answer: answerChat },
  { path: /\/v1\/responses$/, read: readResponses, answer: answerResponses },
];

/** Starts a model on a free port of this machine; it ends with the test file. */
export async function startModel(): Promise<Model> {
  const model: Model = { url: "", asked: [], strays: [], conduct: obedient() };
  const server = createServer((request, response) => void serve(model, request, response));
  // Agents have this server as their proxy: what leads to other machines ends here
  server.on("connect", ({ url }, socket) => {
    model.strays.push(`CONNECT ${url}`);
    socket.on("error", () => undefined);
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  model.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return model;
}

async function serve(model: Model, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "").replace(/\?.*$/, "");
  const found = INTERFACES.find((one) => one.path.test(path));
  if (request.method !== "POST" || found === undefined) {
    model.strays.push(`${request.method} ${request.url}`);
    response.writeHead(404, { "content-type": "application/json" }).end("{}");
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  const asked = found.read(body as never);
  const shell = asked.tools.find((name) => /^(?:bash|exec_command|shell)$/i.test(name));
  if (shell !== undefined) model.asked.push(asked);
  const reply: Reply = shell === undefined ? { say: "A title" } : model.conduct(asked);
  if ("refuse" in reply) {
    const error = { type: "rate_limit_error", message: reply.refuse };
    response.writeHead(429, { "content-type": "application/json" }).end(JSON.stringify({ type: "error", error }));
    return;
  }
  const events = found.answer(reply, shell ?? "", `${model.asked.length}`);
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of events) {
    const name = typeof event === "object" && "type" in event ? `event: ${String(event.type)}\n` : "";
    response.write(`${name}data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`);
  }
  response.end();
}
