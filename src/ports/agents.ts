/** What the use-cases need of coding agents: how each is started and understood (a harness), its process, its log. */
import type { AgentEvent, LoggedEvent } from "../domain/agent/event.ts";
import type { Harness as HarnessName } from "../domain/config-file.ts";

/** One start of an agent. */
export interface AgentStart {
  /** The conversation: one to go on with if `resumed`, else one that was chosen for it; null if it cannot be chosen. */
  conversation: string | null;
  resumed: boolean;
  model?: string;
  /** The agent's own name for a role or profile. */
  agent?: string;
  /** It may do everything without asking; otherwise what changes files in its folder. */
  fullAccess: boolean;
  /** What it may do besides, whatever else it has to ask for: say how far it is with its thread. Null where it carries out none. */
  reporting: Reporting | null;
  /** Further words for its command line, as the person typed them. */
  extra: readonly string[];
}

export interface Reporting {
  /** Beginnings of command lines. */
  commands: readonly string[];
  /** Where they write, absolute; it lies outside of the folder that the agent works in. */
  folder: string;
}

export interface AgentCommand {
  args: string[];
  /** Added to the environment. */
  env: Record<string, string>;
}

/** Reads what one run of an agent prints, line by line (without the line end). Never throws: what it does not know is `output`. */
export type AgentReader = (stream: "stdout" | "stderr", line: string) => AgentEvent[];

export interface ReaderOptions {
  now(): Date;
  /** Time zone of this machine, such as `Europe/Berlin`, for times of day that name none. */
  zone: string;
  /** The conversation that the run was asked to go on with. */
  conversation: string | null;
}

/** What has to be known of one coding agent. Everything here is pure; one file each under `src/agents/`. */
export interface Harness {
  readonly name: HarnessName;
  /** Its program, looked for on the PATH. */
  readonly program: string;
  /** What it calls a role in which it works, if there is such a thing. */
  readonly hasAgents: boolean;
  /** Flags that are ours to set, or would undo what we set: nobody may hand them through. */
  readonly ownFlags: readonly string[];
  /** Whether a text can be the id of one of its conversations. One that cannot must not be handed to it: codex would begin a new conversation. */
  isConversationId(text: string): boolean;
  /** An id for a new conversation, if one can be chosen just by starting with it. @param hex 32 random hexadecimal digits */
  chooseId(hex: string): string | null;
  /** To work without a person. The prompt comes on stdin, which is then closed. */
  runCommand(start: AgentStart): AgentCommand;
  /** Its own interface at a terminal. */
  interfaceCommand(start: AgentStart, prompt: string | null): AgentCommand;
  /** The command that a person would type to go on with a conversation by hand. */
  byHand(conversation: string): string;
  reader(options: ReaderOptions): AgentReader;
  /**
   * What kept it from beginning, in words, if that was another of it that started at the same moment: nothing was begun then, and it only has to be started again.
   * Null for everything else, and wherever that cannot be told.
   * @param printed the lines of a run that ended by itself in failure
   */
  findCollision(printed: readonly string[]): string | null;
  /** What it is asked to end with; all that it started gets the same. */
  readonly stopSignal: "SIGINT" | "SIGTERM";
  /** It says when a tool begins, not only when it has ended. */
  readonly announcesTools: boolean;
  /** Conversations belong to the folder in which they were begun: elsewhere they have to be moved first. */
  readonly staysInFolder: boolean;
}

/** An agent at work, in a process group of its own. */
export interface RunningAgent {
  pid: number;
  /** Resolves when the process has ended; what it left may still hold its output open. */
  exited: Promise<void>;
  /** Resolves when the process has ended and its output was read. */
  ended: Promise<{ code: number | null; signal: string | null; signalNumber: number | null }>;
}

export interface AgentLaunch {
  harness: Harness;
  command: AgentCommand;
  cwd: string;
  /** Of the lease and the session, added to the caller's environment. */
  env: Record<string, string>;
  /** Written to stdin, which is then closed. */
  input: string;
  onLine(stream: "stdout" | "stderr", line: string): void;
}

/** The log of one agent session: only ever appended to, readable while it is written. */
export interface AgentLog {
  /** Absolute. */
  readonly path: string;
  /** @throws IncrError `io` */
  append(event: LoggedEvent): void;
  /** The events from a place in the file on. A last line that is not whole yet is left for the next time. A missing file has none. */
  read(from?: number): { events: LoggedEvent[]; next: number };
}

export interface Agents {
  find(name: HarnessName): Harness;
  /** Whether its program is there to be started. */
  isInstalled(harness: Harness): boolean;
  /** Time zone of this machine, such as `Europe/Berlin`. */
  readonly zone: string;
  /** @throws IncrError `command_failed` if it cannot be started */
  start(launch: AgentLaunch): Promise<RunningAgent>;
  /**
   * Makes an empty conversation under an id of ours, where the agent's interface needs one that is there already; null if it does not.
   * @throws IncrError `command_failed`
   */
  makeConversation(harness: Harness, hex: string, cwd: string): Promise<string | null>;
  /** Brings a conversation to another folder. @throws IncrError `not_found` if the agent does not know it, `command_failed` */
  moveConversation(harness: Harness, conversation: string, cwd: string): Promise<void>;
  /** The conversation that was begun in a folder since a time, by what the agent itself wrote down; null if that cannot be told. */
  findConversation(harness: Harness, cwd: string, since: Date): Promise<string | null>;
  /** Whether the agent itself has written down a conversation of that id; null if that cannot be told. */
  hasConversation(harness: Harness, conversation: string): boolean | null;
  /** The model that a conversation was last asked with, by what the agent itself wrote down; null if that cannot be told. */
  findModel(harness: Harness, conversation: string): string | null;
  log(file: string): AgentLog;
}
