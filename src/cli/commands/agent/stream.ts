/** What an agent says and does, as it comes: for people in calm lines, under `--json` one event a line. */
import type { LoggedEvent } from "../../../domain/agent/event.ts";
import type { Context } from "../../context.ts";
import { raw } from "../../output.ts";
import { plainText } from "../../plain.ts";
import { PLAIN } from "../../style.ts";

/** Its words go to stdout, what it does to stderr; `together`: all to stdout, where the log itself is the answer. */
export function showEvents(ctx: Context, { together }: { together: boolean }): (event: LoggedEvent) => void {
  if (ctx.json) return (event) => ctx.out.text(raw(`${JSON.stringify(event)}\n`));
  const style = together ? ctx.style : PLAIN;
  const announced = new Set<string>();
  /** Nobody wants to see these unless something went wrong. */
  const unclear: string[] = [];
  const say = (text: string) => ctx.out.text(plainText(text));
  const story = (line: string) =>
    together ? ctx.out.text(style.dim(plainText(line))) : ctx.notify({ code: "agent", message: line });

  return (event) => {
    switch (event.type) {
      case "started":
        announced.clear();
        unclear.length = 0;
        if (together) story(`${event.at}  ${event.harness} ${event.resumed ? "goes on" : "begins"}`);
        break;
      case "text":
        say(event.text);
        break;
      case "tool_started":
        announced.add(event.call);
        story(toolLine(event));
        break;
      case "tool_ended": {
        const result = event.ok ? "" : `  failed${event.exit_code === undefined ? "" : ` (exit ${event.exit_code})`}`;
        if (!announced.delete(event.call) || !event.ok) story(`${toolLine(event)}${result}`);
        break;
      }
      case "denied":
        story(`! not allowed: ${event.tool} (${event.message})`);
        break;
      case "notice":
        story(`· ${event.message}`);
        break;
      case "limit":
        story(`! ${event.message}${event.resets_at === null ? "" : ` (until ${event.resets_at})`}`);
        break;
      case "error":
        story(`! ${event.message}`);
        break;
      case "output":
        unclear.push(event.text);
        if (together) story(event.text);
        break;
      case "restarting":
        // Elsewhere it was told already.
        if (together) story(`· starting it again: ${event.message}`);
        break;
      case "stopping":
        story(`· ending it: ${event.reason.replaceAll("_", " ")}`);
        break;
      case "ended":
        if (!together && event.status === "failed") for (const line of unclear.slice(-5)) story(line);
        if (together) story(endLine(event));
        break;
      case "conversation":
      case "model":
      case "thinking":
      case "usage":
      case "finished":
      case "closing":
        break;
    }
  };
}

function toolLine({ tool, summary }: { tool: string; summary: string }): string {
  return summary === "" ? `· ${tool}` : `· ${tool}  ${summary}`;
}

function endLine(event: Extract<LoggedEvent, { type: "ended" }>): string {
  return `${event.at}  ${event.status}${event.message === undefined ? "" : `: ${event.message}`}`;
}
