/** Every noun and verb of the command line. The table is cheap; the declarations of a noun are loaded when one of its commands is wanted. */
import type { Command, Example } from "./command.ts";

/** One first word: a noun with its verbs, or a command that stands alone. */
export interface Entry {
  name: string;
  /** One line for the overview. */
  summary: string;
  /** Heading that it stands under in the overview. */
  group: Group;
  /** Not shown in the overview. */
  hidden?: boolean;
  /** The declarations; `help` is an introduction for the noun's own help, `examples` stand there in place of those of its first commands. */
  load: () => Promise<{ commands: readonly Command[]; help?: string; examples?: readonly Example[] }>;
}

export const GROUPS = ["Work", "Agents", "Journal and workflows", "Care", "Shell"] as const;
export type Group = (typeof GROUPS)[number];

export type Registry = readonly Entry[];

export const REGISTRY: Registry = [
  {
    name: "todo",
    summary: "What is wanted, kept in the repository",
    group: "Work",
    load: () => import("./commands/todo.ts"),
  },
  {
    name: "session",
    summary: "Work on todos in workspaces of their own",
    group: "Work",
    load: () => import("./commands/session.ts"),
  },
  {
    name: "workspace",
    summary: "The pool of git worktrees that sessions work in",
    group: "Work",
    load: () => import("./commands/workspace.ts"),
  },
  {
    name: "work",
    summary: "Plans that several agents carry out, side by side",
    group: "Work",
    load: () => import("./commands/work.ts"),
  },
  {
    name: "agent",
    summary: "Let coding agents work, and follow, stop and resume them",
    group: "Agents",
    load: () => import("./commands/agent.ts"),
  },
  {
    name: "opencode",
    summary: "`agent` with opencode",
    group: "Agents",
    load: () => import("./commands/opencode.ts"),
  },
  {
    name: "job",
    summary: "Todos that agents implement, test, review and commit",
    group: "Agents",
    load: () => import("./commands/job.ts"),
  },
  {
    name: "wait",
    summary: "Wait until sessions, agents, jobs and threads have ended",
    group: "Agents",
    load: () => import("./commands/wait.ts"),
  },
  {
    name: "hello",
    summary: "Begin a work session: what was done last, what is next",
    group: "Journal and workflows",
    load: () => import("./commands/hello.ts"),
  },
  {
    name: "log",
    summary: "Note something in the running session",
    group: "Journal and workflows",
    load: () => import("./commands/log.ts"),
  },
  {
    name: "bye",
    summary: "End the work session with a report",
    group: "Journal and workflows",
    load: () => import("./commands/bye.ts"),
  },
  {
    name: "journal",
    summary: "Look back at work sessions",
    group: "Journal and workflows",
    load: () => import("./commands/journal.ts"),
  },
  {
    name: "hook",
    summary: "Tell the journal of an event of a coding agent",
    group: "Journal and workflows",
    hidden: true,
    load: () => import("./commands/hook.ts"),
  },
  {
    name: "workflow",
    summary: "Where procedures of several steps stand",
    group: "Journal and workflows",
    load: () => import("./commands/workflow.ts"),
  },
  {
    name: "status",
    summary: "What is going on here, and what needs attention",
    group: "Care",
    load: () => import("./commands/status.ts"),
  },
  {
    name: "doctor",
    summary: "Look for what is wrong, and repair it",
    group: "Care",
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "rescue",
    summary: "Work that would otherwise have been discarded",
    group: "Care",
    load: () => import("./commands/rescue.ts"),
  },
  {
    name: "trust",
    summary: "Let the commands in a repository's configuration run",
    group: "Care",
    load: () => import("./commands/trust.ts"),
  },
  {
    name: "install",
    summary: "Bring parts of incr to where they are used",
    group: "Agents",
    load: () => import("./commands/install.ts"),
  },
  {
    name: "uninstall",
    summary: "Take out what was installed",
    group: "Agents",
    load: () => import("./commands/uninstall.ts"),
  },
  {
    name: "state",
    summary: "The records of this machine as a whole",
    group: "Care",
    load: () => import("./commands/state.ts"),
  },
  {
    name: "shell",
    summary: "Let `session start` and its kin change the shell's directory",
    group: "Shell",
    load: () => import("./commands/shell.ts"),
  },
  {
    name: "completion",
    summary: "Complete commands and ids with the tab key",
    group: "Shell",
    load: () => import("./commands/completion.ts"),
  },
  { name: "help", summary: "Explain a command", group: "Shell", load: () => import("./commands/help.ts") },
  {
    name: "__complete",
    summary: "Candidates for completion",
    group: "Shell",
    hidden: true,
    load: () => import("./commands/complete.ts"),
  },
];
