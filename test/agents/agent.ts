/** The real agents, each with a home of its own and a fake model, and with nothing beyond this machine to talk to. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testTool } from "../../scripts/test-tools.mjs";
import { runProcess, type Environment, type Finished } from "../support/process.ts";
import type { TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { makeBinDir } from "../support/terminal.ts";
import type { Model } from "./model.ts";

export interface Agent {
  home: string;
  /** What the agent is started with; `incr` is on its PATH. */
  env: Environment;
  program: string;
  /** Runs the agent's program with these words. */
  run(words: readonly string[]): Promise<Finished>;
  /** Says one thing to the agent in a conversation of its own, which has to end well, and gives what the agent says. */
  say(prompt: string): Promise<string>;
}

/** For tests of agents: several runs, on a machine that has other things to do, and before the first one the agent itself may have to be fetched. */
export const LIMIT = { timeout: 300_000 };

/** How long one run may take. */
export const PATIENCE = 120_000;

/** Claude Code. */
export async function openClaude(repo: TestRepo, model: Model): Promise<Agent> {
  return await open("claude", repo, model, {
    env: {
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: "none",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_MAX_RETRIES: "1",
      DISABLE_AUTOUPDATER: "1",
    },
    words: (prompt) => ["-p", prompt],
  });
}

/** opencode; a prompt that begins with `/` is the command of that name. */
export async function openOpencode(repo: TestRepo, model: Model): Promise<Agent> {
  const options = { baseURL: `${model.url}/v1`, apiKey: "none" };
  const provider = { npm: "@ai-sdk/openai-compatible", options, models: { fake: { tool_call: true } } };
  const config = { provider: { fake: provider }, model: "fake/fake", small_model: "fake/fake", share: "disabled" };
  return await open("opencode", repo, model, {
    files: { ".config/opencode/opencode.json": JSON.stringify(config) },
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      npm_config_registry: `${model.url}/registry/`,
      npm_config_fetch_retries: "0",
    },
    prepare(home) {
      for (const folder of [join(home, ".config/opencode"), join(repo.root, ".opencode")])
        if (existsSync(folder)) pretendInstalled(folder);
    },
    words: (prompt) => {
      const [, name, rest = ""] = /^\/(\w+) ?(.*)$/s.exec(prompt) ?? [];
      // It quotes an argument that has spaces
      return name === undefined
        ? ["run", prompt]
        : ["run", "--command", name, "--", ...rest.split(" ").filter((word) => word !== "")];
    },
  });
}

/**
 * Beside plugins opencode installs its plugin interface, which ours does without. There is no registry here; and when opencode ends before npm has given up, it
 * leaves a lock behind for which the next one waits a minute.
 */
function pretendInstalled(folder: string): void {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  const packages = { "": { dependencies: { "@opencode-ai/plugin": "*" } } };
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
}

/** codex, with hooks that are trusted and a sandbox that is not needed. */
export async function openCodex(repo: TestRepo, model: Model): Promise<Agent> {
  const config = [
    'model = "fake"',
    'model_provider = "fake"',
    "check_for_update_on_startup = false",
    "[model_providers.fake]",
    'name = "fake"',
    `base_url = "${model.url}/v1"`,
    'env_key = "FAKE_KEY"',
    'wire_api = "responses"',
    "request_max_retries = 1",
    "stream_max_retries = 1",
    "",
  ];
  return await open("codex", repo, model, {
    files: { ".codex/config.toml": config.join("\n") },
    env: { FAKE_KEY: "none" },
    words: (prompt) => [
      "exec",
      "--trust",
      "--dangerously-bypass-hook-trust",
      "--dangerously-bypass-approvals-and-sandbox",
      prompt,
    ],
  });
}

interface Setting {
  /** In the home folder. */
  files?: Record<string, string>;
  env: Environment;
  /** Of a run that takes one prompt. */
  words(prompt: string): string[];
  /** What there is to do before a run. */
  prepare?(home: string): void;
}

async function open(
  tool: "claude" | "codex" | "opencode",
  repo: TestRepo,
  model: Model,
  { files = {}, env, words, prepare = () => undefined }: Setting,
): Promise<Agent> {
  const program = await testTool(tool);
  const home = makeTempDir(`incr-${tool}-`);
  const path = `${makeBinDir()}:${process.env["PATH"]}`;
  // A login shell, in which codex runs its tools, begins with the PATH of the system
  const profile = Object.fromEntries([".profile", ".zprofile"].map((name) => [name, `export PATH='${path}'\n`]));
  for (const [name, text] of Object.entries({ ...profile, ...files })) {
    mkdirSync(join(home, name, ".."), { recursive: true });
    writeFileSync(join(home, name), text);
  }
  prepare(home);
  const proxy = { HTTP_PROXY: model.url, HTTPS_PROXY: model.url, NO_PROXY: "127.0.0.1,localhost" };
  // opencode believes PWD more than its own directory
  const all = { ...repo.env, ...proxy, ...env, HOME: home, PATH: path, PWD: repo.root };
  const agent: Agent = {
    home,
    env: all,
    program,
    run(words) {
      prepare(home);
      return runProcess(program, words, { cwd: repo.root, env: all, timeout: PATIENCE });
    },
    async say(prompt) {
      const { code, stdout, stderr } = await agent.run(words(prompt));
      if (code !== 0) throw new Error(`${tool} ended with ${code} at ${prompt}\n${stdout}\n${stderr}`);
      return stdout;
    },
  };
  return agent;
}
