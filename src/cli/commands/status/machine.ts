import type { Context } from "../../context.ts";
import { renderTable, type Column } from "../../table.ts";
import type { MachineAnswer } from "./answer.ts";

type Line = MachineAnswer["repositories"][number];

/** The repositories of this machine, for somebody who stands in none. */
export function renderMachine({ repositories }: MachineAnswer, ctx: Context): string {
  if (repositories.length === 0) {
    return "this is no repository, and nothing is active on this machine; `incr todo create` in a repository begins a todo list";
  }
  const columns: Column<Line>[] = [
    { header: "REPOSITORY", value: (line) => line.source_path, flexible: true },
    { header: "SESSIONS", value: (line) => count(line.sessions), align: "right" },
    { header: "JOBS", value: (line) => count(line.jobs), align: "right" },
    { header: "AGENTS", value: (line) => count(line.agent_sessions), align: "right" },
    { header: "WORKSPACES", value: (line) => `${line.held} of ${line.workspaces} held`, align: "right" },
    {
      header: "",
      value: (line) => (line.there ? " " : "gone: incr doctor"),
      paint: (text, _line, style) => style.yellow(text),
    },
  ];
  return renderTable(repositories, columns, { width: ctx.stdout.width, style: ctx.style });
}

function count(number: number): string {
  return number === 0 ? "" : String(number);
}
