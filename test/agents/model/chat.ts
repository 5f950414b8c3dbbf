/** OpenAI's chat completions, as opencode uses them. */
import type { Asked, Deed } from "../model.ts";

type Content = string | null | { type: string; text?: string }[];

interface Body {
  tools?: { function: { name: string } }[];
  messages: { role: string; content: Content }[];
}

/** What a request says. */
export function readChat({ tools = [], messages }: Body): Asked {
  const said = (by: string) => messages.filter(({ role }) => role === by).map(({ content }) => textOf(content));
  return {
    tools: tools.map((tool) => tool.function.name),
    system: said("system").join("\n"),
    user: said("user").join("\n"),
    results: said("tool"),
  };
}

/** The events of a reply. */
export function answerChat(reply: Deed, shell: string, id: string): (object | string)[] {
  const chunk = (delta: object, finish: string | null) => ({
    id: `chat_${id}`,
    object: "chat.completion.chunk",
    created: 0,
    model: "fake",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  if ("say" in reply)
    return [chunk({ role: "assistant", content: reply.say }, null), { ...chunk({}, "stop"), usage }, "[DONE]"];
  const command = JSON.stringify({ command: reply.run, description: "Do as told" });
  const call = { index: 0, id: `call_${id}`, type: "function", function: { name: shell, arguments: command } };
  return [chunk({ role: "assistant", tool_calls: [call] }, null), { ...chunk({}, "tool_calls"), usage }, "[DONE]"];
}

function textOf(content: Content): string {
  return typeof content === "string" || content === null
    ? (content ?? "")
    : content.map(({ text = "" }) => text).join("\n");
}
