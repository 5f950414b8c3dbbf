/**
 * Changes of one document by many processes at once, with one of them reading and writing for all that wait (flat combining, as Hendler, Incze, Shavit and
 * Tzafrir call it): sixteen agents that report at the same moment cost two or three rounds of the file, not sixteen.
 */
import { IncrError, type ErrorCode } from "../domain/error.ts";
import { fault } from "../process/fault.ts";
import type { HeldDocument, JsonDocument } from "./document.ts";
import { putRequest, takeRequests, type OwnRequest, type TakenRequest } from "./requests.ts";
import { sameJson } from "./same-json.ts";

/** What is wanted, as JSON keeps it; `kind` names what it means, so that only those who know it the same way carry it out. */
export interface Request<Q> {
  kind: string;
  wanted: Q;
}

/** One change: the value after it, which is another object, and what to say to whoever wanted it. */
export interface Change<T, A> {
  value: T;
  answer: A;
}

/**
 * Changes the document, for us and for all who wait to do the same. Our own change is made even if whoever took it died: then perhaps twice in a row, so
 * it has to be one that is the same when made again.
 * Errors: `busy`, `corrupt`, `newer_state`, `io`, and what `carryOut` throws for our own request.
 */
export async function changeTogether<T, Q, A>(
  document: JsonDocument<T>,
  request: Request<Q>,
  carryOut: CarryOut<T, Q, A>,
): Promise<A> {
  let own: OwnRequest | undefined;
  const putDown = () => {
    own ??= putRequest(document.path, request);
  };
  const change = () =>
    document.exclusively((held) => {
      const answer = own?.answer();
      if (answer !== undefined) return { done: answer as Outcome<A> };
      own?.withdraw();
      return { done: changeForAll(document.path, held, request, carryOut) };
    }, putDown);
  try {
    const { done } = await change().catch(async (error: unknown) => {
      if (!isBusy(error) || own?.withdraw() !== false) throw error;
      // Whoever has the lock has begun with it, so that it must not be called undone
      return await change().catch((again: unknown) => {
        throw isBusy(again) ? handedOver(again) : again;
      });
    });
    if ("error" in done) throw toError(done.error);
    return done.answer;
  } finally {
    own?.withdraw();
    own?.close();
  }
}

function isBusy(error: unknown): error is IncrError {
  return error instanceof IncrError && error.code === "busy";
}

function handedOver({ message, hint, data }: IncrError): IncrError {
  const said = `${message}; it was asked to make the change for us, and may still do so`;
  return new IncrError("busy", said, { data, ...(hint === undefined ? {} : { hint }) });
}

type Outcome<A> = { answer: A } | { error: Refusal };
interface Refusal {
  code: ErrorCode;
  message: string;
  hint: string | undefined;
  data: Record<string, unknown>;
}

/** Others come while we save: as the value is at hand by then they are served, too, before the lock is given on. */
const MOST_ROUNDS = 4;

type CarryOut<T, Q, A> = (value: T, wanted: Q) => Change<T, A>;

function changeForAll<T, Q, A>(
  path: string,
  held: HeldDocument<T>,
  { kind, wanted }: Request<Q>,
  carryOut: CarryOut<T, Q, A>,
): Outcome<A> {
  fault("together:begin");
  const own = carryOut(held.value, wanted);
  const take = () => takeRequests(path, (request) => (request as Request<Q> | undefined)?.kind === kind);
  let value = serve(held, { saved: held.value, value: own.value }, take(), carryOut);
  for (let round = 2; round <= MOST_ROUNDS; round += 1) {
    const waiting = take();
    if (waiting.length === 0) break;
    try {
      value = serve(held, { saved: value, value }, waiting, carryOut);
    } catch (error) {
      // Ours is saved; they will hear for themselves what is wrong
      if (error instanceof IncrError) break;
      throw error;
    }
  }
  return { answer: own.answer };
}

/** Adds what those want who wait, saves it all, and tells them. @returns what was saved */
function serve<T, Q, A>(
  held: HeldDocument<T>,
  { saved, value }: { saved: T; value: T },
  waiting: readonly TakenRequest[],
  carryOut: CarryOut<T, Q, A>,
): T {
  let next = value;
  try {
    const outcomes = waiting.map(({ request }): Outcome<A> | undefined => {
      try {
        const { value: changed, answer } = carryOut(next, (request as Request<Q>).wanted);
        next = changed;
        return { answer };
      } catch (error) {
        // A bug is to show where it was asked for
        return error instanceof IncrError ? { error: toRefusal(error) } : undefined;
      }
    });
    if (!sameJson(next, saved)) held.save(next);
    fault("together:saved");
    for (const [index, one] of waiting.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined) tell(one, outcome);
    }
    return next;
  } finally {
    for (const one of waiting) one.close();
  }
}

/** Whoever hears nothing does it again, which changes nothing more. */
function tell<A>(other: TakenRequest, outcome: Outcome<A>): void {
  try {
    other.answer(outcome);
  } catch {
    // The disk is full
  }
}

function toRefusal({ code, message, hint, data }: IncrError): Refusal {
  return { code, message, hint, data };
}

function toError({ code, message, hint, data }: Refusal): IncrError {
  return new IncrError(code, message, { data, ...(hint === undefined ? {} : { hint }) });
}
