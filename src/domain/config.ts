/**
 * The settings that come of the configuration files: in camelCase, with lengths of time in milliseconds. How files are laid over each other, and which of their
 * values are commands.
 */
import type { ConfigValues, Harness } from "./config-file.ts";
import { parseDuration } from "./duration.ts";

export interface Config {
  workspace: {
    /** What sessions start from when the command does not say; absent: the main checkout's HEAD. */
    base?: string;
    /** Shell command lines, run when a worktree is made. */
    onCreate: string[];
    /** Shell command lines, run at every lease. */
    onAcquire: string[];
    /** Paths relative to the main checkout, copied into the workspace at every lease. */
    copy: string[];
    cleanIgnored: boolean;
  };
  agent: {
    harness: Harness;
    timeLimitMs: number;
    silenceLimitMs: number;
    /** How long the log of a session that has ended is kept. */
    keepLogsMs: number;
  };
  job: {
    testCommands: string[];
    /** The agent's when the job has none of its own. */
    harness: Harness;
    implementationModel?: string;
    codeReviewModel?: string;
    projectReviewModel?: string;
    maxRounds: number;
    timeLimitMs: number;
    maxCostUsd?: number;
  };
  stream: { maxParallel: number };
}

/** The settings: later layers override earlier ones key by key, and what none of them says is the default. */
export function resolveConfig(layers: readonly ConfigValues[]): Config {
  const { workspace, agent, job, stream } = layers.reduce<Required<ConfigValues>>(
    (below, layer) => ({
      workspace: { ...below.workspace, ...layer.workspace },
      agent: { ...below.agent, ...layer.agent },
      job: { ...below.job, ...layer.job },
      stream: { ...below.stream, ...layer.stream },
    }),
    { workspace: {}, agent: {}, job: {}, stream: {} },
  );
  const agentHarness = agent.harness ?? "opencode";
  return {
    workspace: {
      base: workspace.base,
      onCreate: workspace["on-create"] ?? [],
      onAcquire: workspace["on-acquire"] ?? [],
      copy: workspace.copy ?? [],
      cleanIgnored: workspace["clean-ignored"] ?? false,
    },
    agent: {
      harness: agentHarness,
      timeLimitMs: milliseconds(agent["time-limit"] ?? "1h"),
      silenceLimitMs: milliseconds(agent["silence-limit"] ?? "20m"),
      keepLogsMs: milliseconds(agent["keep-logs"] ?? "30d"),
    },
    job: {
      testCommands: job["test-commands"] ?? [],
      harness: job.harness ?? agentHarness,
      implementationModel: job["implementation-model"],
      codeReviewModel: job["code-review-model"],
      projectReviewModel: job["project-review-model"],
      maxRounds: job["max-rounds"] ?? 20,
      timeLimitMs: milliseconds(job["time-limit"] ?? "4h"),
      maxCostUsd: job["max-cost-usd"],
    },
    stream: { maxParallel: stream["max-parallel"] ?? 4 },
  };
}

/** Where a repository's own configuration may stand in the main checkout; only one of them may exist. */
export const REPO_CONFIG_FILES = ["incr.toml", ".incr/config.toml"] as const;

/** The keys whose values are run as commands. */
export const COMMAND_KEYS = ["workspace.on-create", "workspace.on-acquire", "job.test-commands"] as const;
export type CommandKey = (typeof COMMAND_KEYS)[number];

/** What a file wants to run, by key; keys with an empty list are left out. */
export type Commands = Partial<Record<CommandKey, string[]>>;

/** What would be run by a file that says `values`. */
export function commandsOf({ workspace, job }: ConfigValues): Commands {
  const all: Record<CommandKey, string[]> = {
    "workspace.on-create": workspace?.["on-create"] ?? [],
    "workspace.on-acquire": workspace?.["on-acquire"] ?? [],
    "job.test-commands": job?.["test-commands"] ?? [],
  };
  return Object.fromEntries(Object.entries(all).filter(([, lines]) => lines.length > 0));
}

/** One configuration file, as it was at one moment: values, commands and hash come of the same bytes. */
export interface ConfigSource {
  /** Absolute, symlinks resolved. */
  path: string;
  /** What people call it: `incr.toml`. */
  name: string;
  /** Of the file's bytes, in hex. */
  sha256: string;
  values: ConfigValues;
}

/** The settings with the files that they come from. */
export interface Configuration {
  config: Config;
  user: ConfigSource | null;
  repo: ConfigSource | null;
}

function milliseconds(value: string): number {
  return parseDuration(value) ?? Number.NaN; // checked when the file was read
}
