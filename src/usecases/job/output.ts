/** What a test command prints: all of it while it is of a reasonable length, and its end in every case. */

/** Characters that are logged as they come; of more, only the end is. */
const LOGGED = 1_000_000;
/** Characters of the end. */
const TAIL = 16_000;
const TAIL_LINES = 200;

export interface KeptOutput {
  add(text: string): void;
  /** Tells what was left out, when the command has ended. */
  end(): void;
  /** The end of it, whole lines if that is possible. */
  tail(): string;
}

/** @param tell logs a piece */
export function keepOutput(tell: (text: string) => void): KeptOutput {
  let told = 0;
  let leftOut = 0;
  let last = "";
  return {
    add(text) {
      last = `${last}${text}`.slice(-TAIL);
      if (told + text.length > LOGGED) {
        leftOut += text.length;
        return;
      }
      told += text.length;
      tell(text);
    },
    end() {
      if (leftOut > 0) tell(`\n… ${Math.max(0, leftOut - last.length)} characters left out …\n${last}`);
    },
    tail() {
      const whole = last.length < TAIL ? last : last.slice(last.indexOf("\n") + 1);
      return whole.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
    },
  };
}
