/** Says that long work goes on: a spinner on a terminal, now and then a line elsewhere, notices under `--json`. Short work shows nothing. */
import type { Context } from "./context.ts";
import { plainLine } from "./plain.ts";
import { cutText } from "./width.ts";

export interface Progress {
  /** Says what is being done now: `checking out 20000 files`. */
  update(text: string): void;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 80;
/** Work that is done by then leaves no trace. */
const SPINNER_AFTER_MS = 300;
const LINE_AFTER_MS = 2000;
/** Without a terminal, updates that come faster than this are left out. */
const LINE_EVERY_MS = 5000;

/** Runs `work` while its label, or the latest update, is shown on stderr. */
export async function withProgress<T>(
  ctx: Context,
  label: string,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const indicator = !ctx.json && ctx.stderr.isTTY ? spinner(ctx, label) : lines(ctx, label);
  try {
    return await work(indicator);
  } finally {
    indicator.stop();
  }
}

interface Indicator extends Progress {
  stop(): void;
}

function spinner(ctx: Context, label: string): Indicator {
  let text = label;
  let frame = 0;
  let ticking: NodeJS.Timeout | undefined;
  const draw = () => {
    ctx.out.transient(cutText(`${FRAMES[frame % FRAMES.length]} ${plainLine(text)}`, ctx.stderr.width - 1));
    frame += 1;
  };
  const starting = setTimeout(() => {
    draw();
    ticking = setInterval(draw, FRAME_MS).unref();
  }, SPINNER_AFTER_MS).unref();
  return {
    update(next) {
      text = next;
    },
    stop() {
      clearTimeout(starting);
      clearInterval(ticking);
      ctx.out.transient(undefined);
    },
  };
}

function lines(ctx: Context, label: string): Indicator {
  let text = label;
  let told: string | undefined;
  const tell = () => {
    if (text === told) return;
    told = text;
    ctx.notify({ code: "progress", message: `${text} …` });
  };
  let ticking: NodeJS.Timeout | undefined;
  const starting = setTimeout(() => {
    tell();
    ticking = setInterval(tell, LINE_EVERY_MS).unref();
  }, LINE_AFTER_MS).unref();
  return {
    update(next) {
      text = next;
    },
    stop() {
      clearTimeout(starting);
      clearInterval(ticking);
    },
  };
}
