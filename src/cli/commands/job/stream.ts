/** What happens in a job, as it comes: for people in calm lines, under `--json` one event a line. */
import type { StreamedEvent } from "../../../domain/job/event.ts";
import { formatDuration } from "../../../domain/duration.ts";
import type { Context } from "../../context.ts";
import { raw } from "../../output.ts";
import { plainText } from "../../plain.ts";
import { showEvents } from "../agent/stream.ts";

/** Agents' words go to stdout, everything else to stderr; `together`: all to stdout, where the log itself is the answer. */
export function showJobEvents(ctx: Context, { together }: { together: boolean }): (event: StreamedEvent) => void {
  if (ctx.json) return (event) => ctx.out.text(raw(`${JSON.stringify(event)}\n`));
  const showAgent = showEvents(ctx, { together });
  const story = (line: string) =>
    together ? ctx.out.text(ctx.style.dim(plainText(line))) : ctx.notify({ code: "job", message: line });
  const heading = (line: string) =>
    together ? ctx.out.text(ctx.style.bold(plainText(line))) : ctx.notify({ code: "job", message: line });

  /** The end of what a test command has printed so far: of interest if it fails. */
  let printed: string[] = [];

  return (event) => {
    switch (event.type) {
      case "started":
        heading(
          `job ${event.job_id} ${event.resumed ? "goes on with" : "begins"} ${event.todo_id} (${event.title}) on ${event.branch} in ${event.directory}`,
        );
        break;
      case "stage":
        heading(`▸ round ${event.round}: ${event.final ? "review of the whole" : event.stage}`);
        break;
      case "agent_started":
        story(`· ${event.harness}, agent session ${event.agent_session_id}`);
        break;
      case "agent":
        if (event.event.type !== "started" && event.event.type !== "ended") showAgent(event.event);
        break;
      case "agent_ended":
        if (event.status !== "completed")
          story(
            `! the agent ${event.status === "killed" ? "was stopped" : event.status}: ${event.message ?? "no reason was given"}`,
          );
        break;
      case "draft":
        story(`· iteration ${event.iteration}: ${event.commit_id.slice(0, 12)} ${event.subject}`);
        break;
      case "test_started":
        printed = [];
        story(`· $ ${event.command}`);
        break;
      case "test_output":
        printed = [...printed, ...event.text.trimEnd().split("\n")].slice(-SHOWN_LINES);
        if (together) for (const line of event.text.trimEnd().split("\n")) story(`  ${line}`);
        break;
      case "test_ended":
        if (!together && !event.ok) for (const line of printed) story(`  ${line}`);
        story(`${event.ok ? "✓" : "✗"} ${event.command}  ${event.outcome}, ${formatDuration(event.duration_ms)}`);
        break;
      case "reviewed": {
        story(`${event.review.outcome === "ACCEPT" ? "✓" : "✗"} ${event.review.outcome}`);
        for (const line of (event.review.comments ?? "").split("\n")) if (line !== "") story(`  ${line}`);
        break;
      }
      case "committed":
        story(`✓ committed ${event.commit_id.slice(0, 12)} ${event.subject}`);
        break;
      case "notice":
        story(`· ${event.message}`);
        break;
      case "paused":
        story(`! ${event.message} (until ${event.until})`);
        break;
      case "ended":
        if (together) heading(`${event.at}  ${event.status}${event.message === undefined ? "" : `: ${event.message}`}`);
        break;
      case "iteration":
        break;
    }
  };
}

/** Lines of a failed test command that are shown; the log has all of them. */
const SHOWN_LINES = 15;
