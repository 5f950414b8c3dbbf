/** Carrying out batches as `work multi` and `work continue` do: in this process, in one of its own, or in terminals of tmux. */
import { IncrError } from "../../../domain/error.ts";
import { isDone } from "../../../domain/stream/batches.ts";
import type { Pane, Terminals } from "../../../ports/conduct.ts";
import { ensureRepo } from "../../../usecases/repository.ts";
import { findRunning, planConduct, warnOfClashes } from "../../../usecases/stream/conduct.ts";
import { followConduct, requireNoConductor, runConduct, waitForBegin } from "../../../usecases/stream/conductor.ts";
import type { ConductApp } from "../../../usecases/stream/launch.ts";
import type { OpenStream } from "../../../usecases/stream/streams.ts";
import type { Context } from "../../context.ts";
import { wantedAgent, type AgentFlags } from "./agent-flags.ts";
import { showConduct } from "./conduct-news.ts";
import { conductWords } from "./conduct-words.ts";

export interface CarryOutFlags extends AgentFlags {
  maxParallel: number | undefined;
  inPlace: boolean;
  /** Leave threads behind that did not come to their end. */
  skipBroken: boolean;
  tmux: boolean;
  headless: boolean;
  detach: boolean;
  force: boolean;
}

/**
 * Shows it until it has ended, unless it is to go on by itself. Sets the exit code.
 * @param batch `01.02`; without it all that are left
 * @throws IncrError `held` while another process does it, `rule`, `not_found`
 */
export async function carryOutBatches(
  ctx: Context,
  app: ConductApp,
  stream: OpenStream,
  { batch, ...flags }: CarryOutFlags & { batch?: string | undefined },
): Promise<void> {
  const repo = await ensureRepo(app);
  const log = app.conduct.log(repo, stream.entry.id);
  requireNoConductor(app, log);
  const batches = await planConduct(app, stream, { batch, force: flags.force });
  const terminals = app.conduct.terminals(repo, stream.entry.id);
  const where = whereFor(ctx, flags, terminals);
  const settings = (await app.repository?.config())?.stream;
  const order = {
    id: app.randomText(8),
    batches: batches.map(({ id }) => id),
    maxParallel: flags.maxParallel ?? settings?.maxParallel ?? 4,
    force: flags.force,
    skipBroken: flags.skipBroken,
  };
  // Where nothing is left to be run, something may be left to be merged.
  if (where === "here" || batches.every(isDone)) return await conductHere(ctx, app, stream, flags, order);
  // What another process warns of is not seen from here.
  for (const one of batches) warnOfClashes(app, stream, one);
  const words = conductWords({ ...flags, ...order, stream: stream.entry.id, where });
  const { next: from } = log.read();
  const pid =
    where === "tmux"
      ? (await openTerminal(app, stream, terminals, words)).pid
      : await app.conduct.startDetached(words, log);
  if (flags.detach) {
    if (!(await waitForBegin(app, log, { id: order.id, pid, from }))) throw notBegun();
    const look = where === "tmux" ? terminals.attach : "work status";
    return ctx.notify({
      code: "detached",
      message: `process ${pid} carries it out; ${look} shows it, work multi --stop ends it`,
      data: { pid, where, attach: where === "tmux" ? terminals.attach : null, log: log.path },
    });
  }
  const end = await showConduct(
    ctx,
    async (show) => await followConduct(app, log, { id: order.id, pid, from, onNews: show }),
  );
  if (end === null) {
    ctx.notify({ code: "left", message: `it goes on: ${terminals.attach} shows it, work multi --stop ends it` });
    return ctx.exit(130);
  }
  if (end === "gone") throw notBegun();
  ctx.exit(end.exit_code);

  function notBegun(): IncrError {
    // Somebody else may have begun at the same moment, and was faster.
    requireNoConductor(app, log);
    const look = where === "tmux" ? terminals.attach : `cat ${log.path.replace(/\.jsonl$/, ".out")}`;
    return new IncrError("command_failed", "what carried out the batches was killed, or could not begin", {
      hint: `${look} shows its last words; then work multi --continue`,
      data: { pid },
    });
  }
}

/** tmux where somebody can look at it, or asks for it. @throws IncrError `command_failed` if it is asked for and not there */
function whereFor(
  ctx: Context,
  { tmux, headless, detach }: CarryOutFlags,
  terminals: Terminals,
): "here" | "detached" | "tmux" {
  const isSeen = ctx.stdin.isTTY && ctx.stdout.isTTY && !ctx.json;
  const installed = (tmux || (isSeen && !headless)) && terminals.isInstalled();
  if (tmux && !installed) {
    throw new IncrError("command_failed", "tmux is not installed, or not on the PATH", {
      hint: "leave --tmux out",
      data: { program: "tmux" },
    });
  }
  if (installed) return "tmux";
  return detach ? "detached" : "here";
}

async function conductHere(
  ctx: Context,
  app: ConductApp,
  stream: OpenStream,
  flags: CarryOutFlags,
  order: { id: string; batches: string[]; maxParallel: number; force: boolean; skipBroken: boolean },
): Promise<void> {
  const wish = { ...wantedAgent(flags), inPlace: flags.inPlace };
  const end = await showConduct(
    ctx,
    async (show) => await runConduct(app, stream, { ...order, where: "here", wish, supervise: () => [], onNews: show }),
  );
  ctx.exit(end.exit_code);
}

/** In the terminals that are there, if threads still run in them; else in new ones. */
async function openTerminal(
  app: ConductApp,
  stream: OpenStream,
  terminals: Terminals,
  words: readonly string[],
): Promise<Pane> {
  if (await terminals.isOpen()) {
    const running = await findRunning(app, stream);
    if (running.size > 0) return await terminals.add("conductor", words);
    await terminals.closeAll();
  }
  return await terminals.open("conductor", words);
}
