/** Anthropic's Messages, as Claude Code uses them. */
import type { Asked, Deed } from "../model.ts";

type Content = string | { type: string; text?: string; content?: Content }[];

interface Body {
  system?: Content;
  tools?: { name: string }[];
  messages: { role: string; content: Content }[];
}

/** What a request says. */
export function readMessages({ system, tools = [], messages }: Body): Asked {
  const blocks = messages.flatMap(({ role, content }) =>
    (typeof content === "string" ? [{ type: "text", text: content }] : content).map((block) => ({ role, ...block })),
  );
  const said = (by: string) =>
    blocks.filter(({ role, type }) => role === by && type === "text").map(({ text }) => text);
  return {
    tools: tools.map(({ name }) => name),
    system: [textOf(system), ...said("system")].join("\n"),
    user: said("user").join("\n"),
    results: blocks.filter(({ type }) => type === "tool_result").map((block) => textOf(block.content)),
  };
}

/** The events of a reply. */
export function answerMessages(reply: Deed, shell: string, id: string): object[] {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: `msg_${id}`, type: "message", role: "assistant", model: "fake", content: [], usage };
  const [block, delta, reason] =
    "say" in reply
      ? [{ type: "text", text: "" }, { type: "text_delta", text: reply.say }, "end_turn"]
      : [
          { type: "tool_use", id: `toolu_${id}`, name: shell, input: {} },
          { type: "input_json_delta", partial_json: JSON.stringify({ command: reply.run, description: "Do as told" }) },
          "tool_use",
        ];
  return [
    { type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null } },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: reason, stop_sequence: null }, usage },
    { type: "message_stop" },
  ];
}

function textOf(content: Content | undefined): string {
  if (content === undefined || typeof content === "string") return content ?? "";
  return content.map(({ text = "" }) => text).join("\n");
}
